"""A callback as it goes out: the record as text in the body, its signature, and when it is sent again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from events.sources.tool import Post

_AGAIN = frozenset({404, 409, 419, 429})
_WAITS = (2.0, 4.0)
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """`url` as registered, with the record's id at its end."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def post(self) -> Post:
        return Post(dict(self.headers), httpx.URL(self.url).query.decode(), self.body)


def signed(signing_key: str, envelope: Mapping[str, Any], url: str) -> Delivery:
    body = json.dumps(envelope).encode()
    key = hashlib.sha256(signing_key.encode()).digest()
    signature = base64.b64encode(hmac.digest(key, body, "sha256")).decode()
    headers = {"content-type": "application/json; charset=utf-8", "x-content-signature": signature}
    return Delivery(url, headers, body)


def send(
    delivery: Delivery, transport: httpx.BaseTransport | None = None, wait: Callable[[float], None] = time.sleep
) -> Sequence[int]:
    """The codes that came back, 0 for none in five seconds: only some of them make it come again, twice."""
    codes: list[int] = []
    with httpx.Client(transport=transport, timeout=_SECONDS, trust_env=False) as client:
        for pause in (*_WAITS, None):
            codes.append(_once(client, delivery))
            if codes[-1] not in _AGAIN or pause is None:
                break
            wait(pause)
    return codes


def _once(client: httpx.Client, delivery: Delivery) -> int:
    try:
        return client.post(delivery.url, content=delivery.body, headers=dict(delivery.headers)).status_code
    except httpx.TransportError:
        return 0
