"""Does what a project's tests use catch what the project publishes."""

import asyncio
import threading

import pytest
from django.test import TestCase
from omnibus.api import apublish, publish, publish_on_commit
from omnibus.exceptions import OmnibusDataException
from omnibus.testing import Publication, PublicationsMixin, catch_publications

pytest_plugins = ["omnibus.pytest_plugin"]


def test_publications_are_caught_as_receivers_see_them():
    with catch_publications() as publications:
        assert publish("news", "hello", {"n": 1}, sender="me") is True
    assert publications == [Publication("news", "hello", {"n": 1}, "me")]


def test_what_other_threads_publish_is_caught(publications):
    thread = threading.Thread(target=publish, args=("news", "hello"))
    thread.start()
    thread.join()
    assert publications == [Publication("news", "hello", {})]


def test_coroutine_publishes(publications):
    assert asyncio.run(apublish("news", "hello", {"n": 1})) is True
    assert publications == [Publication("news", "hello", {"n": 1})]


def test_mistake_of_a_coroutine_is_told(publications):
    with pytest.raises(OmnibusDataException):
        asyncio.run(apublish("a:b", "hello"))
    assert publications == []


def test_inner_block_catches():
    with catch_publications() as outer:
        with catch_publications() as inner:
            publish("news", "inner")
        publish("news", "outer")
    assert [one.type for one in outer] == ["outer"]
    assert [one.type for one in inner] == ["inner"]


class PublishingAfterCommit(PublicationsMixin, TestCase):
    """What is published after commit, in a test case of Django's."""

    def test_publication_waits_for_the_commit(self):
        with self.captureOnCommitCallbacks(execute=True):
            publish_on_commit("news", "hello", {"n": 1})
            self.assertNothingPublished()
        self.assertPublished("news", "hello", {"n": 1})
        self.assertPublished("news", "hello")
        for missing in [("other", "hello"), ("news", "other"), ("news", "hello", {"n": 2})]:
            with self.assertRaises(self.failureException):
                self.assertPublished(*missing)

    def test_what_is_not_committed_is_not_published(self):
        with self.captureOnCommitCallbacks(execute=False):
            publish_on_commit("news", "hello")
        self.assertNothingPublished()

    def test_message_is_what_it_was_and_its_mistakes_are_told_at_once(self):
        payload = {"n": 1}
        with self.captureOnCommitCallbacks(execute=True):
            publish_on_commit("news", "hello", payload)
            payload["n"] = 2
            with self.assertRaises(OmnibusDataException):
                publish_on_commit("news", "hello", {"x": float("nan")})
        self.assertPublished("news", "hello", {"n": 1})
