"""Where keys are kept that had to be fetched, so that every process has them at hand."""

from __future__ import annotations

from typing import Protocol


class KeyRing(Protocol):
    """Thread-safe. Keys are kept sealed and shared by all processes; a repeat of `keep` replaces."""

    def find(self, name: str) -> str | None:
        """As it was a minute ago, at the oldest."""
        ...

    def find_again(self, name: str) -> str | None:
        """As it was a second ago, at the oldest: for a key that did not fit."""
        ...

    def keep(self, name: str, key: str) -> None: ...

    def keep_first(self, name: str, key: str) -> str:
        """Keeps the key where there is none of this name yet; gives the one that is kept."""
        ...


class MemoryKeyRing:
    """For one process alone."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        return self._keys.get(name)

    def find_again(self, name: str) -> str | None:
        return self.find(name)

    def keep(self, name: str, key: str) -> None:
        self._keys[name] = key

    def keep_first(self, name: str, key: str) -> str:
        return self._keys.setdefault(name, key)
