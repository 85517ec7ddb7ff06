"""The webhook endpoint at Stripe: whether it is there and on, and making it."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, text
from events.sources.stripe.api import StripeApi
from events.sources.stripe.words import EVENTS, TITLE
from events.sources.tool import Checked, ToolFault

_ON = "enabled"
_ALL = "*"


class Webhooks:
    def __init__(self, connection: SourceConnection, api: StripeApi) -> None:
        self._connection = connection
        self._api = api

    def check(self, url: str) -> Checked:
        """Raises ToolFault."""
        endpoints = self._api.endpoints()
        notes = () if self._connection.secrets else (self._unset(),)
        if not url:
            return Checked(notes, (f"Our own address is not known, so {TITLE}'s webhook was not looked for.",))
        mine = _at(endpoints, url)
        if mine is None:
            return Checked((f"{TITLE} has no webhook to {url}: register it.", *notes))
        problems = []
        if not _on(mine):
            problems.append(f"The webhook is switched off at {TITLE}: register it again, or switch it on there.")
        if missing := _missing(mine):
            problems.append(f"The webhook at {TITLE} does not send {' and '.join(missing)}: register it again.")
        return Checked((*problems, *notes), deactivated=not _on(mine))

    def register(self, url: str) -> str:
        """Raises ToolFault."""
        if not url.startswith("https://"):
            raise ToolFault(f"{TITLE} sends to https addresses only.", passes=False)
        mine = _at(self._api.endpoints(), url)
        if mine is None:
            made = self._api.write_endpoint("", {"url": url, **_form(EVENTS)})
            variable = self._connection.variable("SECRETS")
            # Told now or never: Stripe shows it to its API only when the endpoint is made.
            return f"{TITLE} now sends to {url}. Put its signing secret into {variable}: {text(made.get('secret'))}"
        if _on(mine) and not _missing(mine):
            return f"{TITLE} sends to {url} already."
        events = (*_events(mine), *_missing(mine))
        self._api.write_endpoint(identifier(mine.get("id")), {"disabled": "false", **_form(events)})
        return f"{TITLE} sends to {url} again."

    def _unset(self) -> str:
        variable = self._connection.variable("SECRETS")
        return f"{variable} is empty: put the webhook's signing secret there, or all that it sends is refused."


def _at(endpoints: list[Row], url: str) -> Row | None:
    """The one to our door, that which is on before one that is off."""
    ours = [each for each in endpoints if text(each.get("url")).rstrip("/") == url.rstrip("/")]
    return next((each for each in ours if _on(each)), ours[0] if ours else None)


def _on(endpoint: Row) -> bool:
    return text(endpoint.get("status")) == _ON


def _events(endpoint: Row) -> list[str]:
    given = endpoint.get("enabled_events")
    return [text(each) for each in given] if isinstance(given, list) else []


def _missing(endpoint: Row) -> list[str]:
    sent = _events(endpoint)
    return [] if _ALL in sent else [each for each in EVENTS if each not in sent]


def _form(events: tuple[str, ...]) -> dict[str, str]:
    return {f"enabled_events[{number}]": each for number, each in enumerate(events)}
