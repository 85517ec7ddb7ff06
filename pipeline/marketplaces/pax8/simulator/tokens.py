"""How Pax8 gives out access tokens."""

import json
from typing import Any

from pipeline.marketplaces.pax8.simulator.knobs import AUDIENCE, Knobs
from pipeline.marketplaces.pax8.simulator.problems import NO_TOKEN
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.world import SimulatedWorld

AUDIENCES = (AUDIENCE, "api://p8p.client", "api://provisioning", "api://usage")


class Pax8Tokens(Tokens):
    """Asked for in JSON; every refusal looks the same."""

    def __init__(self, world: SimulatedWorld, knobs: Knobs) -> None:
        super().__init__(world, knobs)
        self._credentials = knobs

    def answer(self, body: bytes) -> tuple[int, Any]:
        """200 with a token; anything wrong is 401 in an envelope of its own."""
        if not self._is_right(body):
            self.refused += 1
            return 401, NO_TOKEN
        lifetime = int(self._credentials.token_lifetime.total_seconds())
        return 200, {"access_token": self.issue(), "expires_in": lifetime, "token_type": "Bearer"}

    def _is_right(self, body: bytes) -> bool:
        try:
            given = json.loads(body)
        except ValueError:
            return False
        return (
            isinstance(given, dict)
            and given.get("client_id") == self._credentials.client_id
            and given.get("client_secret") == self._credentials.client_secret
            and given.get("audience") in AUDIENCES
            and given.get("grant_type") == "client_credentials"
        )
