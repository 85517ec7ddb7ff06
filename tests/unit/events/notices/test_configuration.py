"""Channels out of settings: what cannot work stops with a sentence that names the variable and shows no value."""

import base64

import pytest
from pydantic import SecretStr

from events.notices.chat import ChatChannel
from events.notices.configuration import BadChannel, ChannelConfig, ChannelKind, make_channels
from events.notices.webhook import WebhookChannel
from events.notices.wording import Wording

# Apprise's e-mail part imports a module of the standard library that ends with Python 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
WORDING = Wording("https://qw.example")
SECRET = "whsec_" + base64.b64encode(b"a" * 24).decode()


def config(
    url: str, kind: ChannelKind = ChannelKind.WEBHOOK, *, secret: str | None = SECRET, name: str = "ops"
) -> ChannelConfig:
    return ChannelConfig(name, kind, SecretStr(url), None if secret is None else SecretStr(secret))


def test_each_kind_makes_its_channel_under_its_name() -> None:
    channels = make_channels(
        [
            config("https://hooks.example/x"),
            config("json://chat.example/token", ChannelKind.APPRISE, secret=None, name="chat"),
        ],
        WORDING,
    )

    assert isinstance(channels["ops"], WebhookChannel)
    assert isinstance(channels["chat"], ChatChannel)


def test_a_secret_without_prefix_or_padding_is_taken_as_the_library_takes_it() -> None:
    assert make_channels([config("https://hooks.example/x", secret="QUJDRA")], WORDING)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        pytest.param(
            config("hooks.example/hidden"),
            "QUOTEWAY_NOTICES__OPS__URL must be an address that begins with https:// or http://.",
            id="an address without a scheme",
        ),
        pytest.param(config("ftp://hooks.example/hidden"), "begins with https:// or http://.", id="another scheme"),
        pytest.param(config("https:///hidden"), "begins with https:// or http://.", id="no host"),
        pytest.param(
            config("https://hooks.example:hidden/"),
            "QUOTEWAY_NOTICES__OPS__URL is not an address; set one like https://hooks.example.com/quoteway.",
            id="a port that is no number",
        ),
        pytest.param(
            config("https://user:hidden@hooks.example/"),
            "QUOTEWAY_NOTICES__OPS__URL must not hold a user or password",
            id="credentials in the address",
        ),
        pytest.param(
            config("https://hooks.example/hidden", secret=None),
            "QUOTEWAY_NOTICES__OPS__SECRET is missing: a webhook is signed",
            id="no secret",
        ),
        pytest.param(
            config("https://hooks.example/hidden", secret="whsec_hidden!"),
            "QUOTEWAY_NOTICES__OPS__SECRET is not base64",
            id="a secret that is not base64",
        ),
        pytest.param(
            config("https://hooks.example/hidden", secret="whsec_"),
            "QUOTEWAY_NOTICES__OPS__SECRET holds no key",
            id="an empty key",
        ),
        pytest.param(
            config("slck://hidden", ChannelKind.APPRISE),
            "QUOTEWAY_NOTICES__OPS__URL is not one Apprise address",
            id="a service that Apprise does not know",
        ),
        pytest.param(
            config("json://a.example/hidden, json://b.example/hidden", ChannelKind.APPRISE),
            "QUOTEWAY_NOTICES__OPS__URL is not one Apprise address",
            id="two services in one address",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(bad: ChannelConfig, sentence: str) -> None:
    with pytest.raises(BadChannel) as refused:
        make_channels([bad], WORDING)

    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_two_channels_of_one_name_are_refused() -> None:
    twice = config("https://hooks.example/x")

    with pytest.raises(BadChannel, match="Two channels for notices are named ops"):
        make_channels([twice, twice], WORDING)


def test_a_channel_shows_neither_its_address_nor_its_secret() -> None:
    channel = make_channels([config("https://hooks.example/hidden")], WORDING)["ops"]

    assert "hidden" not in repr(channel)
    assert SECRET not in repr(channel)
