"""Whether each source's acceptance came to live subscriptions, once: counted where things are bought."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.state import OrderState
from workers.demo.all_sources.play import Acceptance, Play
from workers.demo.all_sources.psas import ORDERED
from workers.demo.marketplace import Purchase, doubled
from workers.demo.watching import Seen, Watch

_MARKER = re.compile(r"\[order-ref: (\S+) state: (\w+) version: \d+\]")
_MADE, _JOINED = "made 1 order", "the same acceptance as"
_JOINING = "joined"
_NO_TICKET = "the tool knows no ticket"


@dataclass(frozen=True, slots=True)
class Talk:
    """What stands on an acceptance's ticket at its PSA."""

    notes: Sequence[str] = ()
    status: str = ""

    def of(self, ref: str) -> Sequence[tuple[str, str]]:
        """The markers of this order: each whole, and the state that it tells."""
        found = (_MARKER.search(note) for note in self.notes)
        return [(one[0], one[2]) for one in found if one and one[1] == ref]


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What was seen at the end. `answered` are the codes that webhooks got, and `read` the sentences that events were
    read to, both by connection; `talk` is by acceptance, where it has a ticket.
    """

    watch: Watch
    answered: Mapping[str, int]
    read: Mapping[str, Sequence[str]]
    talk: Mapping[str, Talk]
    bought: Sequence[Purchase]


@dataclass(frozen=True, slots=True)
class SourceResult:
    """`how` its acceptance came; joined, where another channel had told of it before. `faults` are sentences."""

    play: Play
    how: str
    order: Seen | None
    note: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    `accepted` counts tools, `joined` those that told of an acceptance which had come through another one. `ordered`,
    `live` and `doubled` are counted at the marketplace, `noted` at the PSAs.
    """

    accepted: int
    joined: int
    ordered: int
    live: int
    doubled: int
    noted: int
    results: tuple[SourceResult, ...]

    @property
    def kept(self) -> bool:
        return not self.doubled and not any(result.faults for result in self.results)


def settled(acceptances: Sequence[Acceptance], seen: Evidence) -> bool:
    """Whether all there is to see has been seen; what was bought is counted after that."""
    return not any(
        fault
        for acceptance in acceptances
        for fault in (*_of_order(acceptance, seen), *_of_ticket(acceptance, seen), *_of_channels(acceptance, seen))
    )


def judge(acceptances: Sequence[Acceptance], seen: Evidence) -> Verdict:
    found = [_purchases(acceptance, seen) for acceptance in acceptances]
    results = tuple(result for acceptance in acceptances for result in _results(acceptance, seen))
    return Verdict(
        accepted=sum(len(acceptance.plays) for acceptance in acceptances),
        joined=sum(result.how.endswith(_JOINING) for result in results),
        ordered=sum(bool(mine) for mine in found),
        live=sum(any(purchase.live for purchase in mine) for mine in found),
        doubled=doubled(seen.bought, [acceptance.wanted.content for acceptance in acceptances]),
        noted=sum(
            acceptance.wanted.ticket is not None and not _of_ticket(acceptance, seen) for acceptance in acceptances
        ),
        results=results,
    )


def _results(acceptance: Acceptance, seen: Evidence) -> Iterable[SourceResult]:
    shared = (*_of_order(acceptance, seen), *_of_purchases(acceptance, seen), *_of_ticket(acceptance, seen))
    together = _of_channels(acceptance, seen)
    for play in acceptance.plays:
        faults = (*_of_play(play, seen), *shared, *together)
        order = seen.watch.order(acceptance.quote_id)
        yield SourceResult(play, _how(play, seen), order, _note(acceptance, seen), tuple(dict.fromkeys(faults)))


def _how(play: Play, seen: Evidence) -> str:
    way = "pushed" if play.name in seen.answered else "polled"
    said = "; ".join(seen.read.get(play.name, ()))
    return way if _MADE in said else f"{way}, {_JOINING}" if _JOINED in said else f"{way}, not read"


def _note(acceptance: Acceptance, seen: Evidence) -> str:
    ticket, order = acceptance.wanted.ticket, seen.watch.order(acceptance.quote_id)
    if ticket is None:
        return _NO_TICKET
    talk = seen.talk.get(acceptance.quote_id, Talk())
    states = [state for _, state in talk.of(order.ref)] if order else []
    return f"{ticket.system} {ticket.id}: {', '.join(states) or 'none'}"


def _of_order(acceptance: Acceptance, seen: Evidence) -> list[str]:
    orders = seen.watch.orders.get(acceptance.quote_id, [])
    if len(orders) != 1:
        return [f"{len(orders)} orders were made of it."]
    order = orders[0]
    if order.state is OrderState.DONE:
        return []
    return [f"It is {order.state} at {order.stage} instead of live. {order.waiting_for}".strip()]


def _of_purchases(acceptance: Acceptance, seen: Evidence) -> list[str]:
    mine = _purchases(acceptance, seen)
    if len(mine) != 1:
        return [f"It was bought {len(mine)} times."]
    order = seen.watch.order(acceptance.quote_id)
    faults = [] if mine[0].live else [f"Its subscriptions are {', '.join(str(word) for word in mine[0].statuses)}."]
    if order and order.marketplace_order_id != mine[0].id:
        faults.append(f"Its order at the marketplace is {mine[0].id}, and we say {order.marketplace_order_id}.")
    return faults


def _of_ticket(acceptance: Acceptance, seen: Evidence) -> list[str]:
    ticket, order = acceptance.wanted.ticket, seen.watch.order(acceptance.quote_id)
    if ticket is None or order is None:
        return []
    talk = seen.talk.get(acceptance.quote_id, Talk())
    markers = talk.of(order.ref)
    faults = [] if any(state == "live" for _, state in markers) else ["Its ticket has no note that it is live."]
    if len({marker for marker, _ in markers}) != len(markers):
        faults.append("A note was written twice to its ticket.")
    if talk.status != ORDERED:
        faults.append(f"Its ticket's status is {talk.status or 'not known'} instead of {ORDERED}.")
    return faults


def _of_channels(acceptance: Acceptance, seen: Evidence) -> list[str]:
    """One channel makes the order; each other one is recognised as the same acceptance."""
    said = ["; ".join(seen.read.get(play.name, ())) for play in acceptance.plays]
    faults = [
        f"{play.title} told of it, and nothing came of that."
        for play, text in zip(acceptance.plays, said, strict=True)
        if _MADE not in text and _JOINED not in text
    ]
    if sum(text.count(_MADE) for text in said) > 1:
        faults.append("More than one message made an order of it.")
    return faults


def _of_play(play: Play, seen: Evidence) -> list[str]:
    status = seen.answered.get(play.name)
    return [] if status is None or 200 <= status < 300 else [f"Its webhook was answered {status}."]


def _purchases(acceptance: Acceptance, seen: Evidence) -> Sequence[Purchase]:
    return [purchase for purchase in seen.bought if purchase.content == acceptance.wanted.content]
