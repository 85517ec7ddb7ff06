"""What an adapter is handed by others, in memory: tokens, a budget, known orders. They keep the ports' promises."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pipeline.domain.catalogue import PlacedOrder
from pipeline.ports import Purpose, Token


class MemoryTokens:
    def __init__(self) -> None:
        self.kept: dict[str, Token] = {}
        self.fetched = 0

    def current(self, account: str) -> Token | None:
        token = self.kept.get(account)
        soon = datetime.now(UTC) + timedelta(minutes=3)
        return token if token is not None and token.expires_at > soon else None

    def refresh(self, account: str, seen: int | None, fetch: Callable[[], tuple[str, timedelta]]) -> Token:
        kept = self.current(account)
        if kept is not None and (seen is None or kept.generation > seen):
            return kept
        value, life = fetch()
        self.fetched += 1
        generation = self.kept[account].generation + 1 if account in self.kept else 1
        self.kept[account] = Token(value, datetime.now(UTC) + life, generation)
        return self.kept[account]


class CountingBudget:
    """Allows everything until `wait` is set; remembers the purposes of the calls and the pauses."""

    def __init__(self) -> None:
        self.wait: timedelta | None = None
        self.taken: list[Purpose] = []
        self.pauses: list[timedelta] = []

    def take(self, account: str, purpose: Purpose) -> timedelta | None:
        assert account
        if self.wait is None:
            self.taken.append(purpose)
        return self.wait

    def used(self, account: str) -> tuple[int, int] | None:
        assert account
        return len(self.taken), self.taken.count(Purpose.POLL)

    def pause(self, account: str, wait: timedelta) -> None:
        assert account
        self.pauses.append(wait)


class MemoryKnownOrders:
    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.ids = list(dict.fromkeys(ids))

    def count(self) -> int:
        return len(self.ids)

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(order_ids).difference(self.ids)

    def learn(self, orders: Sequence[PlacedOrder]) -> None:
        self.ids = list(dict.fromkeys([*self.ids, *(order.id for order in orders)]))

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        assert moment.tzinfo is not None
        return tuple(self.ids)
