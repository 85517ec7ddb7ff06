"""One attempt over real sockets: what goes out, what an answer means, and how long a bad receiver holds us up."""

import base64
import datetime as dt
import ipaddress
import json
import logging
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from standardwebhooks import Webhook

from events.notices.channel import Arrived, Missed, Notice
from events.notices.chat import ChatChannel
from events.notices.preview import sample
from events.notices.targets import Targets
from events.notices.webhook import WebhookChannel
from events.notices.wording import Wording
from pipeline.domain.change import Change
from tests.integration.notices_receiver import CLOSE, DRIP, HANG, Receiver, receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PRIVATE = Targets("QUOTEWAY_NOTICES__OPS__ALLOW_PRIVATE", allow_private=True)
WORDING = Wording("https://qw.example")
# Apprise's e-mail part imports a module of the standard library that ends with Python 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def far() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def webhook(url: str, targets: Targets = PRIVATE, seconds: float = 5) -> WebhookChannel:
    return WebhookChannel("ops", SecretStr(url), SecretStr(SECRET), targets, seconds)


def chat(url: str, targets: Targets = PRIVATE, seconds: float = 5) -> ChatChannel:
    return ChatChannel("chat", SecretStr(url), targets, WORDING, seconds)


def notice(change: Change = Change.LIVE, *, again: bool = False) -> Notice:
    body = {"type": change.event, "timestamp": "2026-11-21T10:00:00Z", "data": {**sample(change), "note": "é"}}
    return Notice(uuid4(), change, json.dumps(body, ensure_ascii=False), again=again)


def test_a_receiver_verifies_a_webhook_with_the_standard_library_of_its_scheme(far: Receiver) -> None:
    sent = notice()

    assert webhook(far.url + "/hook?key=1").send(sent) == Arrived()

    (got,) = far.received
    verified = Webhook(SECRET).verify(got.body, got.headers)
    assert verified["type"] == "order.live"
    assert verified["data"]["note"] == "é"
    assert got.headers["webhook-id"] == str(sent.id)
    assert got.headers["content-type"] == "application/json"
    assert got.path == "/hook?key=1"


def test_a_private_address_is_refused_and_nothing_is_sent(far: Receiver) -> None:
    result = webhook(far.url, Targets("QUOTEWAY_NOTICES__OPS__ALLOW_PRIVATE")).send(notice())

    assert isinstance(result, Missed)
    assert "set QUOTEWAY_NOTICES__OPS__ALLOW_PRIVATE=true" in result.error
    assert far.received == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(far: Receiver) -> None:
    asked: list[str] = []

    def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    targets = Targets("SETTING", allow_private=True, lookup=lookup)

    assert webhook(far.url.replace("127.0.0.1", "hooks.example"), targets).send(notice()) == Arrived()
    assert asked == ["hooks.example"]
    assert far.received[0].headers["host"].startswith("hooks.example:")


def test_a_redirect_is_not_followed(far: Receiver) -> None:
    far.answers = [(307, {"location": far.url + "/elsewhere"})]

    assert isinstance(webhook(far.url).send(notice()), Missed)
    assert [got.path for got in far.received] == ["/"]


@pytest.mark.parametrize("trouble", [HANG, DRIP])
def test_a_receiver_that_never_finishes_its_answer_holds_us_up_to_the_deadline_only(
    far: Receiver, trouble: str
) -> None:
    far.answers = [trouble]
    began = time.monotonic()

    result = webhook(far.url, seconds=0.3).send(notice())

    assert result == Missed("The receiver did not answer within 0.3 seconds.")
    assert time.monotonic() - began < 2


def test_a_connection_that_breaks_off_is_a_failed_attempt(far: Receiver) -> None:
    far.answers = [CLOSE]

    assert webhook(far.url).send(notice()) == Missed("The connection broke off before the receiver answered.")


def test_a_receiver_that_is_not_there_is_a_failed_attempt() -> None:
    with receiver() as gone:
        url = gone.url

    assert webhook(url).send(notice()) == Missed("The receiver could not be reached.")


def test_a_name_that_does_not_exist_is_a_failed_attempt() -> None:
    def lookup(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    targets = Targets("SETTING", lookup=lookup)

    assert webhook("https://nowhere.example", targets).send(notice()) == Missed("The receiver could not be reached.")


def certificate(folder: Path) -> Path:
    """A certificate of its own for hooks.example, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("hooks.example"), x509.IPAddress(ipaddress.ip_address("::2"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


def test_tls_names_the_host_and_checks_its_certificate_though_an_address_is_connected_to(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    targets = Targets("SETTING", allow_private=True, lookup=lambda _host, _port: ["127.0.0.1"])

    with receiver(server) as far:
        url = SecretStr(far.url.replace("127.0.0.1", "hooks.example"))
        trusting = ssl.create_default_context(cafile=str(file))
        trusted = WebhookChannel("ops", url, SecretStr(SECRET), targets, trusted=trusting).send(notice())
        doubted = WebhookChannel("ops", url, SecretStr(SECRET), targets).send(notice())

    assert trusted == Arrived()
    assert doubted == Missed("The receiver's certificate is not trusted, or it does not speak TLS.")
    assert far.names == ["hooks.example", "hooks.example"]
    assert len(far.received) == 1


def test_no_address_and_no_secret_reaches_the_log(far: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    far.answers = [(500, {})]

    webhook(far.url + "/hidden-token").send(notice())
    chat(far.url.replace("http", "json") + "/hidden-token").send(notice())

    assert len(far.received) == 2
    assert "hidden-token" not in caplog.text
    assert "Contoso" not in caplog.text


def test_chat_says_the_wording_of_the_change(far: Receiver) -> None:
    assert chat(far.url.replace("http", "json")).send(notice(Change.FAILED)) == Arrived()

    told = json.loads(far.received[0].body)
    wanted = WORDING.of(Change.FAILED, sample(Change.FAILED))
    assert (told["title"], told["message"]) == (wanted.title, wanted.body)
    assert told["type"] == "failure"


def test_chat_says_again_after_an_attempt_that_was_cut_off(far: Receiver) -> None:
    chat(far.url.replace("http", "json")).send(notice(again=True))

    assert json.loads(far.received[0].body)["title"].startswith("Again: ")


def test_a_service_that_refuses_is_a_failed_attempt_and_nothing_more(far: Receiver) -> None:
    far.answers = [(500, {})]

    result = chat(far.url.replace("http", "json")).send(notice())

    assert result == Missed("The service did not take the notice; check the channel's address and the service itself.")


def test_a_service_that_hangs_may_have_got_the_notice(far: Receiver) -> None:
    far.answers = [HANG]

    result = chat(far.url.replace("http", "json"), seconds=0.3).send(notice())

    assert result == Missed("The service did not finish within 0.3 seconds.", perhaps_arrived=True)


def test_chat_to_a_private_address_is_refused_unless_allowed(far: Receiver) -> None:
    result = chat(far.url.replace("http", "json"), Targets("QUOTEWAY_NOTICES__CHAT__ALLOW_PRIVATE")).send(notice())

    assert isinstance(result, Missed)
    assert "set QUOTEWAY_NOTICES__CHAT__ALLOW_PRIVATE=true" in result.error
    assert far.received == []


def test_chat_follows_no_redirect(far: Receiver) -> None:
    far.answers = [(307, {"location": far.url + "/elsewhere"})]

    assert isinstance(chat(far.url.replace("http", "json")).send(notice()), Missed)
    assert [got.path for got in far.received] == ["/"]
