"""What was found where, as figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from pipeline.store.cipher import Cipher, WrongKeyError
from pipeline.store.database import Database, make_engine
from pipeline.store.tables import SECRETS, TOKENS
from workers.drills.canary.forms import Hit, forms, search
from workers.drills.canary.places import Place, opened
from workers.drills.canary.plants import Plant
from workers.drills.canary.stage import Stage


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the database holds, opened with the newest key alone. `closed`: whether that key does not suffice."""

    content: bytes
    token: str
    digest_key: str
    closed: bool


def unsealed(stage: Stage, key: str) -> Sealed:
    with closing(Database(make_engine(stage.database_url, pool_size=1), Cipher([key]))) as database:
        try:
            with database.transaction() as connection:
                token = database.open(connection.execute(select(TOKENS.c.value)).scalar_one())
                digest_key = database.open(connection.execute(select(SECRETS.c.value)).scalar_one())
            return Sealed(opened(database), token, digest_key, closed=False)
        except WrongKeyError:
            return Sealed(b"", "", "", closed=True)


@dataclass(frozen=True, slots=True)
class Found:
    """In one place: plants, secrets of the settings, and whether its control was there."""

    place: Place
    plants: Sequence[Hit]
    secrets: Sequence[Hit]
    control: bool

    def evidence(self) -> Iterator[str]:
        for hit in (*self.plants, *self.secrets):
            yield f"{self.place.name}: {hit.plant.kind}, {hit.form}: {_around(self.place.content, hit)}"
        if not self.control:
            yield f"{self.place.name}: {self.place.control!r} was not found, which lies there in the clear"


def look(place: Place, plants: Sequence[Plant], secrets: Sequence[Plant]) -> Found:
    control = bool(search(place.content, [Plant("control", place.control)]))
    return Found(place, search(place.content, plants), search(place.content, secrets), control)


def blind_forms(value: str) -> list[str]:
    """The forms in which the search would not find a value. There must be none."""
    others = b"something else "
    return [name for name, form in forms(value).items() if not search(others + form + others, [Plant("", value)])]


def _around(content: bytes, hit: Hit) -> str:
    form = forms(hit.plant.value)[hit.form]
    at = content.index(form)
    return content[max(0, at - 80) : at + len(form) + 40].decode("utf-8", "replace")
