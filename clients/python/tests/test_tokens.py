"""Are tokens issued and verified as ``spec/tokens.md`` says."""

import pytest
import vectors
from omnibus import tokens

VECTORS = vectors.read("tokens.json")
SECRET = "a secret that is thirty-two bytes"


@pytest.mark.parametrize("vector", VECTORS["signed"], ids=lambda vector: vector["token"][:20])
def test_token_is_issued_and_verified_as_in_the_vectors(vector):
    read_only = "r" in vector["flags"]
    token = tokens.issue(
        vector["user"], secret=vector["secret"], expiry=vector["expiry"], read_only=read_only
    )
    assert token == vector["token"]
    found = tokens.verify(
        vector["user"], token, secret=vector["secret"], now=vector["expiry"] - 1
    )
    assert found == tokens.Token(vector["user"], vector["expiry"], read_only)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_token_of_the_vectors_is_refused(vector):
    assert tokens.verify(vector["user"], vector["token"], secret=vector["secret"], now=0) is None


def test_token_is_over_at_its_expiry():
    token = tokens.issue(42, secret=SECRET, expiry=1_790_000_000)
    assert tokens.verify("42", token, secret=SECRET, now=1_789_999_999.9) is not None
    assert tokens.verify("42", token, secret=SECRET, now=1_790_000_000) is None


def test_former_secret_is_good_where_it_is_named():
    token = tokens.issue(42, secret="the former secret", expiry=1_790_000_000)
    now = {"now": 1_000}
    assert tokens.verify("42", token, secret=SECRET, **now) is None
    assert tokens.verify("42", token, secret=SECRET, previous_secret="the former secret", **now)
    assert tokens.verify("42", token, secret=SECRET, previous_secret="", **now) is None


@pytest.mark.parametrize("user", ["", "4 2", "4:2", "ü", "1" * 65, "4\n"])
def test_user_that_cannot_stand_in_a_token_is_refused(user):
    with pytest.raises(ValueError, match="cannot stand in a token"):
        tokens.issue(user, secret=SECRET, expiry=1)


@pytest.mark.parametrize("expiry", [-1, 100_000_000_000])
def test_expiry_that_cannot_stand_in_a_token_is_refused(expiry):
    with pytest.raises(ValueError, match="expiry is"):
        tokens.issue("42", secret=SECRET, expiry=expiry)


def test_token_under_no_secret_is_not_issued():
    with pytest.raises(ValueError, match="secret is empty"):
        tokens.issue("42", secret="", expiry=1)


# Recorded from the original (D04, U02).
ORIGINALS = [
    ("test123key", 123, "5570b1b049c7207a09fd22f587ed7019f8c50453"),
    ("h3-secret-key", 1, "261f6fcebf34be3e8808a321a0537a3b27134462"),
]


@pytest.mark.parametrize(("secret", "user", "token"), ORIGINALS)
def test_token_of_the_original_is_issued_and_verified(secret, user, token):
    assert tokens.issue_original(user, secret=secret) == token
    assert tokens.verify_original(str(user), token, secret=secret)
    assert not tokens.verify_original(str(user), token.upper(), secret=secret)
    assert not tokens.verify_original(str(user), "\udc80", secret=secret)
