"""What does a page get: the context processor, the tags, the view for a new token."""

import json
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.template import Context, Engine, TemplateSyntaxError
from django.test import RequestFactory, override_settings
from omnibus import tokens, views
from omnibus.authenticators import UserAuthenticator
from omnibus.context_processors import omnibus

SECRET = "a secret that is thirty-two bytes"
ENGINE = Engine(libraries={"omnibus": "omnibus.templatetags.omnibus"})


def request(user=None, host="Example.org:8000", secure=False):
    """Return a request, of a user who has logged in if one is given."""
    made = RequestFactory().get("/", HTTP_HOST=host, secure=secure)
    made.user = AnonymousUser() if user is None else user
    return made


def endpoint(**about):
    """Return what the context processor says of where the server is."""
    return omnibus(request(**about))["OMNIBUS_ENDPOINT"]


# Recorded from the original (D01, D02).
@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("Example.org:8000", "ws://example.org:4242/ec"),
        ("example.org", "ws://example.org:4242/ec"),
        ("127.0.0.1:80", "ws://127.0.0.1:4242/ec"),
        ("[::1]:8000", "ws://[::1]:4242/ec"),
        ("[::1]", "ws://[::1]:4242/ec"),
    ],
)
def test_endpoint_is_on_the_host_of_the_request(host, url):
    assert endpoint(host=host) == url


def test_endpoint_is_made_of_the_settings():
    with override_settings(
        OMNIBUS_ENDPOINT_SCHEME="http",
        OMNIBUS_SERVER_HOST="Realtime.example.org",
        OMNIBUS_SERVER_PORT=80,
        OMNIBUS_SERVER_BASE_URL="/x",
    ):
        assert endpoint() == "http://Realtime.example.org:80/x"


def test_secure_page_gets_the_scheme_of_the_settings_as_in_the_original():
    assert endpoint(secure=True).startswith("ws://")


@pytest.mark.parametrize(("scheme", "secure"), [("ws", "wss"), ("http", "https"), ("wss", "wss")])
def test_secure_page_gets_a_secure_endpoint_where_it_is_asked_for(scheme, secure):
    with override_settings(OMNIBUS_ENDPOINT_SCHEME=scheme, OMNIBUS_ENDPOINT_FOLLOWS_PAGE=True):
        assert endpoint(secure=True).startswith(secure + "://")
        assert endpoint(secure=False).startswith(scheme + "://")


def test_endpoint_can_be_given_whole():
    with override_settings(OMNIBUS_ENDPOINT_URL="wss://realtime.example.org/ec"):
        assert endpoint() == "wss://realtime.example.org/ec"


def test_user_gets_a_token_for_a_day():
    user, _, token = omnibus(request(User(pk=42)))["OMNIBUS_AUTH_TOKEN"].partition(":")
    found = tokens.verify(user, token, secret=SECRET)
    assert found.user == "42"
    assert abs(found.expiry - time.time() - 86_400) < 5


def test_lifetime_and_secret_of_tokens_can_be_set():
    with override_settings(
        OMNIBUS_SECRET_KEY="another secret", OMNIBUS_TOKEN_LIFETIME=timedelta(minutes=5)
    ):
        user, _, token = omnibus(request(User(pk=42)))["OMNIBUS_AUTH_TOKEN"].partition(":")
    assert tokens.verify(user, token, secret=SECRET) is None
    found = tokens.verify(user, token, secret="another secret")
    assert abs(found.expiry - time.time() - 300) < 5


def test_token_of_the_original_is_issued_where_it_is_asked_for():
    # Recorded from the original (D04).
    with override_settings(OMNIBUS_TOKEN_IS_ORIGINAL=True, SECRET_KEY="test123key"):
        context = omnibus(request(User(pk=123)))
        assert context["OMNIBUS_AUTH_TOKEN"] == "123:5570b1b049c7207a09fd22f587ed7019f8c50453"
        assert UserAuthenticator.validate_auth_token(123, UserAuthenticator.get_auth_token(123))


def test_nobody_gets_no_token():
    assert omnibus(request())["OMNIBUS_AUTH_TOKEN"] == ""
    assert omnibus(RequestFactory().get("/"))["OMNIBUS_AUTH_TOKEN"] == ""


def test_token_made_outside_of_a_template_is_good():
    token = UserAuthenticator.get_auth_token(42)
    assert UserAuthenticator.validate_auth_token(42, token)
    assert not UserAuthenticator.validate_auth_token(43, token)


def render(text, context):
    """Render a template that loads the tags."""
    return ENGINE.from_string("{% load omnibus %}" + text).render(Context(context))


def test_tags_say_what_the_context_processor_says():
    made = request(User(pk=42))
    text = render("{% omnibus_endpoint %} {% omnibus_auth_token %}", {"request": made})
    url, _, token = text.partition(" ")
    assert url == "ws://example.org:4242/ec"
    assert tokens.verify("42", token.partition(":")[2], secret=SECRET)


def test_configuration_is_json_in_a_script_that_nothing_ends():
    made = request(User(pk=42))
    with override_settings(OMNIBUS_ENDPOINT_URL="wss://x/</script><script>"):
        text = render('{% omnibus_config "realtime" %}', {"request": made})
    assert text.startswith('<script id="realtime" type="application/json">')
    assert text.count("</script>") == 1
    said = json.loads(text[text.index(">") + 1 : text.index("</script>")])
    assert said["endpoint"] == "wss://x/</script><script>"
    assert said["authToken"].startswith("42:v2.")


def test_tag_without_a_request_says_what_it_needs():
    with pytest.raises(TemplateSyntaxError, match="need the request"):
        render("{% omnibus_endpoint %}", {})


def test_page_that_was_open_for_long_gets_a_new_token():
    answer = views.token(request(User(pk=42)))
    said = json.loads(answer.content)["authToken"]
    assert tokens.verify("42", said.partition(":")[2], secret=SECRET)
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(views.token(request()).content) == {"authToken": ""}
