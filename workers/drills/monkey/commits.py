"""
Connections to PostgreSQL cut in their commits: before the server has the COMMIT, or after it has it and before the
client has the answer. To the client both look the same.

It speaks just enough of the protocol: a psycopg connection sends COMMIT as a query of its own, and what a transaction
wrote is told by the statements before it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workers.drills.monkey.relay import Cut

_ANSWERED = b"COMMIT\0"
_READY = b"Z\0\0\0\5"


class Sort(StrEnum):
    """What a transaction wrote: the claim before a purchase, what came of one, an event that came in, or all else."""

    CLAIM = "claim"
    ANSWER = "answer"
    EVENT = "event"
    OTHER = "other"


_MARKS = {b"INSERT INTO claims": Sort.CLAIM, b"UPDATE claims": Sort.ANSWER, b"INSERT INTO events": Sort.EVENT}


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass
class Commits:
    """
    Which commits are cut, of all connections together, and how many were. Of each sort every so-many-th is, drawn from
    `gaps` (least and most), by turns before and after. Nothing is cut while `calm`.
    """

    gaps: Mapping[Sort, tuple[int, int]]
    chance: random.Random
    calm: bool = True
    cut: Counter[tuple[Sort, When]] = field(default_factory=Counter)
    passed: Counter[Sort] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._turns = {sort: self._turns_of(sort) for sort in Sort}

    def verdict(self, sort: Sort) -> When | None:
        """What is to happen to a commit that comes now. Asked once for each."""
        self.passed[sort] += 1
        return None if self.calm else next(self._turns[sort])

    def connection(self) -> Connection:
        return Connection(self)

    def count(self, when: When, *sorts: Sort) -> int:
        return sum(self.cut[sort, when] for sort in sorts or Sort)

    def all_kinds_cut(self) -> bool:
        return all(self.cut[sort, when] for sort in (Sort.CLAIM, Sort.ANSWER) for when in When)

    def _turns_of(self, sort: Sort) -> Iterator[When | None]:
        chance = random.Random(f"{self.chance.random()} {sort}")  # noqa: S311 - chance, no secret
        when = chance.choice(list(When))
        while True:
            for _ in range(chance.randint(*self.gaps[sort]) - 1):
                yield None
            yield when
            when = When.AFTER if when is When.BEFORE else When.BEFORE


class Connection:
    """A `Meddler` for one connection of a client."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._come = b""
        self._begun = False
        self._prepared: dict[bytes, bytes] = {}
        self._wrote = Sort.OTHER
        self._waits_for: Sort | None = None
        self._held = b""

    def from_client(self, data: bytes) -> bytes:
        """Whole messages only: the rest waits for its end."""
        self._come += data
        whole = 0
        for kind, begins, ends in self._messages():
            self._saw(kind, self._come[begins:ends])
            whole = ends
        passed, self._come = self._come[:whole], self._come[whole:]
        return passed

    def from_server(self, data: bytes) -> bytes:
        """What answers a doomed commit is held back until it is certain that the server has carried it out."""
        if self._waits_for is None:
            return data
        self._held += data
        if _ANSWERED in self._held:
            self._commits.cut[self._waits_for, When.AFTER] += 1
            raise Cut
        if _READY not in self._held:
            return b""
        passed, self._held, self._waits_for = self._held, b"", None
        return passed

    def _messages(self) -> Iterator[tuple[bytes, int, int]]:
        """Kind, begin and end of each message that is complete. The first of a connection has no kind."""
        at = 0
        while True:
            head = 0 if not self._begun else 1
            if len(self._come) < at + head + 4:
                return
            size = int.from_bytes(self._come[at + head : at + head + 4])
            ends = at + head + size
            if len(self._come) < ends:
                return
            kind = self._come[at : at + head]
            self._begun = True
            yield kind, at + head + 4, ends
            at = ends

    def _saw(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"Q":
                self._runs(body.rstrip(b"\0"))
            case b"P":
                name, query, _ = body.split(b"\0", 2)
                self._prepared[name] = query
            case b"B":
                _portal, name, _ = body.split(b"\0", 2)
                self._runs(self._prepared.get(name, b""))
            case _:
                pass

    def _runs(self, query: bytes) -> None:
        if query.startswith((b"BEGIN", b"ROLLBACK")):
            self._wrote = Sort.OTHER
        elif query == b"COMMIT":
            self._commit()
        elif self._wrote is not Sort.CLAIM:
            self._wrote = next((sort for mark, sort in _MARKS.items() if mark in query), self._wrote)

    def _commit(self) -> None:
        sort, self._wrote = self._wrote, Sort.OTHER
        match self._commits.verdict(sort):
            case When.BEFORE:
                self._commits.cut[sort, When.BEFORE] += 1
                raise Cut
            case When.AFTER:
                self._waits_for = sort
            case None:
                pass
