"""What does an application do that is told of events?

    python peers/hook_receiver.py PORT SECRET PLAN [CERTIFICATE KEY]

Listens on 127.0.0.1, says "ready", and prints one JSON object for each request: the `body` as it
came, the `status` it answered, and `problem`, which is null where signature, time and form are as
the specification has them. Signatures are verified with Python's own hmac. PLAN, and then each line
of standard input, says how to answer from then on:

    200             with this status
    200 30          with this status, after up to so many milliseconds
    503 200         with the first, once, and then with the second
    mostly 200 503  with the first, and one time in five with the second
    late 200        not at all, once, and then with this status
    chatty 200      with this status and a body that never ends
    elsewhere       with a redirect to a path of its own
"""

import hashlib
import hmac
import http.server
import json
import random
import re
import ssl
import sys
import threading
import time

PORT, SECRET = int(sys.argv[1]), sys.argv[2].encode()
SIGNATURE = re.compile(r"t=(\d+),v1=([0-9a-f]{64})")
CLOCKS_APART_SECONDS = 300
EVENTS_MAX, BODY_BYTES_MAX = 100, 1 << 20
# Longer than any sender waits.
LATE_SECONDS = 30

plan = sys.argv[3].split()
lock = threading.Lock()


def netstring(part):
    return b"%d:%s," % (len(part), part)


def problem_of(headers, body):
    """Says what is wrong with a request, if anything is."""
    match = SIGNATURE.fullmatch(headers.get("Omnibus-Signature", ""))
    if not match:
        return "no signature"
    t, v1 = match.groups()
    signed = b"".join(netstring(part) for part in (b"omnibus-hook-v1", t.encode(), body))
    if not hmac.compare_digest(hmac.new(SECRET, signed, hashlib.sha256).hexdigest(), v1):
        return "forged"
    if abs(time.time() - int(t)) > CLOCKS_APART_SECONDS:
        return "another time"
    if headers.get("Content-Type") != "application/json":
        return "another type"
    if len(body) > BODY_BYTES_MAX or not 1 <= len(json.loads(body)["events"]) <= EVENTS_MAX:
        return "another size"
    return None


def next_answer():
    """Gives the status, what to wait for before it, and whether the body ends."""
    with lock:
        words = list(plan)
        if words[0] == "late":
            plan[:] = words[1:]
            return int(words[1]), LATE_SECONDS, False
        if words[0] == "chatty":
            return int(words[1]), 0, True
        if words[0] == "elsewhere":
            return 307, 0, False
        if words[0] == "mostly":
            return int(words[2 if random.random() < 0.2 else 1]), random.random() * 0.01, False
        if len(words) == 2 and int(words[1]) < 100:
            return int(words[0]), random.random() * int(words[1]) / 1000, False
        if len(words) == 2:
            plan[:] = words[1:]
        return int(words[0]), 0, False


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        problem = problem_of(self.headers, body)
        status, seconds, is_chatty = next_answer()
        record = {"path": self.path, "status": status, "problem": problem, "body": body.decode()}
        with lock:
            print(json.dumps(record), flush=True)
        time.sleep(seconds)
        try:
            self.answer(status, is_chatty)
        except OSError:
            # The sender has gone.
            self.close_connection = True

    def answer(self, status, is_chatty):
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/elsewhere/")
        if is_chatty:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    http.server.ThreadingHTTPServer.daemon_threads = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[4:6])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    # It listens already; said before the first request can be printed.
    print("ready", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        with lock:
            plan[:] = line.split()
            print("noted", flush=True)


main()
