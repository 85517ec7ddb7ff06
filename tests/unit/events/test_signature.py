"""Which messages are genuine."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import hmac_data

from events.sources.signature import BadSecret, Verifier

OLD, NEW, STRANGE = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n", b"s"))
BODY = '{"note": "grüße"}'.encode()


def signed(secret: str = NEW, body: bytes = BODY, age: timedelta = timedelta()) -> dict[str, str]:
    moment = datetime.now(UTC) - age
    return {
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("m-1", moment, body.decode()),
    }


@pytest.mark.parametrize(
    ("headers", "genuine"),
    [
        pytest.param(lambda: signed(NEW), True, id="signed with the new secret"),
        pytest.param(lambda: signed(OLD), True, id="signed with the old one, which is still live"),
        pytest.param(lambda: signed(STRANGE), False, id="signed with another"),
        pytest.param(lambda: signed(age=timedelta(minutes=4)), True, id="four minutes old"),
        pytest.param(lambda: signed(age=timedelta(minutes=6)), False, id="six minutes old"),
        pytest.param(lambda: signed(age=timedelta(minutes=-6)), False, id="six minutes ahead"),
        pytest.param(lambda: signed(body=b"{}"), False, id="another body's"),
        pytest.param(lambda: {**signed(), "webhook-id": "m-2"}, False, id="another message's"),
        pytest.param(lambda: {**signed(), "webhook-timestamp": "soon"}, False, id="a time in words"),
        pytest.param(lambda: {**signed(), "webhook-timestamp": "1e400"}, False, id="an endless time"),
        pytest.param(lambda: {**signed(), "webhook-timestamp": "1" * 5000}, False, id="a time of thousands of digits"),
        pytest.param(lambda: {**signed(), "webhook-signature": "v1"}, False, id="half a signature"),
        pytest.param(lambda: {**signed(), "webhook-signature": "v1,!!"}, False, id="no base64"),
        pytest.param(dict, False, id="unsigned"),
        pytest.param(lambda: {"authorization": "Bearer let-me-in"}, True, id="the bearer secret"),
        pytest.param(lambda: {"authorization": "bearer let-me-in"}, True, id="the scheme in small letters"),
        pytest.param(lambda: {"authorization": "Bearer let-me-i"}, False, id="a part of it"),
        pytest.param(lambda: {"authorization": "Bearer "}, False, id="nothing after the scheme"),
        pytest.param(lambda: {"authorization": "Basic let-me-in"}, False, id="another scheme"),
        pytest.param(lambda: {"authorization": f"Bearer {NEW}"}, False, id="a signing secret is no bearer"),
    ],
)
def test_a_message_is_genuine_or_not(headers: Callable[[], dict[str, str]], genuine: bool) -> None:
    assert Verifier([NEW, OLD, "bearer:let-me-in"]).genuine(headers(), BODY) is genuine


@pytest.mark.parametrize("other", ["v1a,abcd", "v2,%%%", "rubbish", "v1,"])
def test_a_good_signature_counts_beside_one_of_another_form(other: str) -> None:
    headers = signed()
    headers["webhook-signature"] = f"{other} {headers['webhook-signature']}"

    assert Verifier([NEW]).genuine(headers, BODY)


def test_a_body_that_is_no_text_can_be_genuine() -> None:
    body = b'{"note": "\xe9"}'
    stamp = str(int(datetime.now(UTC).timestamp()))
    signature = base64.b64encode(hmac_data(b"n" * 32, f"m-1.{stamp}.".encode() + body)).decode()
    headers = {"webhook-id": "m-1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}

    assert Verifier([NEW]).genuine(headers, body)
    assert not Verifier([NEW]).genuine({**headers, "webhook-timestamp": str(int(stamp) - 400)}, body)
    assert not Verifier([NEW]).genuine({**headers, "webhook-timestamp": "1" * 5000}, body)
    assert not Verifier([OLD]).genuine(headers, body)


@pytest.mark.parametrize("secret", ["", "plain", "whsec_", "whsec_a", "bearer:"])
def test_a_secret_of_neither_form_is_refused(secret: str) -> None:
    with pytest.raises(BadSecret):
        Verifier([secret])
