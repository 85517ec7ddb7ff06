"""Stripe's API: a key, and lists that are read on from an id, so that nothing shifts under the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote as quoted

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, page, row
from events.sources.client import ToolClient
from events.sources.stripe.words import API_VERSION, BASE_URL, EVENTS, TITLE
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

_LIMIT = 100
_MOST_PAGES = 1000


class StripeApi:
    """Thread-safe. All calls raise ToolFault."""

    def __init__(self, connection: SourceConnection, connections: Connections) -> None:
        access = connection.access
        settings = connection.variable("CLIENT_SECRET")
        self._client = ToolClient(TITLE, access.base_url or BASE_URL, connections, settings=settings)
        self._headers = {
            "authorization": f"Bearer {access.client_secret.get_secret_value()}",
            "stripe-version": API_VERSION,
        }

    def quote(self, quote_id: str) -> Row:
        """Raises NotThere."""
        return self._one(f"/v1/quotes/{quoted(quote_id, safe='')}", "quote")

    def customer(self, customer_id: str) -> Row:
        """Raises NotThere."""
        return self._one(f"/v1/customers/{quoted(customer_id, safe='')}", "customer")

    def line_items(self, quote_id: str) -> list[Row]:
        path = f"/v1/quotes/{quoted(quote_id, safe='')}/line_items"
        return [each for listed in self._pages(path, {}) for each in listed]

    def events(self, since: int) -> Iterator[list[Row]]:
        """Those of quotes since then, newest first. Stripe keeps them for 30 days."""
        wanted = {f"types[{number}]": kind for number, kind in enumerate(EVENTS)}
        return self._pages("/v1/events", {**wanted, "created[gte]": since})

    def quotes(self, status: str) -> Iterator[list[Row]]:
        return self._pages("/v1/quotes", {"status": status})

    def endpoints(self) -> list[Row]:
        return [each for listed in self._pages("/v1/webhook_endpoints", {}) for each in listed]

    def write_endpoint(self, endpoint_id: str, form: Mapping[str, str]) -> Row:
        """Makes one where the id is empty. It is not repeated here."""
        path = f"/v1/webhook_endpoints/{quoted(endpoint_id, safe='')}" if endpoint_id else "/v1/webhook_endpoints"
        return row(self._client.call("POST", path, form=form, headers=self._headers).content)

    def _pages(self, path: str, query: Mapping[str, str | int]) -> Iterator[list[Row]]:
        after: dict[str, str | int] = {}
        for _ in range(_MOST_PAGES):
            asked = {"limit": _LIMIT, **query, **after}
            content = self._client.get(path, query=asked, headers=self._headers).content
            listed = page(TITLE, content, "data")
            yield listed
            if row(content).get("has_more") is not True:
                return
            last = identifier(listed[-1].get("id")) if listed else ""
            if not last or last == after.get("starting_after"):
                raise ToolFault(f"{TITLE} says that a list goes on and does not go on with it.")
            after = {"starting_after": last}
        raise ToolFault(f"{TITLE} has a list of more than {_MOST_PAGES} pages.", passes=False)

    def _one(self, path: str, what: str) -> Row:
        found = row(self._client.get(path, headers=self._headers).content)
        if found.get("object") != what:
            raise ToolFault(f"{TITLE} answered for a {what} with something that is none.")
        return found
