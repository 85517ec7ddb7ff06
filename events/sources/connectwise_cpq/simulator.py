"""
ConnectWise CPQ as it answers, with its ways: bare lists, 500 where no credentials are sent at all, and nothing found
for a condition that is not written to its taste.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from events.sources.mishaps import Mishaps
from events.sources.polling import Now, utc_now

Row = dict[str, Any]
_CONDITION = re.compile(r'\s*([\w/]+)\s*(>=|<=|!=|=|>|<)\s*("[^"]*"|\[\d{4}-\d\d-\d\d\]|True|False|-?\d+)\s*')
_QUOTE = re.compile(r"/api/quotes/([^/]+)(/customers)?")


class SimulatedCpq:
    """
    One tenant. `quotes` are versions, each with an id of its own, the newest of a number last. `mishaps` come before
    any answer; `between` is called after each page of a list, to move things.
    """

    def __init__(self, user: str = "acme+public", password: str = "private", *, now: Now = utc_now) -> None:  # noqa: S107
        self.quotes: dict[str, Row] = {}
        self.items: list[Row] = []
        self.tabs: list[Row] = []
        self.customers: dict[str, list[Row]] = {}
        self.recurring: list[Row] = [
            {"id": "rr-annual", "description": "A year", "periodType": "Months", "duration": 12, "cycle": "Annual"},
            {"id": "rr-monthly", "description": "Monthly", "periodType": "Months", "duration": 12, "cycle": "Monthly"},
        ]
        self.users: list[Row] = [{"id": "u-1", "isApiUser": True, "canAccessAllQuotes": True}]
        self.mishaps = Mishaps()
        self.between: Callable[[int], None] = lambda _: None
        self.largest = 1000
        self._login = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        self._now = now

    def write(self, items: list[Row], *, number: int | None = None, version: int = 1, **fields: Any) -> str:
        """A quote of these items, open; its id. `fields` replace or add any other."""
        number = 1000 + len(self.quotes) if number is None else number
        quote_id = str(uuid5(NAMESPACE_URL, f"cpq-{number}-{version}"))
        tab_id, stamp = f"tab-{quote_id}", self._now().isoformat()
        self.quotes[quote_id] = {
            "id": quote_id,
            "quoteNumber": number,
            "quoteVersion": version,
            "name": f"Quote {number}",
            "quoteStatus": "Open",
            "accountName": "Contoso Ltd",
            "customer": {"id": f"customer-{quote_id}", "name": "Contoso Ltd"},
            "baseCurrency": "USD",
            "isAccepted": False,
            "isLost": False,
            "isArchive": False,
            "createDate": stamp,
            "modifyDate": stamp,
            **fields,
        }
        self.tabs.append({"id": tab_id, "quote": {"id": quote_id}, "isOptional": False})
        self.items += [{"idQuote": quote_id, "idQuoteTabs": tab_id, **each} for each in items]
        self.customers[quote_id] = [{"id": f"customer-{quote_id}", **_CONTOSO}]
        return quote_id

    def accept(self, quote_id: str, **fields: Any) -> None:
        stamp = self._now().isoformat()
        self.change(quote_id, isAccepted=True, quoteStatus="Won", orderPorterSignedDate=stamp, **fields)

    def change(self, quote_id: str, **fields: Any) -> None:
        self.quotes[quote_id].update({"modifyDate": self._now().isoformat(), **fields})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if (wrong := self.mishaps.next(request)) is not None:
            return wrong
        if (refused := self._refused(request)) is not None:
            return refused
        lists: Mapping[str, list[Row]] = {
            "/api/quotes": self._listed(),
            "/api/quoteItems": self.items,
            "/api/quoteTabs": self.tabs,
            "/api/recurringRevenues": self.recurring,
            "/settings/user": self.users,
        }
        path = request.url.path
        if (found := lists.get(path)) is not None:
            return self._list(found, request.url.params)
        named = _QUOTE.fullmatch(path)
        if named is None or named[1] not in self.quotes:
            return httpx.Response(404, json={"message": "Not found"})
        if named[2]:
            return httpx.Response(200, json=self.customers[named[1]])
        return httpx.Response(200, json=self.quotes[named[1]])

    def _refused(self, request: httpx.Request) -> httpx.Response | None:
        told = request.headers.get("authorization")
        if told is None:
            return httpx.Response(500, json={"message": "An error has occurred."})
        if told != self._login:
            return httpx.Response(401, json={"message": "An unknown error has occured during basic auth validation"})
        if request.method != "GET" or request.headers.get("content-type") != "application/json; version=1.0":
            return httpx.Response(415, json={"message": "The version is missing."})
        return None

    def _listed(self) -> list[Row]:
        """The newest version of each number, unless it is archived."""
        newest = {quote["quoteNumber"]: quote for quote in self.quotes.values()}
        return [quote for quote in newest.values() if not quote["isArchive"]]

    def _list(self, rows: list[Row], asked: Mapping[str, str]) -> httpx.Response:
        found = [row for row in rows if _meets(row, asked.get("conditions", ""))]
        size, number = min(int(asked.get("pageSize", 50)), self.largest), int(asked.get("page", 1))
        fields = [each for each in asked.get("includeFields", "").split(",") if each]
        shown = [
            {name: value for name, value in row.items() if not fields or name in fields}
            for row in found[(number - 1) * size : number * size]
        ]
        self.between(number)
        return httpx.Response(200, json=shown)


_CONTOSO: Row = {
    "accountName": "Contoso Ltd",
    "accountNumber": "42",
    "firstName": "Dana",
    "lastName": "Reyes",
    "emailAddress": "dana@contoso.example",
    "dayPhone": "+1 555 0100",
    "address1": "1 Main St",
    "city": "Denver",
    "state": "CO",
    "postalCode": "80202",
    "country": "US",
}


def item(number: int, part: str, quantity: float = 10.0, **fields: Any) -> Row:
    """An item of a quote, known by its vendor's part number. `fields` replace or add any other."""
    return {
        "id": f"item-{number}",
        "vendorPartNumber": part,
        "manufacturerPartNumber": f"M-{part}",
        "shortDescription": "Suite",
        "quantity": quantity,
        "idRecurringRevenue": "rr-annual",
        "period": "Annual",
        "recurringPrice": 36.0,
        "recurringCost": 31.1,
        "isOptional": False,
        "isSelected": False,
        "isBundleHeader": False,
        **fields,
    }


def _meets(row: Row, conditions: str) -> bool:
    parts = re.split(r"\s+and\s+", conditions, flags=re.IGNORECASE) if conditions else []
    return all(_holds(row, part) for part in parts)


def _holds(row: Row, condition: str) -> bool:
    asked = _CONDITION.fullmatch(condition)
    if asked is None:
        return False
    value: Any = row
    for name in asked[1].split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    wanted = asked[3].strip('"[]')
    shown = str(value)[:10] if asked[3].startswith("[") else str(value)
    match asked[2]:
        case "=":
            return shown == wanted
        case "!=":
            return shown != wanted
        case ">=":
            return shown >= wanted
        case "<=":
            return shown <= wanted
        case ">":
            return shown > wanted
        case _:
            return shown < wanted
