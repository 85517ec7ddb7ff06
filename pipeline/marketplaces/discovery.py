"""
Which marketplaces are installed: those that a package enters under `quoteway.marketplaces`, ours in the same way.

An entry's name is the settings' word for the marketplace, and it names the class of the account. The class is loaded
when somebody asks for it, because it brings its adapter along; names alone load nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

from pipeline.marketplaces.accounts import AccountConfig
from pipeline.ports import Account, Breaker, Budget, Tokens

GROUP = "quoteway.marketplaces"
# What the name of a variable can hold between two double underscores.
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_SAID = ("TITLE", "address", "needs", "unused", "calls_per_minute")


class Factory(Protocol):
    """
    Makes an account; opens nothing. `pipeline.marketplaces.account.HttpAccount` has all of it but `TITLE`.

    `address` is that of the API where it is the same for everybody, else empty. `needs` are the settings that an
    account cannot do without, `unused` those that mean nothing there, `calls_per_minute` what everybody is permitted.
    """

    @property
    def TITLE(self) -> str: ...  # noqa: N802 - as the accounts' classes have it

    @property
    def address(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    @property
    def unused(self) -> tuple[str, ...]: ...

    @property
    def calls_per_minute(self) -> int: ...

    def __call__(self, config: AccountConfig, tokens: Tokens, budget: Budget, breaker: Breaker) -> Account:
        """Raises BadOptions."""
        ...


class BadMarketplace(Exception):
    """A package's entry cannot work. Its text is one sentence that names the package."""


def marketplaces() -> tuple[str, ...]:
    """The names of all that are installed, in alphabetical order. Raises BadMarketplace."""
    return tuple(_found(tuple(sys.path)))


def factory(name: str) -> Factory:
    """What makes the accounts of that marketplace. Raises BadMarketplace."""
    entry = _found(tuple(sys.path)).get(name)
    if entry is None:
        raise BadMarketplace(f"There is no marketplace {name}: installed are {', '.join(marketplaces())}.")
    return _loaded(entry)


@cache
def _loaded(entry: EntryPoint) -> Factory:
    try:
        made = entry.load()
    except Exception as error:
        raise BadMarketplace(f"{_whose(entry)} cannot be loaded: {type(error).__name__}: {error}.") from error
    if not callable(made) or (lacking := [name for name in _SAID if not hasattr(made, name)]):
        lacks = "is no account's class" if not callable(made) else f"lacks {', '.join(lacking)}"
        raise BadMarketplace(f"{_whose(entry)} cannot be used: {entry.value} {lacks}.")
    return cast(Factory, made)


@cache
def _found(path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    """By name. Looked for once for each `path` that packages are looked for in."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if not _NAME.fullmatch(entry.name):
            raise BadMarketplace(
                f"{_whose(entry)} has a name that no setting can have: small letters, digits, single _."
            )
        if found.setdefault(entry.name, entry).value != entry.value:
            other = _package(found[entry.name])
            raise BadMarketplace(f"{_whose(entry)} is also one of {other}: uninstall one of the two.")
    if not found:
        raise BadMarketplace(f"No marketplace is installed ({len(path)} places searched): install Quoteway again.")
    return found


def _whose(entry: EntryPoint) -> str:
    return f"The marketplace {entry.name} of {_package(entry)}"


def _package(entry: EntryPoint) -> str:
    return f"the package {entry.dist.name}" if entry.dist is not None else "a package without a name"
