"""How does one publish with the original's Python function from a test.

    OMNIBUS_PUBLISHER_ADDRESS=tcp://127.0.0.1:4244 python original_publish.py

Reads one JSON object a line and answers each with one:

    {"channel": "news", "type": "hello", "payload": {"text": "hi"}, "sender": "me"}
        calls omnibus.api.publish(channel, type, payload, sender); absent keys are not passed
    {"call": "publish('news', 'hello', {'on': date(2020, 1, 2)})"}
        evaluates the call as a backend would write it, with what JSON has no form for: date,
        datetime, Decimal
    {"raw": "news:any text"}
        sends this text through the original's publisher, as its WebSocket side does
    {"connect": true}
        opens the publisher's connection and waits for the handshake. The original opens it on
        the first publish and so loses that one message, which is behaviour worth testing;
        a test of something else connects first.

    -> {"ok": true, "result": true}
    -> {"ok": false, "error": "OmnibusDataException", "message": "…"}
"""

import datetime
import decimal
import json
import sys
import time

import environment
import shims

CONNECT_TIMEOUT_SECONDS = 5
# From handshake to subscription a director needs about 1 ms on loopback.
SUBSCRIPTION_GRACE_SECONDS = 0.1


def main():
    """Answer line by line until standard input ends."""
    shims.before_django()
    environment.configure()
    shims.install()
    print(json.dumps({"ok": True, "result": "ready"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


def answer(line):
    """Carry out one line; whatever the original raises is told by name."""
    try:
        request = json.loads(line)
        if request.get("connect"):
            result = connect()
        elif "call" in request:
            result = call(request["call"])
        elif "raw" in request:
            from omnibus import api

            result = api.pubsub.send(request["raw"])
        else:
            result = publish(request)
    except Exception as error:  # The test decides which exception is right.
        return {"ok": False, "error": type(error).__name__, "message": str(error)}
    return {"ok": True, "result": result}


def publish(request):
    """Call the original's API with the keys that the request has."""
    from omnibus import api

    optional = {key: request[key] for key in ("payload", "sender") if key in request}
    return api.publish(request["channel"], request["type"], **optional)


def call(text):
    """Evaluate a call of omnibus.api.publish that a test has written."""
    from omnibus import api

    names = {
        "publish": api.publish,
        "date": datetime.date,
        "datetime": datetime.datetime,
        "Decimal": decimal.Decimal,
    }
    return eval(text, names)


def connect():
    """Open the connection that the first publish would open, and wait until it is up."""
    import zmq
    from omnibus import api
    from omnibus.settings import PUBLISHER_ADDRESS
    from zmq.utils.monitor import recv_monitor_message

    # The socket is made here and put where the original keeps it, because a monitor that is
    # attached after `connect` can miss the handshake.
    publisher = api.pubsub.context.socket(zmq.PUB)
    monitor = publisher.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    publisher.connect(PUBLISHER_ADDRESS)
    api.pubsub.connections.setdefault(zmq.PUB, {}).setdefault(PUBLISHER_ADDRESS, {})[False] = publisher
    up = monitor.poll(CONNECT_TIMEOUT_SECONDS * 1000) != 0
    if up:
        recv_monitor_message(monitor)
    publisher.disable_monitor()
    if not up:
        raise TimeoutError("no handshake with %s in %s s" % (PUBLISHER_ADDRESS, CONNECT_TIMEOUT_SECONDS))
    time.sleep(SUBSCRIPTION_GRACE_SECONDS)
    return True


if __name__ == "__main__":
    main()
