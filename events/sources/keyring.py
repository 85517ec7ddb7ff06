"""Where keys are kept that had to be fetched, so that every process has them at hand."""

from __future__ import annotations

from typing import Protocol


class KeyRing(Protocol):
    """Thread-safe. Keys are kept sealed and shared by all processes; a repeat of `keep` replaces."""

    def find(self, name: str) -> str | None: ...

    def keep(self, name: str, key: str) -> None: ...


class MemoryKeyRing:
    """For one process alone."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        return self._keys.get(name)

    def keep(self, name: str, key: str) -> None:
        self._keys[name] = key
