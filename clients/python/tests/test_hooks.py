"""Do servers' hooks reach a site's receivers as signals, and nobody else's."""

import io
import json
import time

import pytest
from django.core.cache import cache
from django.core.handlers.asgi import ASGIRequest
from django.test import Client, override_settings
from omnibus import signals, views
from omnibus.events import Event
from omnibus.signatures import sign

SECRET = "a secret that is thirty-two bytes"
URL = "/omnibus/hooks/"
NAMES = {
    "connect": signals.connected,
    "disconnect": signals.disconnected,
    "subscribe": signals.subscribed,
    "unsubscribe": signals.unsubscribed,
}


@pytest.fixture(autouse=True)
def secret():
    """The site's secret, and nothing remembered."""
    cache.clear()
    with override_settings(OMNIBUS_HOOKS_SECRET=SECRET):
        yield


@pytest.fixture
def heard():
    """What receivers hear, in its order."""
    heard = []

    def receiver_of(name):
        def receive(sender, event, **_):
            assert sender is Event
            heard.append((name, event))

        return receive

    receivers = {name: receiver_of(name) for name in NAMES}
    for name, receiver in receivers.items():
        NAMES[name].connect(receiver)
    yield heard
    for name, receiver in receivers.items():
        NAMES[name].disconnect(receiver)


def event(name, number, **fields):
    """Return an event as a server writes it."""
    common = {
        "event": name,
        "id": number,
        "connection": "0-5-1",
        "identifier": "5c1e",
        "user": "42",
        "time": 1_790_000_000.123,
    }
    return {**common, **fields}


def told(events, node="n1", incarnation=7):
    """Return the body of a request."""
    return json.dumps({"node": node, "incarnation": incarnation, "events": events}).encode()


def post(body, secret=SECRET, t=None, **headers):
    """Send a body as a server does."""
    signature = sign(body, secret=secret, t=int(time.time()) if t is None else t)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(
        URL,
        body,
        content_type="application/json",
        **{"HTTP_OMNIBUS_SIGNATURE": signature, **headers},
    )


def test_events_are_sent_as_signals_in_their_order(heard):
    body = told(
        [
            event("connect", 1),
            event("subscribe", 2, channel="news"),
            event("unsubscribe", 3, channel="news"),
            event("disconnect", 4, user=None),
        ]
    )
    answer = post(body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [name for name, _ in heard] == ["connect", "subscribe", "unsubscribe", "disconnect"]
    assert heard[1][1] == Event(
        "subscribe", 2, "0-5-1", "5c1e", "42", 1_790_000_000.123, "news", "n1", 7
    )
    assert heard[0][1].channel is None
    assert heard[3][1].user is None


def test_repeated_request_is_taken_and_not_handled_again(heard):
    body = told([event("connect", 1), event("disconnect", 2)])
    assert [post(body).status_code for _ in range(3)] == [204, 204, 204]
    assert len(heard) == 2


def test_other_nodes_and_starts_have_numbers_of_their_own(heard):
    for node, incarnation in [("n1", 7), ("n1", 8), ("n2", 7)]:
        assert post(told([event("connect", 1)], node, incarnation)).status_code == 204
    assert len(heard) == 3


def test_receiver_that_raises_gets_the_event_again_and_others_do_not(heard, caplog):
    failures = []

    def fail_once(sender, event, **_):
        if event.id == 2 and not failures:
            failures.append(event)
            raise RuntimeError("database is away")

    signals.connected.connect(fail_once)
    try:
        body = told([event("connect", 1), event("connect", 2), event("disconnect", 3)])
        assert post(body).status_code == 500
        assert "database is away" in caplog.text
        # Nothing of a connection overtakes what failed before it.
        assert "disconnect" not in [name for name, _ in heard]
        heard.clear()
        assert post(body).status_code == 204
        assert [found.id for _, found in heard] == [2, 3]
    finally:
        signals.connected.disconnect(fail_once)


def test_event_of_a_newer_server_is_passed_over(heard):
    assert post(told([event("promote", 1), event("connect", 2)])).status_code == 204
    assert [name for name, _ in heard] == ["connect"]


def test_bad_signature_is_refused_and_nothing_of_it_handled(heard):
    body = told([event("connect", 1)])
    assert post(body, secret="another").status_code == 403
    assert post(body, t=int(time.time()) - 301).status_code == 403
    assert post(body, HTTP_OMNIBUS_SIGNATURE="").status_code == 403
    assert post(body, HTTP_OMNIBUS_SIGNATURE="t=1,v1=ü").status_code == 403
    assert heard == []


def test_former_secret_is_taken_where_it_is_named(heard):
    body = told([event("connect", 1)])
    with override_settings(OMNIBUS_HOOKS_PREVIOUS_SECRET="the former secret"):
        assert post(body, secret="the former secret").status_code == 204


def test_without_a_secret_nothing_is_taken(heard):
    with override_settings(OMNIBUS_HOOKS_SECRET=None):
        assert post(told([event("connect", 1)]), secret="").status_code == 500
    assert heard == []


def test_too_large_a_body_is_refused(heard):
    largest = told([event("connect", 1, identifier="x" * (1 << 20))])
    assert post(largest).status_code == 413
    assert heard == []


def test_too_large_a_body_of_unknown_length_is_refused(heard):
    body = told([event("connect", 1, identifier="x" * (1 << 20))])
    signature = sign(body, secret=SECRET, t=int(time.time())).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": URL,
        "headers": [(b"omnibus-signature", signature), (b"content-type", b"application/json")],
    }
    stream = io.BytesIO(body)
    assert views.hooks(ASGIRequest(scope, stream)).status_code == 413
    assert stream.tell() <= (1 << 20) + 1
    assert heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        told([event("connect", 1)] * 101),
        told([None]),
        told([event("connect", "1")]),
        told([event("connect", True)]),
        told([event("connect", 1, user=42)]),
        told([event("subscribe", 1)]),
        told([event("subscribe", 1, channel=None)]),
        told("x"),
        told([], node=None),
        told([], incarnation="7"),
    ],
)
def test_malformed_body_is_refused(heard, body):
    assert post(body).status_code == 400
    assert heard == []


def test_only_post_is_answered():
    assert Client().get(URL).status_code == 405
