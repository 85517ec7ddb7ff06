"""Access tokens: issued for the right credentials, good until the clock or a revocation ends them."""

import json
from datetime import datetime
from typing import Any

from pipeline.marketplaces.pax8.simulator.knobs import AUDIENCE
from pipeline.marketplaces.pax8.simulator.problems import NO_TOKEN
from pipeline.marketplaces.pax8.simulator.world import World

AUDIENCES = (AUDIENCE, "api://p8p.client", "api://provisioning", "api://usage")


class Tokens:
    """`issued` counts them; `refused` counts requests that got none."""

    def __init__(self, world: World) -> None:
        self.issued = 0
        self.refused = 0
        self._world = world
        self._good_until: dict[str, datetime] = {}

    def issue(self) -> str:
        """A good token, without a call."""
        token = f"sim.{self._world.rng.getrandbits(192):048x}"
        self._good_until[token] = self._world.now + self._world.knobs.token_lifetime
        self.issued += 1
        return token

    def revoke(self, token: str | None = None) -> None:
        """One of them, or all."""
        if token is None:
            self._good_until.clear()
        else:
            self._good_until.pop(token, None)

    def admit(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        until = self._good_until.get(token.strip())
        return scheme.lower() == "bearer" and until is not None and self._world.now < until

    def answer(self, body: bytes) -> tuple[int, Any]:
        """200 with a token; anything wrong is 401 in an envelope of its own."""
        if not self._is_right(body):
            self.refused += 1
            return 401, NO_TOKEN
        lifetime = int(self._world.knobs.token_lifetime.total_seconds())
        return 200, {"access_token": self.issue(), "expires_in": lifetime, "token_type": "Bearer"}

    def _is_right(self, body: bytes) -> bool:
        try:
            given = json.loads(body)
        except ValueError:
            return False
        knobs = self._world.knobs
        return (
            isinstance(given, dict)
            and given.get("client_id") == knobs.client_id
            and given.get("client_secret") == knobs.client_secret
            and given.get("audience") in AUDIENCES
            and given.get("grant_type") == "client_credentials"
        )
