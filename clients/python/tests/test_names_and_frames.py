"""What may be published, and how does it look on the wire."""

import datetime
import decimal
import enum
import uuid

import pytest
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from omnibus.exceptions import OmnibusDataException, OmnibusException
from omnibus.frames import Publication, decode, encode

LIMIT = 16 << 20


class Room(str, enum.Enum):
    """A channel of an enumeration."""

    LOBBY = "lobby"


def frame(channel="foo", payload_type="hello", payload=None, sender=None, bytes_max=LIMIT):
    """Return the frame of a publication."""
    return encode(channel, payload_type, payload, sender, bytes_max=bytes_max)


@pytest.mark.parametrize(
    ("channel", "written"),
    [
        ("a", b"a"),
        ("x" * 255, b"x" * 255),
        ("ä b/c", "ä b/c".encode()),
        ("a!{}", b"a!{}"),
        (lazystr("lazy"), b"lazy"),
        (mark_safe("safe"), b"safe"),
        (Room.LOBBY, b"lobby"),
        (7, b"7"),
    ],
)
def test_name_is_taken(channel, written):
    assert frame(channel).startswith(written + b':{"sender": null')


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("", "is empty"),
        ("ü" * 128, "is 256 bytes, the limit is 255"),
        ("a:b", "holds a colon"),
        ("!subscribe", "begins with '!'"),
        ("{a", "begins with '{'"),
        ("a\nb", "holds a control character"),
        ("a\x00", "holds a control character"),
        ("a\x7f", "holds a control character"),
        ("a\x85", "holds a control character"),
        ("a\ud800", "half of a surrogate pair"),
    ],
)
def test_name_is_refused(channel, why):
    with pytest.raises(OmnibusDataException, match=why):
        frame(channel)


def test_long_name_is_shown_short_and_escaped():
    with pytest.raises(OmnibusDataException) as caught:
        frame("\n" + "x" * 10_000)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


# To the byte what the original wrote (recording N34).
RECORDED = [
    (
        ("foo", "hello", {"text": "Hello world"}, "server"),
        b'foo:{"sender": "server", "type": "hello", "payload": {"text": "Hello world"}}',
    ),
    (("foo", "hello", None, None), b'foo:{"sender": null, "type": "hello", "payload": {}}'),
    (
        ("foo", "ü", {"ü": "\x7f/"}, None),
        b'foo:{"sender": null, "type": "\\u00fc", "payload": {"\\u00fc": "\\u007f/"}}',
    ),
    (
        (
            "foo",
            "dates",
            {
                "at": datetime.datetime(2020, 1, 2, 3, 4, 5, 678901),
                "on": datetime.date(2020, 1, 2),
                "cost": decimal.Decimal("1.50"),
                "id": uuid.UUID(int=1),
            },
            None,
        ),
        b'foo:{"sender": null, "type": "dates", "payload": {"at": "2020-01-02T03:04:05.678",'
        b' "on": "2020-01-02", "cost": "1.50", "id": "00000000-0000-0000-0000-000000000001"}}',
    ),
]


@pytest.mark.parametrize(("arguments", "written"), RECORDED)
def test_frame_is_that_of_the_original(arguments, written):
    assert frame(*arguments) == written


@pytest.mark.parametrize(
    "payload",
    [
        [1],
        "text",
        7,
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": object()},
        {("a",): 1},
        {"x": b"bytes"},
    ],
)
def test_payload_that_has_no_form_is_refused(payload):
    with pytest.raises(OmnibusDataException):
        frame(payload=payload)


def test_payload_that_holds_itself_or_is_too_deep_is_refused():
    circle = {}
    circle["circle"] = circle
    deep = {}
    for _ in range(100_000):
        deep = {"deep": deep}
    for payload in (circle, deep):
        with pytest.raises(OmnibusDataException):
            frame(payload=payload)


def test_sender_that_has_no_form_is_refused():
    with pytest.raises(OmnibusDataException):
        frame(sender=object())


@pytest.mark.parametrize("payload_type", ["", None, 7, {}])
def test_type_that_is_no_text_is_refused(payload_type):
    with pytest.raises(OmnibusDataException, match="type is"):
        frame(payload_type=payload_type)


def test_frame_beyond_the_limit_of_the_bus_is_refused():
    size = len(frame(payload={"x": ""}))
    assert frame(payload={"x": "y" * 10}, bytes_max=size + 10)
    with pytest.raises(OmnibusDataException, match=f"is {size + 11} bytes, the limit is {size + 10}"):
        frame(payload={"x": "y" * 11}, bytes_max=size + 10)


def test_all_mistakes_are_caught_by_the_names_of_the_original():
    assert issubclass(OmnibusDataException, OmnibusException)


def test_frame_is_read_back():
    assert decode(frame(payload={"n": 1}, sender="me")) == Publication(
        "foo", "hello", {"n": 1}, "me"
    )
