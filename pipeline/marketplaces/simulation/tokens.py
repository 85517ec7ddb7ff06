"""Access tokens: issued for the right credentials, good until the clock or a revocation ends them."""

from datetime import datetime

from pipeline.marketplaces.simulation.knobs import CommonKnobs
from pipeline.marketplaces.simulation.world import SimulatedWorld


class Tokens:
    """`issued` counts them; `refused` counts requests that got none. How they are asked for is each marketplace's."""

    def __init__(self, world: SimulatedWorld, knobs: CommonKnobs) -> None:
        self.issued = 0
        self.refused = 0
        self._world = world
        self._knobs = knobs
        self._good_until: dict[str, datetime] = {}

    def issue(self) -> str:
        """A good token, without a call."""
        token = f"sim.{self._world.rng.getrandbits(192):048x}"
        self._good_until[token] = self._world.now + self._knobs.token_lifetime
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
