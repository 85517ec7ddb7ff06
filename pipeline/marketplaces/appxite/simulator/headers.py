"""The headers that every call needs, checked in the order in which gateway and application stand."""

from collections.abc import Mapping

from pipeline.marketplaces.appxite.simulator.assumed import WITHOUT_ORGANISATION
from pipeline.marketplaces.appxite.simulator.knobs import Knobs
from pipeline.marketplaces.appxite.simulator.problems import refused
from pipeline.marketplaces.appxite.simulator.requests import ON_BEHALF_OF
from pipeline.marketplaces.simulation.routing import Problem, Route
from pipeline.marketplaces.simulation.tokens import Tokens

VERSION = "3.1"
NO_KEY = (
    "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an "
    "API."
)
WRONG_KEY = (
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
)


def missing_headers(headers: Mapping[str, str], route: Route, knobs: Knobs, tokens: Tokens) -> Problem | None:
    """The first thing that is wrong. A version that there isn't looks like a path that there isn't."""
    key = headers.get("ocp-apim-subscription-key")
    if key != knobs.subscription_key:
        return Problem(401, WRONG_KEY if key else NO_KEY)
    if headers.get("api-version") != VERSION:
        return Problem(404, "Resource not found")
    if knobs.bearer_needed and not tokens.admit(headers.get("authorization", "")):
        return Problem(401, "Unauthorized")
    if route.label in knobs.denied:
        return Problem(403, "The client has no permission for this endpoint")
    if _place(headers.get(knobs.portal_header, "")) != _place(knobs.portal):
        return refused(400, "Referer names no portal of this client")
    if route.handler and route.label not in WITHOUT_ORGANISATION and not headers.get(ON_BEHALF_OF, "").strip():
        return refused(400, "X-On-Behalf-Of is required")
    return None


def _place(address: str) -> str:
    return address.strip().rstrip("/").casefold()
