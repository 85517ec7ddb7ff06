"""Our webhook at Autotask: whether it is there and still on, and how it gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import httpx

from events.connections import SourceConnection
from events.sources.answered import row as as_row
from events.sources.autotask import words
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session, where
from events.sources.client import NotThere
from events.sources.named import Row, flag, ident, text
from events.sources.tool import Checked, ToolFault

_WEBHOOKS = "TicketWebhooks"
_LONGEST_KEY = 64
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)


class Webhook:
    """Raises ToolFault. `pause` waits for Autotask to make a new webhook ready."""

    def __init__(
        self,
        connection: SourceConnection,
        session: Session,
        picklists: Picklists,
        pause: Callable[[float], None],
    ) -> None:
        self._connection = connection
        self._name = f"Quoteway {connection.name}"
        self._session = session
        self._picklists = picklists
        self._pause = pause

    def check(self, url: str) -> Checked:
        ours = self._ours(url)
        problems = [*self._elsewhere(), *self._settings()]
        if not ours:
            problems.append(f"Autotask has no webhook to us: run quoteway source add, or make one named {self._name}.")
        off = bool(ours) and flag(ours[0], "isActive") is False
        if off:
            problems.append(
                "Autotask has switched the webhook off, as after 25 failures: quoteway source add switches it on."
            )
        elif ours and flag(ours[0], "isReady") is False:
            problems.append("Autotask's webhook is not ready: it needs the field Status; run quoteway source add.")
        return Checked(tuple(problems), tuple(self._notes(ours)), deactivated=off)

    def register(self, url: str) -> str:
        ours = self._ours(url)
        number = ident(ours[0], "id") if ours else self._make(url)
        if not number:
            raise ToolFault("Autotask made a webhook and does not tell its number: look at its webhooks.", passes=False)
        done = "The webhook was there already." if ours else "The webhook was made."
        self._subscribe(number)
        if ours and flag(ours[0], "isActive") is False:
            self._session.call("PATCH", f"/{_WEBHOOKS}", content={"id": int(number), "isActive": True})
            done = "The webhook was there, switched off, and is on again."
        row = self._until_ready(number)
        ready = "" if flag(row, "isReady") else " Autotask has not made it ready yet: check it in a few minutes."
        return f"{done} Its guid is {text(row, 'webhookGUID')}.{ready}"

    def _ours(self, url: str) -> Sequence[Row]:
        """Those that send to our door; where it is not known, those of our name."""
        rows = self._session.rows(_WEBHOOKS)
        if url:
            return [row for row in rows if text(row, "webhookUrl").rstrip("/") == url.rstrip("/")]
        return [row for row in rows if text(row, "name") == self._name]

    def _make(self, url: str) -> str:
        secret = next(iter(self._connection.secrets), "")
        if not secret or len(secret) > _LONGEST_KEY:
            wanted = (
                f"{self._connection.variable('SECRETS')} must begin with a secret of 1 to {_LONGEST_KEY} characters"
            )
            raise ToolFault(f"{wanted}: Autotask signs with it.", passes=False)
        content = {
            "name": self._name,
            "isActive": True,
            "webhookUrl": url,
            "deactivationUrl": url,
            "secretKey": secret,
            "isSubscribedToCreateEvents": True,
            "isSubscribedToUpdateEvents": True,
            "isSubscribedToDeleteEvents": False,
            "notificationEmailAddress": self._connection.access.username,
            "sendThresholdExceededNotification": True,
        }
        return self._session.create(f"/{_WEBHOOKS}", content)

    def _subscribe(self, number: str) -> None:
        """To the field Status, once: without a subscribed field no webhook becomes ready."""
        known = self._session.call("GET", f"/{_WEBHOOKS}/{number}/Fields").content
        field = self._status_field()
        listed = as_row(known).get("items")
        if isinstance(listed, list) and any(text(as_row(row), "fieldID") == str(field) for row in listed):
            return
        content = {"webhookID": int(number), "fieldID": field, "isSubscribedField": True, "isDisplayAlwaysField": False}
        self._session.create(f"/{_WEBHOOKS}/{number}/Fields", content)

    def _status_field(self) -> int:
        told = self._connection.access.options.get("status_field", "") or words.STATUS_FIELD
        where_from = f"status_field in {self._connection.variable('OPTIONS')}"
        return self._picklists.number("TicketWebhookFields", "fieldID", told, where_from)

    def _until_ready(self, number: str) -> Row:
        row = self._session.item(_WEBHOOKS, number)
        for wait in _WAITS:
            if flag(row, "isReady"):
                break
            self._pause(wait)
            row = self._session.item(_WEBHOOKS, number)
        return row

    def _elsewhere(self) -> Iterator[str]:
        """An account lives in one zone, whose host alone takes its calls for good."""
        access = self._connection.access
        try:
            content = self._session.call("GET", "/zoneInformation", query={"user": access.username}).content
            host = httpx.URL(text(as_row(content), "url")).host
        except (NotThere, httpx.InvalidURL):
            return
        if host and host != httpx.URL(access.base_url).host:
            yield f"The account lives in another zone: set {self._connection.variable('BASE_URL')} to https://{host}."

    def _settings(self) -> Iterator[str]:
        connection = self._connection
        variable = connection.variable("ACCEPTED")
        names = self._picklists.names("Tickets", "status")
        known = {*names, *(name.casefold() for name in names.values())}
        if not connection.access.accepted:
            listed = ", ".join(sorted(names.values()))[:300]
            yield f"No ticket status means accepted: set {variable} to one of {listed}."
        elif unknown := [each for each in connection.access.accepted if each.strip().casefold() not in known]:
            yield f"Autotask has no ticket status {', '.join(unknown)[:100]}: check {variable}."
        if not connection.access.options.get("resource"):
            setting = f"resource={self._resource() or '...'} in {connection.variable('OPTIONS')}"
            yield f"Set {setting}: the number of our API user, so that its own doings are known."

    def _resource(self) -> str:
        rows = self._session.rows("Resources", where("userName", self._connection.access.username))
        return next((ident(row, "id") for row in rows), "")

    def _notes(self, ours: Sequence[Row]) -> Iterator[str]:
        if len(ours) > 1:
            yield f"Autotask has {len(ours)} webhooks to us; one is enough."
        if ours and not self._connection.access.options.get("guid"):
            yield f"The webhook's guid is {text(ours[0], 'webhookGUID')}; with it as the option guid no other is taken."
