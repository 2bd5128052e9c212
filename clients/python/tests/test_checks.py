"""Do Django's checks find settings that cannot work."""

import pytest
from django.test import override_settings
from omnibus import settings
from omnibus.checks import check_settings


def found(**of):
    """Return the ids of what is found in these settings."""
    with override_settings(**{"OMNIBUS_" + name: value for name, value in of.items()}):
        return [message.id for message in check_settings()]


def test_defaults_are_in_order():
    assert found() == []


@pytest.mark.parametrize(
    ("of", "ids"),
    [
        ({"SERVER_PORT": 1.5}, ["omnibus.E001"]),
        ({"SERVER_PORT": True}, ["omnibus.E001"]),
        ({"DIRECTOR_ENABLED": "yes"}, ["omnibus.E001"]),
        ({"PUBLISH_TIMEOUT": "2s"}, ["omnibus.E001"]),
        ({"ENDPOINT_SCHEME": "tcp"}, ["omnibus.E002"]),
        ({"SERVER_BASE_URL": "ec"}, ["omnibus.E003"]),
        ({"BUS_MESSAGE_BYTES_MAX": "16 MB"}, ["omnibus.E004"]),
        ({"PUBLISH_HIGH_WATER_MARK": 0}, ["omnibus.E005"]),
        ({"FORWARDER_ENABLED": True}, ["omnibus.E006", "omnibus.E007", "omnibus.E007"]),
        ({"CONNECTION_FACTORY": "shop.connection.factory"}, ["omnibus.W001"]),
        ({"HOOKS_URL": "http://x"}, ["omnibus.E008"]),
        ({"HOOKS_SECRET": "short"}, ["omnibus.W002"]),
        (
            {"AUTHENTICATOR_FACTORY": "omnibus.factories.userauthenticator_factory"},
            [],
        ),
        (
            {
                "AUTHENTICATOR_FACTORY": "omnibus.factories.userauthenticator_factory",
                "SECRET_KEY": "short",
            },
            ["omnibus.W002"],
        ),
    ],
)
def test_setting_that_cannot_work_is_found(of, ids):
    assert found(**of) == ids


@pytest.mark.parametrize(
    ("text", "count"),
    [(7, 7), ("7", 7), ("7 B", 7), ("64KiB", 65_536), ("16 MiB", 16 << 20), ("1 GiB", 1 << 30)],
)
def test_bytes_are_read_with_their_unit(text, count):
    assert settings.byte_count(text) == count


@pytest.mark.parametrize("text", ["", "MiB", "-1", "1.5 MiB", "7 MB", "7 k", "٧"])
def test_what_is_no_number_of_bytes_is_told(text):
    with pytest.raises(ValueError, match="is no number of bytes"):
        settings.byte_count(text)


def test_every_setting_has_a_default_of_its_own_type():
    for name, setting in settings.TABLE.items():
        assert isinstance(setting.default, setting.types), name


def test_setting_that_is_none_is_told():
    with pytest.raises(AttributeError, match="omnibus.settings has no SERVER_PROT"):
        settings.SERVER_PROT
