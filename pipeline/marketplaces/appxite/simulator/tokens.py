"""How access tokens are given out: OAuth2 client credentials in a form, as far as anybody knows."""

from typing import Any
from urllib.parse import parse_qsl

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.knobs import Knobs
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.world import SimulatedWorld


class AppXiteTokens(Tokens):
    def __init__(self, world: SimulatedWorld, knobs: Knobs) -> None:
        super().__init__(world, knobs)
        self._credentials = knobs

    def answer(self, body: bytes) -> tuple[int, Any]:
        given = dict(parse_qsl(body.decode("utf-8", "replace")))
        if given.get("grant_type") != assumed.GRANT:
            return self._refuse(400, "unsupported_grant_type")
        wanted = (self._credentials.client_id, self._credentials.client_secret)
        if (given.get("client_id"), given.get("client_secret")) != wanted:
            return self._refuse(401, "invalid_client")
        return 200, assumed.token(self.issue(), int(self._credentials.token_lifetime.total_seconds()))

    def _refuse(self, status: int, why: str) -> tuple[int, Any]:
        self.refused += 1
        return status, assumed.no_token(why)
