"""Messages of each tool that pushes: what it would send if its customer accepted, and its signature below anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from standardwebhooks.webhooks import hmac_data

from events.connections import SourceKind
from events.sources.autotask import messages as autotask
from events.sources.pandadoc import messages as pandadoc
from events.sources.pandadoc.simulator import PandaDocSimulator
from events.sources.quoter import messages as quoter
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.stripe import messages as stripe
from events.sources.stripe.simulator import StripeSimulator
from events.sources.tool import Post
from workers.demo.all_sources.psas import Psas
from workers.demo.all_sources.stage import Stage, staged

Sign = Callable[[bytes], Post]
PUSHING = (
    SourceKind.CONNECTWISE,
    SourceKind.HALOPSA,
    SourceKind.AUTOTASK,
    SourceKind.QUOTER,
    SourceKind.PANDADOC,
    SourceKind.STRIPE,
    SourceKind.GENERIC,
)


@dataclass(frozen=True, slots=True)
class Sender:
    """
    `acceptance` is what the tool would say if its customer had accepted, which nobody has; `sign` lets the tool's own
    key vouch for any body.
    """

    kind: SourceKind
    acceptance: Any
    sign: Sign

    def signed(self, document: Any) -> Post:
        return self.sign(json.dumps(document).encode())


def senders(stage: Stage, secret: str) -> Mapping[SourceKind, Sender]:
    """Of the stage's tools that push. What they would say is heard at another stage, where all was accepted."""
    with staged(secret) as twin:
        said = {play.kind: post for play in twin.plays if (post := twin.accept(play)) is not None}
    return {
        kind: Sender(kind, _document(kind, post, stage.psas), _sign(kind, post, stage.psas, secret))
        for kind, post in said.items()
    }


def _document(kind: SourceKind, post: Post, psas: Psas) -> Any:
    if kind is SourceKind.QUOTER:
        return json.loads(parse_qs(post.body.decode())["data"][0])
    document = json.loads(post.body)
    if kind is SourceKind.CONNECTWISE:  # else it would name the other stage's key
        document["Metadata"]["key_url"] = psas.connectwise.world.key_url()
    return document


def _sign(kind: SourceKind, post: Post, psas: Psas, secret: str) -> Sign:
    match kind:
        case SourceKind.CONNECTWISE:
            key = hashlib.sha256(psas.connectwise.world.signing_key.encode()).digest()
            return lambda body: _with(post, body, "x-content-signature", _base64(hmac.digest(key, body, "sha256")))
        case SourceKind.AUTOTASK:
            key = psas.autotask.hook_secret.encode()
            return lambda body: _with(post, body, autotask.HEADER, autotask.signature(key, body))
        case SourceKind.QUOTER:
            return _quoter
        case SourceKind.PANDADOC:
            shared = PandaDocSimulator().shared_key
            return lambda body: replace(post, body=body, query=f"signature={pandadoc.signature(shared, body)}")
        case SourceKind.STRIPE:
            return lambda body: _with(post, body, "stripe-signature", _stripe(body))
        case SourceKind.GENERIC:
            return lambda body: replace(post, body=body, headers=_webhook(secret, body))
        case _:  # HaloPSA, whose secret is the same below all that it sends
            return lambda body: replace(post, body=body)


def _with(post: Post, body: bytes, name: str, value: str) -> Post:
    return replace(post, body=body, headers={**post.headers, name: value})


def _quoter(data: bytes) -> Post:
    stamp = _now().encode()
    fields = {"hash": quoter.digest(QuoterSimulator().hash_key, stamp, data), "timestamp": stamp, "data": data}
    return Post({"content-type": "application/x-www-form-urlencoded"}, "", urlencode(fields).encode())


def _stripe(body: bytes) -> str:
    stamp = _now()
    return f"t={stamp},v1={stripe.signature(StripeSimulator().secret, stamp, body)}"


def _webhook(secret: str, body: bytes) -> dict[str, str]:
    """A Standard Webhook's headers, of bytes that need be no text. Equal bodies are one delivery."""
    name, stamp = f"msg_{hashlib.sha256(body).hexdigest()}", _now()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = _base64(hmac_data(key, f"{name}.{stamp}.".encode() + body))
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def _base64(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def _now() -> str:
    return str(int(time.time()))
