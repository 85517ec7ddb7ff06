"""Whether a message is genuine: Standard Webhooks 1.0 over the raw bytes, or a static bearer secret."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from collections.abc import Iterable, Mapping

from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import hmac_data

BEARER = "bearer:"
SIGNED = "whsec_"
_TOLERANCE = 300
_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]+={0,2}")


class BadSecret(ValueError):
    """A secret is of neither form. Its text says what is wanted and shows nothing of it."""


class Verifier:
    """
    One connection's secrets, all live at once, so that a sender can change theirs without a gap. Raises BadSecret.

    Compares in constant time. A timestamp may be off by five minutes either way.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._bearers: list[bytes] = []
        self._keys: list[bytes] = []
        for secret in secrets:
            if secret.startswith(BEARER) and len(secret) > len(BEARER):
                self._bearers.append(secret.removeprefix(BEARER).encode())
            else:
                self._keys.append(_key(secret))
        self._hooks = [Webhook(key) for key in self._keys]

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """`headers` in lower case."""
        return self._bears(headers.get("authorization", "")) or self._signed(headers, body)

    def _bears(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return False
        given = token.strip().encode()
        matches = [hmac.compare_digest(given, bearer) for bearer in self._bearers]
        return any(matches)

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        # The library stumbles over the first signature of an unknown form, so that a good one after it would not count.
        signatures = [part for part in headers.get("webhook-signature", "").split(" ") if _SIGNATURE.fullmatch(part)]
        if not signatures:
            return False
        known = {**headers, "webhook-signature": " ".join(signatures)}
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return any(_signs_bytes(key, known, signatures, body) for key in self._keys)
        return any(_verifies(hook, known, text) for hook in self._hooks)


def _verifies(hook: Webhook, headers: Mapping[str, str], text: str) -> bool:
    try:
        hook.verify(text, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError):
        return False
    return True


def _signs_bytes(key: bytes, headers: Mapping[str, str], signatures: Iterable[str], body: bytes) -> bool:
    """The same for a body that is no text, which the library cannot take: its sender shall be told so, not 401."""
    stamp, message_id = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not message_id or not _STAMP.fullmatch(stamp) or abs(time.time() - int(stamp)) > _TOLERANCE:
        return False
    expected = base64.b64encode(hmac_data(key, f"{message_id}.{stamp}.".encode() + body)).decode()
    return any(hmac.compare_digest(f"v1,{expected}", signature) for signature in signatures)


def _key(secret: str) -> bytes:
    if not secret.startswith(SIGNED):
        raise BadSecret(f"must hold secrets that begin with {SIGNED} or with {BEARER}, comma-separated")
    try:
        key = base64.b64decode(secret.removeprefix(SIGNED) + "==")
    except binascii.Error:
        key = b""
    if not key:
        raise BadSecret(f"must have base64 after {SIGNED}")
    return key
