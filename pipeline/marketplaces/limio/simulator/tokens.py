"""How Limio gives out access tokens: a form, outside of `/api`, and scopes that a token has or lacks."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from pipeline.marketplaces.limio.simulator.assumed import WRONG_CLIENT
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.world import SimulatedWorld

FORM = "application/x-www-form-urlencoded"


class LimioTokens(Tokens):
    """`issue` gives a token all scopes of the client."""

    def __init__(self, world: SimulatedWorld, knobs: Knobs) -> None:
        super().__init__(world, knobs)
        self._client = knobs
        self._scopes: dict[str, frozenset[str]] = {}

    def issue(self) -> str:
        return self.issue_with(frozenset(self._client.scopes))

    def issue_with(self, scopes: frozenset[str]) -> str:
        token = super().issue()
        self._scopes[token] = scopes
        return token

    def allows(self, authorization: str, scope: str) -> bool:
        return scope in self._scopes.get(authorization.partition(" ")[2].strip(), frozenset())

    def answer(self, call: Call) -> tuple[int, Any]:
        """200 with a token, or what OAuth calls what is wrong."""
        if not call.headers.get("content-type", "").startswith(FORM):
            return self._refused(400, "invalid_request")
        form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return self._refused(400, "unsupported_grant_type")
        if (self._client.client_id, self._client.client_secret) not in self._credentials(call, form):
            return self._refused(WRONG_CLIENT, "invalid_client")
        asked = frozenset(form.get("scope", "").split())
        if not asked <= frozenset(self._client.scopes):
            return self._refused(400, "invalid_scope")
        granted = asked if asked or self._client.scope_must_be_asked else frozenset(self._client.scopes)
        token = self.issue_with(granted)
        lifetime = int(self._client.token_lifetime.total_seconds())
        return 200, {"access_token": token, "id_token": f"id.{token}", "token_type": "Bearer", "expires_in": lifetime}

    def _refused(self, status: int, error: str) -> tuple[int, Any]:
        self.refused += 1
        return status, {"error": error}

    def _credentials(self, call: Call, form: dict[str, str]) -> set[tuple[str, str]]:
        found = set()
        if self._client.client_in != "header":
            found.add((form.get("client_id", ""), form.get("client_secret", "")))
        if self._client.client_in != "body":
            found.add(_basic(call.authorization))
        return found


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
