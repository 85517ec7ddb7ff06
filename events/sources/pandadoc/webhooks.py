"""The webhook's subscription at PandaDoc: whether it is there and on, and making it."""

from __future__ import annotations

import hmac

from events.connections import SourceConnection
from events.sources.answered import Row, text
from events.sources.pandadoc.api import PandaDocApi
from events.sources.pandadoc.words import STATE_CHANGED, TITLE
from events.sources.tool import Checked, ToolFault

_ON = "ACTIVE"


class Webhooks:
    def __init__(self, connection: SourceConnection, api: PandaDocApi) -> None:
        self._connection = connection
        self._api = api

    def check(self, url: str) -> Checked:
        """Raises ToolFault."""
        subscriptions = self._api.subscriptions()
        if not url:
            return Checked(notes=(f"Our own address is not known, so {TITLE}'s webhook was not looked for.",))
        mine = _at(subscriptions, url)
        if mine is None:
            return Checked((f"{TITLE} has no webhook to {url}: register it.",))
        problems = []
        if not _on(mine):
            problems.append(f"The webhook is switched off at {TITLE}: register it again, or switch it on there.")
        if not _hears(mine):
            problems.append(f"The webhook at {TITLE} does not send {STATE_CHANGED}: register it again.")
        if not self._known(text(mine.get("shared_key"))):
            variable = self._connection.variable("SECRETS")
            problems.append(f"{variable} does not hold the webhook's shared key: copy it there from {TITLE}.")
        return Checked(tuple(problems), deactivated=not _on(mine))

    def register(self, url: str) -> str:
        """Raises ToolFault."""
        if not url.startswith("https://"):
            raise ToolFault(f"{TITLE} sends to https addresses only.", passes=False)
        mine = _at(self._api.subscriptions(), url)
        if mine is None:
            made = self._api.subscribe(
                {"name": "Quoteway", "url": url, "active": True, "payload": ["metadata"], "triggers": [STATE_CHANGED]}
            )
            return self._told(f"{TITLE} now sends to {url}.", made)
        if _on(mine) and _hears(mine):
            return self._told(f"{TITLE} sends to {url} already.", mine)
        triggers = sorted({STATE_CHANGED, *_triggers(mine)})
        self._api.change_subscription(text(mine.get("uuid")), {"active": True, "triggers": triggers})
        return self._told(f"{TITLE} sends to {url} again.", mine)

    def _told(self, sentence: str, subscription: Row) -> str:
        """The person who registers must put the shared key into the settings, so they are told it."""
        key = text(subscription.get("shared_key"))
        variable = self._connection.variable("SECRETS")
        if not key:
            return f"{sentence} Copy the webhook's shared key from {TITLE} to {variable}."
        return sentence if self._known(key) else f"{sentence} Put its shared key into {variable}: {key}"

    def _known(self, key: str) -> bool:
        matches = [hmac.compare_digest(key.encode(), each.encode()) for each in self._connection.secrets]
        return any(matches)


def _at(subscriptions: list[Row], url: str) -> Row | None:
    """The one to our door, that which is on before one that is off."""
    ours = [each for each in subscriptions if text(each.get("url")).rstrip("/") == url.rstrip("/")]
    return next((each for each in ours if _on(each)), ours[0] if ours else None)


def _on(subscription: Row) -> bool:
    return subscription.get("active") is True and text(subscription.get("status")) in ("", _ON)


def _triggers(subscription: Row) -> list[str]:
    given = subscription.get("triggers")
    return [text(each) for each in given] if isinstance(given, list) else []


def _hears(subscription: Row) -> bool:
    return STATE_CHANGED in _triggers(subscription)
