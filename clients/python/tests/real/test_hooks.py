"""Does a site hear of what browsers do, from the real server."""

import queue
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from omnibus import signals

from real.programs import Browser, Ports, server

SECRET = "a secret that is thirty-two bytes"
HEAR_SECONDS_MAX = 10


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def site():
    """The tests' site, served by a web server of the standard library; its URL of hooks."""
    web = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    with override_settings(OMNIBUS_HOOKS_SECRET=SECRET):
        yield f"http://127.0.0.1:{web.server_port}/omnibus/hooks/"
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.fixture
def heard():
    """What receivers hear."""
    events = queue.Queue()
    all_signals = [signals.connected, signals.disconnected, signals.subscribed, signals.unsubscribed]

    def receive(signal, event, **_):
        events.put((all_signals.index(signal), event))

    for signal in all_signals:
        signal.connect(receive)
    yield lambda: events.get(timeout=HEAR_SECONDS_MAX)
    for signal in all_signals:
        signal.disconnect(receive)


def test_site_hears_of_a_browser_from_beginning_to_end(site, heard):
    ports = Ports()
    with server(ports, OMNIBUS_HOOKS_URL=site, OMNIBUS_HOOKS_SECRET=SECRET):
        with Browser(ports.url, "5c1e") as browser:
            assert browser.ask("subscribe", "news")
            assert browser.ask("unsubscribe", "news")
        events = [heard() for _ in range(4)]
    assert [(event.event, event.channel) for _, event in events] == [
        ("connect", None),
        ("subscribe", "news"),
        ("unsubscribe", "news"),
        ("disconnect", None),
    ]
    assert [number for number, _ in events] == [0, 2, 3, 1]
    assert {(event.identifier, event.user) for _, event in events} == {("5c1e", None)}
    assert len({event.connection for _, event in events}) == 1
    ids = [event.id for _, event in events]
    assert ids == sorted(set(ids))


def test_receiver_that_raises_is_told_again(site, heard):
    failures = []

    def fail_once(event, **_):
        if not failures:
            failures.append(event)
            raise RuntimeError("database is away")

    signals.subscribed.connect(fail_once)
    ports = Ports()
    try:
        with server(ports, OMNIBUS_HOOKS_URL=site, OMNIBUS_HOOKS_SECRET=SECRET):
            with Browser(ports.url) as browser:
                assert browser.ask("subscribe", "news")
            names = [heard()[1].event for _ in range(4)]
    finally:
        signals.subscribed.disconnect(fail_once)
    # The other receiver hears it twice, and the end not before it.
    assert names == ["connect", "subscribe", "subscribe", "disconnect"]
    assert len(failures) == 1
