"""
Reading a tool's event: verify it if that is still to be done, ask the tool, then carry out what it says.

The tool is asked with no transaction open. What it said is carried out in one that holds the event's row, so that
a second reader of the same event changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from events.connections import SourceConnection, strangers
from events.sources.document import Unreadable
from events.sources.tool import Found, Moved, NotAccepted, Nudge, Post, Pushes, Reply, Revoked, Tool, VerifiesLater
from events.taking import delivery_of
from pipeline.domain.offered import OfferedQuote
from pipeline.domain.product_map import to_accepted
from pipeline.store import arriving, counts, product_map
from pipeline.store import events as store
from pipeline.store.acceptances import Arrival, Carried
from pipeline.store.arriving import Extra
from pipeline.store.database import Database
from pipeline.store.events import Event, EventStatus

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# What somebody said on a ticket, and an instant before the tool was asked. A fault undoes the whole reading.
Hear = Callable[[Connection, Reply | Moved, datetime], Carried | None]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """
    What the tool said of an event. `genuine` False: it was forged. `nudges`: what one just verified is about. `at` is
    an instant before the tool was asked, by the database. `things` name what it was asked about, and what it told of.
    """

    found: tuple[Found, ...] = ()
    nudges: tuple[Nudge, ...] = ()
    genuine: bool = True
    verified: bool = False
    at: datetime = _LONG_AGO
    things: tuple[str, ...] = ()


def look_up(tool: Tool, event: Event, at: datetime) -> LookedUp:
    """Asks the tool; `at` is the database's instant now. Raises ToolFault, Unreadable."""
    if event.status is EventStatus.UNVERIFIED:
        if not isinstance(tool, VerifiesLater) or not isinstance(tool, Pushes):
            return LookedUp(genuine=False)
        if not tool.verify(event.evidence or {}, event.body):
            return LookedUp(genuine=False)
        return LookedUp(nudges=tuple(tool.read(Post(body=event.body))), verified=True)
    contents = _contents(tool, event)
    found = tuple(each for content in contents for each in tool.look_up(content))
    return LookedUp(found, at=at, things=(*_asked(event, contents), *_told_of(found)))


def _asked(event: Event, contents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for content in contents:
        told = json.dumps(content, sort_keys=True).encode()
        yield f"asked|{event.connection}|{hashlib.sha256(told).hexdigest()}"


def _told_of(found: Sequence[Found]) -> Iterator[str]:
    """A ticket's replies and moves have a memory of their own."""
    for each in found:
        if isinstance(each, OfferedQuote | Revoked):
            yield f"quote|{each.key.system}|{each.key.id}"


def _contents(tool: Tool, event: Event) -> Sequence[Mapping[str, Any]]:
    """One that could not be read at the door is kept as it came, and is read again."""
    if event.trouble is not None and event.trouble.refused:
        if not isinstance(tool, Pushes):
            raise Unreadable(event.trouble.errors)
        return [nudge.content for nudge in tool.read(Post(body=event.body))]
    return [json.loads(event.body)]


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What came of each thing that a tool said, and one sentence for the list of events."""

    carried: tuple[Carried, ...] = ()
    sentence: str = ""

    @property
    def changed(self) -> int:
        return sum(each.changed for each in self.carried)


class CarriesOut:
    """Carries out what a tool said, in the caller's transaction. `hear` takes what people have written to tickets."""

    def __init__(self, database: Database, sources: Mapping[str, SourceConnection], hear: Hear | None = None) -> None:
        self._database = database
        self._sources = sources
        self._hear = hear

    def __call__(
        self, connection: Connection, event: Event, looked: LookedUp, source: SourceConnection, arrival: Arrival
    ) -> CarriedOut:
        """Of a genuine event. A repeat changes nothing about what was carried out before."""
        if looked.verified:
            for nudge in looked.nudges:
                store.keep(connection, self._database, delivery_of(event.connection, nudge))
            return CarriedOut(sentence=f"verified: {len(looked.nudges)} to read")
        carried: list[Carried] = []
        told: list[str] = []
        # Quotes first: their rows are locked before those of orders, which replies act on.
        for found in sorted(looked.found, key=lambda each: isinstance(each, Reply | Moved)):
            one, sentence = self._one(connection, found, source, arrival, looked.at)
            carried += [one] if one else []
            told.append(sentence)
        sentence = "; ".join(dict.fromkeys(told)) or "nothing that concerns us"
        return CarriedOut(tuple(carried), sentence)

    def _one(
        self, connection: Connection, found: Found, source: SourceConnection, arrival: Arrival, at: datetime
    ) -> tuple[Carried | None, str]:
        match found:
            case NotAccepted(sentence=sentence):
                return None, sentence
            case Revoked(key=key, links=links):
                extra = Extra(links, apart=strangers(source, self._sources))
                revoked = arriving.withdraw(connection, self._database, key, arrival, extra)
                return revoked, revoked.sentence if revoked else "taken back, and it was never accepted here"
            case Reply() | Moved():
                heard = self._hear(connection, found, at) if self._hear else None
                return heard, heard.sentence if heard else "no question of ours waits there"
            case OfferedQuote():
                return self._accept(connection, found, source, arrival)

    def _accept(
        self, connection: Connection, offered: OfferedQuote, source: SourceConnection, arrival: Arrival
    ) -> tuple[Carried | None, str]:
        keys = sorted({key for line in offered.lines for key in line.keys})
        rows = product_map.rows_for(connection, self._database, (source.name, source.quote_system), keys)
        today = counts.now(connection).astimezone(UTC).date()
        mapped = to_accepted(offered, rows, source.implied_marketplace, today=today)
        skipped = f" ({len(mapped.skipped)} lines were not accepted)" if mapped.skipped else ""
        extra = Extra(offered.links, mapped.left_out, strangers(source, self._sources))
        if not mapped.quote.lines and not mapped.left_out:
            if not arriving.is_known(connection, offered.key, extra):
                return None, "none of its lines was accepted"
            extra = replace(extra, left_out=("None of its lines is accepted any more.",))
        carried = arriving.arrive(connection, self._database, mapped.quote, arrival, extra)
        return carried, carried.sentence + skipped
