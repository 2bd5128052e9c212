"""Does what this package publishes reach a browser behind the server, as the original's does."""

import threading
import time

from django.test import override_settings
from omnibus.pubsub import PubSub

from real.programs import Browser, OriginalPublisher, Ports, publish_once, server


def test_only_publication_of_a_process_reaches_the_browser_20_of_20():
    ports = Ports()
    with server(ports), Browser(ports.url) as browser:
        assert browser.ask("subscribe", "news")
        for n in range(20):
            publish_once(ports.publishers, "news", "hello", {"n": n}, "server")
            assert browser.hear() == (
                'news:{"sender": "server", "type": "hello", "payload": {"n": %d}}' % n
            )


def test_ours_and_the_original_publish_the_same_bytes_into_one_node():
    ports = Ports()
    messages = [
        ("news", "hello", {"text": "Hello world"}, "server"),
        ("news", "ü", {"ü": ["\x7f/", 1.5, None, True, {"deep": {}}]}, "größe"),
        ("news", "empty", {}, ""),
    ]
    with server(ports), Browser(ports.url) as browser:
        assert browser.ask("subscribe", "news")
        with OriginalPublisher(ports.publishers) as original:
            for message in messages:
                original.publish(*message)
                theirs = browser.hear()
                publish_once(ports.publishers, *message)
                assert browser.hear() == theirs


def test_publication_waits_while_the_server_restarts():
    ports = Ports()
    with override_settings(
        OMNIBUS_PUBLISHER_ADDRESS=ports.publishers, OMNIBUS_PUBLISH_TIMEOUT=10
    ):
        pubsub = PubSub()
        with server(ports), Browser(ports.url) as browser:
            assert browser.ask("subscribe", "news")
            pubsub.publish("news", "before")
            assert '"before"' in browser.hear()
        publishing = threading.Thread(target=pubsub.publish, args=("news", "while away"))
        publishing.start()
        time.sleep(0.3)
        assert publishing.is_alive()
        with server(ports):
            publishing.join(10)
            assert not publishing.is_alive()
            with Browser(ports.url) as browser:
                assert browser.ask("subscribe", "news")
                pubsub.publish("news", "after")
                assert '"after"' in browser.hear()
        pubsub.close()


def test_burst_reaches_the_browser_whole_and_in_order():
    ports = Ports()
    count = 5_000
    with override_settings(OMNIBUS_PUBLISHER_ADDRESS=ports.publishers):
        pubsub = PubSub()
        with server(ports), Browser(ports.url) as browser:
            assert browser.ask("subscribe", "news")
            sender = threading.Thread(
                target=lambda: [pubsub.publish("news", "n", {"n": n}) for n in range(count)]
            )
            sender.start()
            for n in range(count):
                assert browser.hear().endswith('{"n": %d}}' % n)
            sender.join()
        pubsub.close()
