"""Callbacks at the PSA: whether they are there and switched on, and having them made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from events.sources.connectwise.api import TITLE, Api, Record
from events.sources.connectwise.callbacks import KINDS, TICKET
from events.sources.connectwise.fields import flag, identity, text
from events.sources.connectwise.settings import Settings
from events.sources.connectwise.statuses import Standing, Statuses
from events.sources.tool import Checked, ToolFault

CALLBACKS = "/system/callbacks"
LEVELS: Mapping[str, int] = {"owner": 1}
_RECORD = "?recordId="


class Registration:
    """Thread-safe. Methods raise ToolFault."""

    def __init__(self, api: Api, settings: Settings) -> None:
        self._api = api
        self._settings = settings

    def check(self, url: str) -> Checked:
        problems, notes, deactivated = [], [], False
        callbacks = self._ours(url)
        for kind in KINDS:
            named = [one for one in callbacks if text(one, "type").lower() == kind]
            if not named:
                problems.append(f"{TITLE} has no callback for {kind}: run quoteway source add, or make one by hand.")
            elif all(flag(one, "inactiveFlag") for one in named):
                deactivated = True
                problems.append(
                    f"The callback for {kind} is inactive at {TITLE}: run quoteway source add to switch it on."
                )
            else:
                notes.append(f"The callback for {kind} is active.")
        if Standing.WON not in Statuses(self._api).read().values():
            problems.append(f"No opportunity status at {TITLE} is marked as won: no opportunity can be accepted.")
        if not self._settings.member:
            notes.append("Option member is not set: our own notes are told by their marker alone.")
        return Checked(tuple(problems), tuple(notes), deactivated)

    def register(self, url: str) -> str:
        callbacks = self._ours(url)
        return " ".join(self._ensure(kind, url, callbacks) for kind in KINDS)

    def _ensure(self, kind: str, url: str, callbacks: Sequence[Record]) -> str:
        named = [one for one in callbacks if text(one, "type").lower() == kind]
        if any(not flag(one, "inactiveFlag") for one in named):
            return f"The callback for {kind} was there."
        if not named:
            self._api.make(CALLBACKS, self._callback(kind, url))
            return f"The callback for {kind} was made."
        self._switch_on(identity(named[0], "id"), kind)
        return f"The callback for {kind} was switched on again."

    def _switch_on(self, callback: int | None, kind: str) -> None:
        path = f"{CALLBACKS}/{callback}"
        self._api.replace(path, {"inactiveFlag": False})
        if flag(self._api.record(path), "inactiveFlag"):
            raise ToolFault(
                f"The callback for {kind} is still inactive at {TITLE}: switch it on by hand.", passes=False
            )

    def _callback(self, kind: str, url: str) -> dict[str, Any]:
        [(level, record)] = LEVELS.items()
        if kind == TICKET and self._settings.board:
            level, record = "board", self._settings.board
        return {
            "id": 0,
            "description": f"Quoteway {self._settings.name}",
            "url": url + _RECORD,
            "objectId": record,
            "type": kind,
            "level": level,
            "memberId": 0,
            "payloadVersion": "3.0.0",
            "inactiveFlag": False,
            "isSelfSuppressedFlag": True,
        }

    def _ours(self, url: str) -> list[Record]:
        """By address; where ours is not known, by the end of it."""
        return [one for one in self._api.all(CALLBACKS) if self._is_ours(text(one, "url"), url)]

    def _is_ours(self, found: str, url: str) -> bool:
        place = found.partition("?")[0].rstrip("/")
        return place == url.rstrip("/") if url else place.endswith(f"/in/{self._settings.name}")
