"""
Good answers taken apart: what they hold in its shape, or an error that says what of them does not fit.

Errors name the fields and never their values: an answer may hold anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from pipeline.domain.errors import Unreadable
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.reply import Reply

_MOST_FIELDS = 3


class Identified(Protocol):
    """What a list holds: things with an id."""

    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing")
Listed = TypeVar("Listed", bound=Identified)
Shaped = Callable[[Any], Thing]
"""Puts JSON into a shape, or raises pydantic's ValidationError."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Those of the marketplace of this title. `what` is the method and path that was answered, for the sentences."""

    title: str

    def content(self, reply: Reply, what: str) -> Any:
        """The JSON of an answer to a read. Raises Unreadable."""
        try:
            return reply.content()
        except ValueError as error:
            sentence = f"{self.title}'s answer to {what} is not JSON: {reply.shape()}."
            raise Unreadable(sentence, request_id=reply.request_id) from error

    def read(self, shape: Shaped[Thing], value: Any, what: str, reply: Reply) -> Thing:
        """A part of an answer to a read. Raises Unreadable."""
        try:
            return shape(value)
        except ValidationError as error:
            raise self.outside(wrong_fields(error), what, reply) from None

    def one(self, shape: Shaped[Thing], what: str, reply: Reply) -> Thing:
        """All of an answer to a read. Raises Unreadable."""
        return self.read(shape, self.content(reply, what), what, reply)

    def outside(self, wrong: str, what: str, reply: Reply) -> Unreadable:
        sentence = f"{self.title}'s answer to {what} is outside its contract ({wrong})."
        return Unreadable(sentence, request_id=reply.request_id)

    def no_list(self, what: str, reply: Reply) -> Unreadable:
        return Unreadable(f"{self.title}'s answer to {what} holds no list.", request_id=reply.request_id)

    def told(self, reply: Reply) -> Any:
        """The JSON of an answer to a write. Raises NotWhatWasSent."""
        try:
            return reply.content()
        except ValueError:
            raise NotWhatWasSent(f"{self.title} answered well, yet with something that is not JSON.") from None

    def made(self, shape: Shaped[Thing], reply: Reply) -> Thing:
        """What the answer to a write says that it made. Raises NotWhatWasSent."""
        content = self.told(reply)
        try:
            return shape(content)
        except ValidationError as error:
            wrong = wrong_fields(error)
            raise NotWhatWasSent(f"{self.title} answered well, yet outside its contract ({wrong}).") from None


def wrong_fields(error: ValidationError) -> str:
    """Where a shape does not fit, the first three places."""
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'the answer'}: {one['type']}"
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_FIELDS]
    )
