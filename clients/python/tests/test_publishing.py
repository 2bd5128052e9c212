"""Does what is published arrive, and is it told when it cannot.

The other side is libzmq: the socket that the original's director binds.
"""

import threading
import time

import pytest
from django.test import override_settings
from omnibus.exceptions import OmnibusPublisherException, OmnibusTimeoutException
from omnibus.publisher import Publisher
from omnibus.pubsub import PubSub

from directors import Director, start_later


@pytest.fixture
def pubsub(free_address):
    """A publisher of its own, at an address of its own."""
    with override_settings(OMNIBUS_PUBLISHER_ADDRESS=free_address, OMNIBUS_PUBLISH_TIMEOUT=5):
        pubsub = PubSub()
        yield pubsub
        pubsub.close()


def test_first_publication_arrives_and_is_that_of_the_original(pubsub, free_address):
    with Director(free_address) as director:
        assert pubsub.publish("foo", "hello", {"text": "Hello world"}, sender="server") is True
        # Recording N34.
        assert director.take() == (
            b'foo:{"sender": "server", "type": "hello", "payload": {"text": "Hello world"}}'
        )


def test_publication_waits_for_a_director_that_comes_late(pubsub, free_address):
    thread, taken = start_later(free_address, 0.5)
    assert pubsub.publish("foo", "hello") is True
    thread.join()
    assert taken == [b'foo:{"sender": null, "type": "hello", "payload": {}}']


def test_without_a_director_the_time_out_is_kept_and_told(pubsub):
    began = time.monotonic()
    with override_settings(OMNIBUS_PUBLISH_TIMEOUT=0.3):
        with pytest.raises(OmnibusTimeoutException, match="nobody has taken publications at tcp"):
            pubsub.publish("foo", "hello")
    assert 0.3 <= time.monotonic() - began < 2


def test_failing_silently_is_logged_and_answered_false(pubsub, caplog):
    with override_settings(OMNIBUS_PUBLISH_TIMEOUT=0.05, OMNIBUS_PUBLISH_FAIL_SILENTLY=True):
        assert pubsub.publish("foo", "hello") is False
    assert "publication was dropped" in caplog.text


def test_publication_outlives_a_director_that_restarts(pubsub, free_address):
    with Director(free_address) as director:
        pubsub.publish("foo", "one")
        director.take()
    thread, taken = start_later(free_address, 0.3)
    assert pubsub.publish("foo", "two") is True
    thread.join()
    assert b'"two"' in taken[0]


def test_burst_arrives_whole_and_in_order(pubsub, free_address):
    count = 20_000
    with Director(free_address) as director:
        sender = threading.Thread(
            target=lambda: [pubsub.publish("foo", "n", {"n": n}) for n in range(count)]
        )
        sender.start()
        for n in range(count):
            assert director.take().endswith(b'{"n": %d}}' % n)
        sender.join()


def test_director_that_does_not_read_makes_the_publisher_wait_and_then_say_so(free_address):
    payload = {"text": "x" * 1_000_000}
    settings = {
        "OMNIBUS_PUBLISHER_ADDRESS": free_address,
        "OMNIBUS_PUBLISH_HIGH_WATER_MARK": 5,
        "OMNIBUS_PUBLISH_LINGER": 0,
        "OMNIBUS_PUBLISH_TIMEOUT": 0.5,
    }
    pubsub = PubSub()
    sent = 0
    with override_settings(**settings), Director(
        free_address, receive_high_water_mark=5, reads=False
    ) as director:
        with pytest.raises(OmnibusTimeoutException, match="has taken nothing for 0.5 s"):
            for sent in range(200):
                pubsub.publish("foo", "n", payload)
        # What was taken before is not lost by it.
        director.reads = True
        for _ in range(sent):
            assert director.take().startswith(b"foo:")
        assert director.takes_nothing_for(0.2)
        pubsub.close()


def test_threads_share_one_connection_and_lose_nothing(pubsub, free_address):
    threads_count, each = 8, 200

    def run(name):
        for n in range(each):
            pubsub.publish("foo", name, {"n": n})

    with Director(free_address) as director:
        threads = [threading.Thread(target=run, args=(f"t{i}",)) for i in range(threads_count)]
        for thread in threads:
            thread.start()
        frames = [director.take() for _ in range(threads_count * each)]
        for thread in threads:
            thread.join()
    for i in range(threads_count):
        of_thread = [frame for frame in frames if b'"t%d"' % i in frame]
        assert [b'{"n": %d}' % n in frame for n, frame in enumerate(of_thread)] == [True] * each


def test_thread_that_waits_for_another_waits_no_longer_than_its_own_time_out(free_address):
    publisher = Publisher(free_address, high_water_mark=10, linger_seconds=0)
    patient_is_over = []

    def wait_long():
        with pytest.raises(OmnibusTimeoutException):
            publisher.send(b"foo:{}", timeout_seconds=1.5)
        patient_is_over.append(True)

    patient = threading.Thread(target=wait_long)
    patient.start()
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(OmnibusTimeoutException, match="another thread's publication"):
        publisher.send(b"foo:{}", timeout_seconds=0.2)
    assert time.monotonic() - began < 1
    assert not patient_is_over
    patient.join()
    publisher.close()


def test_address_within_a_process_is_refused_at_once(pubsub):
    with override_settings(OMNIBUS_PUBLISHER_ADDRESS="inproc://ecslavesub"):
        with pytest.raises(OmnibusPublisherException, match="no other process can reach"):
            pubsub.publish("foo", "hello")


def test_address_that_is_none_is_told(pubsub):
    with override_settings(OMNIBUS_PUBLISHER_ADDRESS="nonsense"):
        with pytest.raises(OmnibusPublisherException, match="cannot publish to nonsense"):
            pubsub.publish("foo", "hello")


def test_setting_that_changes_takes_the_next_publication_elsewhere(pubsub, free_address):
    with Director(free_address) as first, Director("ipc:///tmp/omnibus-test-%d" % id(pubsub)) as other:
        pubsub.publish("foo", "one")
        assert b"one" in first.take()
        with override_settings(OMNIBUS_PUBLISHER_ADDRESS=other.address):
            pubsub.publish("foo", "two")
        assert b"two" in other.take()
        assert first.takes_nothing_for(0.1)
