"""What is planted: values that occur nowhere else, made from the seed."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

MARK = "qzvxj"
"""Begins every word that is made here, so that a text without it is known at once to hold none of them."""
_LETTERS = "bcdfghjklmnpqrstvwxz"
PEOPLE = 5
LATER_ANSWERS = 4


@dataclass(frozen=True, slots=True)
class Plant:
    """A value and what it stands for."""

    kind: str
    value: str


@dataclass
class Mint:
    """Makes plants and remembers them. Each is long enough not to occur by chance, and some need escapes in JSON."""

    rng: random.Random
    made: list[Plant] = field(default_factory=list)

    def word(self, length: int = 8) -> str:
        return MARK + "".join(self.rng.choices(_LETTERS, k=length))

    def plant(self, kind: str, value: str) -> str:
        self.made.append(Plant(kind, value))
        return value


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of a customer, in plants."""

    first: str
    last: str
    email: str
    phone: str
    street: str


def people(mint: Mint) -> Iterator[Person]:
    for _ in range(PEOPLE):
        word = mint.word()
        yield Person(
            first=mint.plant("first name", f"An{mint.word()}"),
            last=mint.plant("last name", f"O'{mint.word()} Straß"),
            email=mint.plant("e-mail address", f"{word}+order@{mint.word()}.example"),
            phone=mint.plant("phone", f"+1 555 {mint.rng.randrange(10**9, 10**10)}"),
            street=mint.plant("street", f'{mint.rng.randrange(1000, 9999)} "{mint.word()}" & Söhne'),
        )


@dataclass(frozen=True, slots=True)
class Secrets:
    """
    What the settings hold in memory: nobody may find one anywhere, sealed or not. `bearer` and `signing` are the source
    connections', `stranger` is one that somebody tries in vain.
    """

    client_secret: str
    webhook_secret: str
    bearer: str
    signing: str
    viewer: str
    operator: str
    approver: str
    admin: str
    flower: str
    hook_path: str
    hook_secret: str
    chat_password: str
    stranger: str

    @classmethod
    def made(cls, mint: Mint) -> Secrets:
        words = {name: f"{mint.word(12)}-{mint.word(4)}" for name in cls.__dataclass_fields__}
        signed = {name: f"whsec_{_encoded(words[name] + mint.word())}" for name in ("signing", "hook_secret")}
        return cls(**{**words, **signed})

    def plants(self) -> list[Plant]:
        """Of a signing secret also the bytes that it stands for."""
        named = [Plant(name, getattr(self, name)) for name in self.__dataclass_fields__]
        return [
            *(Plant(one.kind, one.value.removeprefix("whsec_")) for one in named),
            *(Plant(f"{one.kind}, decoded", _decoded(one.value)) for one in named if one.value.startswith("whsec_")),
        ]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decoded(secret: str) -> str:
    return base64.b64decode(secret.removeprefix("whsec_")).decode()
