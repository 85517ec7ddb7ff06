"""
The seams: every commit, every publish and every call to the outside, before it and after it.

Parts with seams take the place of the plain ones; they do the same, and tell a hook each time that a seam is crossed.
What the hook does there, to stand still or to die, is the drill's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial
from types import FrameType
from typing import Any, cast
from uuid import UUID

from celery import Celery
from sqlalchemy import Connection, Engine

from events.notices.channel import Channel
from pipeline.marketplaces import AccountConfig
from pipeline.ports import Account, AccountHealth, Breaker, Budget, Marketplace, Purpose, Record, Token, Tokens
from pipeline.store.cipher import Cipher
from pipeline.store.database import Database
from workers.bootstrap import MakeAccount, Parts, make_account
from workers.wire import Wire


class Kind(StrEnum):
    COMMIT = "commit"
    PUBLISH = "publish"
    CALL = "call"
    NOTICE = "notice"


class Side(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Crossing:
    """
    A seam that is being crossed. `place` is where our code crosses it, as `module:function:line`; `what` is the port's
    method, the queue, or empty for a commit. `connection` is the transaction's that is about to be committed.
    """

    kind: Kind
    side: Side
    place: str
    what: str = ""
    connection: Connection | None = field(default=None, repr=False, compare=False)


Hook = Callable[[Crossing], None]

_THROUGH = (__name__, "contextlib", "workers.wire", "functools")


def place(frame: FrameType | None) -> str:
    """The nearest place in our own code, outside of the seams and of what they are laid into."""
    while frame is not None and _is_through(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    if frame is None:
        return "?"
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}:{frame.f_lineno}"


def _is_through(module: str) -> bool:
    """A drill's own parts, which are laid into the product as the seams are, count as little as these."""
    return module in _THROUGH or module.startswith("workers.drills.")


class SeamedDatabase(Database):
    """A database whose commits are seams."""

    def __init__(self, hook: Hook, engine: Engine, cipher: Cipher) -> None:
        super().__init__(engine, cipher)
        self._hook = hook

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            yield connection
            where = place(_here())
            self._hook(Crossing(Kind.COMMIT, Side.BEFORE, where, connection=connection))
        self._hook(Crossing(Kind.COMMIT, Side.AFTER, where))


class SeamedWire(Wire):
    """A wire whose publishes are seams."""

    def __init__(self, hook: Hook, app: Celery, redis_url: str) -> None:
        super().__init__(app, redis_url)
        self._hook = hook

    def _send(self, name: str, row_id: UUID, queue: str) -> None:
        where = place(_here())
        self._hook(Crossing(Kind.PUBLISH, Side.BEFORE, where, queue))
        super()._send(name, row_id, queue)
        self._hook(Crossing(Kind.PUBLISH, Side.AFTER, where, queue))

    def knock(self, queue: str) -> None:
        where = place(_here())
        self._hook(Crossing(Kind.PUBLISH, Side.BEFORE, where, "knock"))
        super().knock(queue)
        self._hook(Crossing(Kind.PUBLISH, Side.AFTER, where, "knock"))


# What a marketplace's port has that asks nobody outside.
LOCAL = frozenset({"name", "title", "compose", "compose_change", "wanted_of_buyer"})


class SeamedAccount:
    """An account whose marketplace's calls are seams: every method of the port, whatever they come to be."""

    def __init__(self, hook: Hook, account: Account) -> None:
        self._hook = hook
        self._account = account

    @property
    def name(self) -> str:
        return self._account.name

    @property
    def title(self) -> str:
        return self._account.title

    def open(self, purpose: Purpose, record: Record) -> Marketplace:
        opened = self._account.open(purpose, record)
        return cast(Marketplace, _seamed_class(opened)(self._hook, opened))

    def health(self) -> AccountHealth:
        return self._account.health()


class _Seamed:
    """What a marketplace looks like through its seams. Its abilities are still found with `isinstance`."""

    def __init__(self, hook: Hook, marketplace: object) -> None:
        self._hook = hook
        self._marketplace = marketplace

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._marketplace, name)
        return found if name in LOCAL or not callable(found) else partial(self._call, name, found)

    def _call(self, name: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        where = place(_here())
        self._hook(Crossing(Kind.CALL, Side.BEFORE, where, name))
        answer = method(*arguments, **named)
        self._hook(Crossing(Kind.CALL, Side.AFTER, where, name))
        return answer


def _seamed_class(marketplace: object) -> type[_Seamed]:
    """A class with the marketplace's own names, of methods and of values, which the check of a Protocol looks for."""
    names = [name for name in dir(marketplace) if not name.startswith("_")]
    return type("Seamed", (_Seamed,), {name: _through(name) for name in names})


def _through(name: str) -> property:
    def found(seamed: _Seamed) -> Any:
        return seamed.__getattr__(name)

    return property(found)


class SeamedChannel:
    """A channel of notices whose deliveries are seams."""

    def __init__(self, hook: Hook, channel: Channel) -> None:
        self._hook = hook
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def send(self, *arguments: Any, **named: Any) -> Any:
        where = place(_here())
        self._hook(Crossing(Kind.NOTICE, Side.BEFORE, where))
        answer = self._channel.send(*arguments, **named)
        self._hook(Crossing(Kind.NOTICE, Side.AFTER, where))
        return answer


def seamed_channels(hook: Hook, channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
    return {name: cast(Channel, SeamedChannel(hook, channel)) for name, channel in channels.items()}


class SeamedTokens:
    """Tokens whose fetching is a seam: the one call to the outside that no port's method makes."""

    def __init__(self, hook: Hook, tokens: Tokens) -> None:
        self._hook = hook
        self._tokens = tokens

    def current(self, account: str) -> Token | None:
        return self._tokens.current(account)

    def refresh(self, account: str, seen: int | None, fetch: Callable[[], tuple[str, timedelta]]) -> Token:
        def fetched() -> tuple[str, timedelta]:
            where = place(_here())
            self._hook(Crossing(Kind.CALL, Side.BEFORE, where, "token"))
            answer = fetch()
            self._hook(Crossing(Kind.CALL, Side.AFTER, where, "token"))
            return answer

        return self._tokens.refresh(account, seen, fetched)


def seamed_accounts(hook: Hook, make: MakeAccount = make_account) -> MakeAccount:
    """Accounts with seams around those that `make` makes."""

    def seamed(config: AccountConfig, tokens: Tokens, budget: Budget, breaker: Breaker) -> Account:
        return SeamedAccount(hook, make(config, SeamedTokens(hook, tokens), budget, breaker))

    return seamed


def _here() -> FrameType | None:
    import sys

    return sys._getframe(1)  # noqa: SLF001 - where it is crossed is what a seam is known by


def seamed_parts(hook: Hook) -> Parts:
    """The plain parts, with seams. The wire is its worker's: `SeamedWire`."""
    return Parts(
        database=partial(SeamedDatabase, hook),
        account=seamed_accounts(hook),
        channels=partial(seamed_channels, hook),
    )
