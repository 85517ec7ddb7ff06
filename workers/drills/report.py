"""What a drill is told, and what it says afterwards: figures, each with the limit that it must keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

Number = int | float


class Form(StrEnum):
    """How much of a drill is run: all of it, or as much as fits into the tests."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Setting:
    """
    How to run a drill. `seed` decides all that is left to chance. `folder` is empty, the servers' user may pass through
    it, and it is gone afterwards. `tell` shows a line of progress.
    """

    form: Form
    seed: int
    folder: Path
    tell: Callable[[str], None] = lambda _line: None

    def choose(self, *, full: int, short: int) -> int:
        return full if self.form is Form.FULL else short


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Something that was counted. `least` and `most` are its limits, inclusive; without both it only informs. `note` says
    what is seen where it is not plain, such as the seeds that failed.
    """

    name: str
    value: Number
    least: Number | None = None
    most: Number | None = None
    unit: str = ""
    note: str = ""

    @property
    def kept(self) -> bool:
        above = self.least is None or self.value >= self.least
        return above and (self.most is None or self.value <= self.most)

    @property
    def limit(self) -> str:
        """In words; empty where there is none."""
        match self.least, self.most:
            case None, None:
                return ""
            case least, None:
                return f"at least {least:g}"
            case None, most:
                return f"at most {most:g}"
            case least, most if least == most:
                return f"{most:g}"
            case least, most:
                return f"{least:g} to {most:g}"
        raise AssertionError


def none_of(name: str, value: int, note: str = "") -> Figure:
    """A figure that must be 0."""
    return Figure(name, value, most=0, least=0, note=note)


def all_of(name: str, value: int, count: int, note: str = "") -> Figure:
    """A figure that must be `count`."""
    return Figure(name, value, least=count, most=count, note=note)


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a drill found. `evidence` are lines for whoever has to find out why a limit was not kept; `details` is for
    `--json`, whatever the drill has to tell.
    """

    figures: tuple[Figure, ...]
    evidence: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        return all(figure.kept for figure in self.figures)

    def broken(self) -> list[str]:
        """The figures that did not keep their limits, in words."""
        return [
            f"{one.name}: {one.value:g}, not {one.limit}. {one.note}".strip() for one in self.figures if not one.kept
        ]

    def as_json(self) -> dict[str, Any]:
        figures = [{**asdict(figure), "kept": figure.kept} for figure in self.figures]
        return {"kept": self.kept, "figures": figures, "evidence": list(self.evidence), **self.details}


Drill = Callable[[Setting], Report]
