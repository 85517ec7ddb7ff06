"""The names of an entity's picklist values, which are numbers that differ by tenant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from events.sources.answered import rows, text
from events.sources.autotask.session import Session
from events.sources.named import an_object, objects
from events.sources.tool import ToolFault

_FRESH = 3600.0
Names = Mapping[str, str]


class Picklists:
    """Read when first needed and kept for an hour. Thread-safe. Raises ToolFault."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Mapping[str, Names]]] = {}

    def names(self, entity: str, field: str) -> Names:
        """Names by number, those in use."""
        with self._lock:
            read_at, fields = self._known.get(entity, (0.0, {}))
            if entity not in self._known or self._clock() - read_at > _FRESH:
                fields = self._read(entity)
                self._known[entity] = (self._clock(), fields)
        return fields.get(field.lower(), {})

    def name(self, entity: str, field: str, value: object) -> str:
        """A value's name; the value itself where it has none."""
        number = text(value)
        return self.names(entity, field).get(number, number) if number else ""

    def is_one(self, entity: str, field: str, value: object, words: Iterable[str]) -> bool:
        """Whether a value is one of these, given by name or by number."""
        number, wanted = text(value), {word.strip().casefold() for word in words}
        if not number or not wanted:
            return False
        return number in wanted or self.name(entity, field, value).casefold() in wanted

    def number(self, entity: str, field: str, word: str, variable: str) -> int:
        """Raises ToolFault where the tenant has no such value, or several."""
        wanted = word.strip()
        if wanted.isascii() and wanted.isdigit():
            return int(wanted)
        names = self.names(entity, field)
        found = [number for number, name in names.items() if name.casefold() == wanted.casefold()]
        if len(found) != 1 or not found[0].isdigit():
            raise ToolFault(
                f"Autotask's field {field} has {len(found) or 'no'} values of this name: check {variable}.",
                passes=False,
            )
        return int(found[0])

    def numbers(self, entity: str, field: str, word: str) -> list[int]:
        """All values that are meant by a name or a number."""
        wanted = word.strip().casefold()
        named = [number for number, name in self.names(entity, field).items() if name.casefold() == wanted]
        return sorted({int(number) for number in (wanted, *named) if number.isascii() and number.isdigit()})

    def _read(self, entity: str) -> Mapping[str, Names]:
        said = f"Autotask answered for the fields of {entity}"
        content = an_object(self._session.call("GET", f"/{entity}/entityInformation/fields").content, said)
        return {
            text(field.get("name")).lower(): {
                text(value.get("value")): text(value.get("label"))
                for value in rows(field.get("picklistValues"))
                if value.get("isActive") is not False
            }
            for field in objects(content.get("fields"), said)
        }
