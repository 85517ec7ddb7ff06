"""How each source connection stands: what it last brought, how its polls go, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from events.connections import SourceConnection, SourceKind
from pipeline.store import counts, errands
from pipeline.store.counts import Source
from pipeline.store.errands import ErrandKind, Shown

_FAULTS = 3
_LEAST, _MOST = timedelta(minutes=10), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    `kind` is None of one that is no longer configured. `last_event_at` is of webhooks; of a tool that sends none, of
    polls. `poll_error` is the last attempt's, of `poll_failures` in a row. `waiting` events could not be read at the
    tool, three times or more; `unreadable` ones make no sense. `problems` are sentences for whoever has to mend
    something.
    """

    name: str
    kind: SourceKind | None
    last_event_at: datetime | None = None
    refused: int = 0
    last_refused_at: datetime | None = None
    last_poll_at: datetime | None = None
    next_poll_at: datetime | None = None
    poll_failures: int = 0
    poll_error: str = ""
    last_check_at: datetime | None = None
    deactivated: bool = False
    waiting: int = 0
    unreadable: int = 0
    problems: tuple[str, ...] = ()

    @property
    def configured(self) -> bool:
        return self.kind is not None


def standings(connection: Connection, configured: Mapping[str, SourceConnection]) -> Sequence[Standing]:
    """Of the configured connections, and of those that were and have delivered, by name."""
    now = counts.now(connection)
    known = {source.name: source for source in counts.sources(connection)}
    shown = {(each.connection, each.kind): each for each in errands.shown(connection)}
    stuck = counts.stuck_events(connection)
    unreadable = counts.unreadable_events(connection)
    return [
        _standing(
            known.get(name) or Source(name, None, 0, None),
            configured.get(name),
            shown.get((name, ErrandKind.POLL)),
            shown.get((name, ErrandKind.CHECK)),
            stuck.get(name, 0),
            unreadable.get(name, 0),
            now,
        )
        for name in sorted({*known, *configured})
    ]


def late(poll: Shown, interval: timedelta, now: datetime) -> bool:
    """Whether some polls have failed or were never begun: no longer a hitch that passes by itself."""
    if poll.done_at is None:
        return poll.faults >= _FAULTS
    return now - poll.done_at > interval + min(max(2 * interval, _LEAST), _MOST)


def _standing(
    source: Source,
    configured: SourceConnection | None,
    poll: Shown | None,
    check: Shown | None,
    stuck: int,
    unreadable: int,
    now: datetime,
) -> Standing:
    of_webhooks = Standing(
        source.name,
        configured.kind if configured else None,
        source.last_event_at,
        source.refused,
        source.last_refused_at,
        unreadable=unreadable,
        problems=tuple(_unreadable(unreadable)),
    )
    if configured is None:
        return of_webhooks
    waiting = stuck if configured.kind is not SourceKind.GENERIC else 0
    return replace(
        of_webhooks,
        last_poll_at=poll.done_at if poll else None,
        next_poll_at=poll.due_at if poll else None,
        poll_failures=poll.faults if poll else 0,
        poll_error=poll.error if poll else "",
        last_check_at=check.done_at if check else None,
        deactivated=check is not None and check.deactivated,
        waiting=waiting,
        problems=(*_problems(configured, poll, check, waiting, now), *of_webhooks.problems),
    )


def _problems(
    configured: SourceConnection, poll: Shown | None, check: Shown | None, waiting: int, now: datetime
) -> Iterator[str]:
    if check is not None:
        yield from check.problems
        if check.deactivated and not check.problems:
            yield "Its webhook is switched off at the tool: run quoteway source add."
        if check.faults >= _FAULTS:
            yield f"It could not be checked {check.faults} times in a row. {check.error}"
    if poll is not None and late(poll, timedelta(seconds=configured.access.poll_seconds), now):
        yield _behind(poll)
    if waiting:
        yield f"{waiting} of its events could not be read yet: see the workers' log. They are tried again."


def _unreadable(many: int) -> Iterator[str]:
    if many:
        some = "1 of its events makes" if many == 1 else f"{many} of its events make"
        yield f"{some} no sense to Quoteway: GET /api/events?status=unreadable says why. Replay or dismiss each."


def _behind(poll: Shown) -> str:
    if poll.done_at is None:
        return f"It could not be polled yet, {poll.faults} times in a row. {poll.error}"
    since = f"{poll.done_at.astimezone(UTC):%Y-%m-%d %H:%M %Z}"
    if poll.error:
        return f"It could not be polled since {since}. {poll.error}"
    return f"It was not polled to its end since {since}: see whether workers run."
