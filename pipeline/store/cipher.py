"""Sealing of columns: Fernet with several keys, and a keyed digest for finding a row by what it must not show."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongKeyError(Exception):
    """A sealed value cannot be opened by any key at hand. Its text says what to do."""


class Cipher:
    """
    Seals with the first key and opens with any, so that keys rotate without a pause: a new one goes to the end while
    processes learn it, then to the front.

    `keys` are Fernet keys (32 bytes, URL-safe base64). Raises ValueError for a key that is none.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._first = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Raises WrongKeyError."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise WrongKeyError(
                "a stored value was sealed with a key that is not in QUOTEWAY_ENCRYPTION_KEYS; add that key at the end"
            ) from error

    def by_first(self, sealed: bytes) -> bool:
        """Whether the first key opens it, so that it needs no other."""
        try:
            self._first.decrypt(bytes(sealed))
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """The same content under the first key. Raises WrongKeyError."""
        try:
            return self._fernet.rotate(bytes(sealed))
        except InvalidToken as error:
            raise WrongKeyError(
                "a stored value was sealed with a key that is not in QUOTEWAY_ENCRYPTION_KEYS"
            ) from error


def new_key() -> str:
    """A fresh key for `Cipher`."""
    return Fernet.generate_key().decode()


def keyed_digest(key: bytes, text: str) -> str:
    """The same text gives the same digest under one key, and without the key tells nothing about it."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
