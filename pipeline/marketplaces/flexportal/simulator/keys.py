"""FlexPortal's API keys: made in the dashboard, good until they are taken back."""

from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.world import SimulatedWorld


class ApiKeys(Tokens):
    """The key of the knobs, and those issued beside it. There is no call that gives one."""

    def __init__(self, world: SimulatedWorld, knobs: Knobs) -> None:
        super().__init__(world, knobs)
        self._known = knobs
        self._issued: set[str] = set()
        self._revoked: set[str] = set()

    def issue(self) -> str:
        key = f"fp_{self._world.rng.getrandbits(160):040x}"
        self._issued.add(key)
        self.issued += 1
        return key

    def revoke(self, token: str | None = None) -> None:
        """One of them, or all that there are; a new `api_key` in the knobs is good."""
        self._revoked |= {*self._issued, self._known.api_key} if token is None else {token}

    def admit(self, authorization: str) -> bool:
        scheme, _, key = authorization.partition(" ")
        known = key in self._issued or key == self._known.api_key
        return scheme.lower() == "bearer" and known and key not in self._revoked
