"""Are the signatures of hooks checked as ``spec/hooks.md`` says."""

import pytest
import vectors
from omnibus.signatures import BadSignature, check, sign

VECTORS = vectors.read("hooks.json")["signed"]
SECRET = "a secret that is thirty-two bytes"
T = 1_790_000_000


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["v1"][:8])
def test_signature_of_the_vectors_is_made_and_taken(vector):
    header = f"t={vector['t']},v1={vector['v1']}"
    body = vector["body"].encode()
    assert sign(body, secret=vector["secret"], t=vector["t"]) == header
    check(header, body, secret=vector["secret"], now=vector["t"])


@pytest.mark.parametrize("skew", [-300, 300])
def test_clock_may_be_off_by_five_minutes(skew):
    check(sign(b"{}", secret=SECRET, t=T), b"{}", secret=SECRET, now=T + skew)


@pytest.mark.parametrize("skew", [-301, 301])
def test_clock_that_is_off_by_more_is_refused(skew):
    with pytest.raises(BadSignature, match="clock of the sender"):
        check(sign(b"{}", secret=SECRET, t=T), b"{}", secret=SECRET, now=T + skew)


def test_other_body_secret_or_time_is_refused():
    header = sign(b"{}", secret=SECRET, t=T)
    for changed, body, secret in [
        (header, b"{ }", SECRET),
        (header, b"{}", SECRET + "!"),
        (header.replace(f"t={T}", f"t={T + 1}"), b"{}", SECRET),
        (header[:-1] + ("0" if header[-1] != "0" else "1"), b"{}", SECRET),
    ]:
        with pytest.raises(BadSignature, match="another secret or body"):
            check(changed, body, secret=secret, now=T)


def test_former_secret_is_good_where_it_is_named():
    header = sign(b"{}", secret="the former one", t=T)
    check(header, b"{}", secret=SECRET, previous_secret="the former one", now=T)
    with pytest.raises(BadSignature):
        check(header, b"{}", secret=SECRET, previous_secret="", now=T)


GOOD = sign(b"{}", secret=SECRET, t=T)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        GOOD.upper(),
        GOOD + ",v2=1",
        GOOD.replace("t=", "t=0"),
        GOOD.replace("t=", "t=-"),
        GOOD.replace(",", ", "),
        GOOD + "\n",
        GOOD.replace("1", "١"),
    ],
)
def test_malformed_header_is_refused(header):
    with pytest.raises(BadSignature, match="missing or malformed"):
        check(header, b"{}", secret=SECRET, now=T)
