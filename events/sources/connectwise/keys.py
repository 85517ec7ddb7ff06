"""
Whose signature a callback bears. The address of its key stands in the message, so that a forger chooses it: nothing is
asked but the registered tenant's own host, there only the place where keys are, and never while the sender waits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx

from events.connections import SourceConnection
from events.sources.client import NotThere, ToolClient
from events.sources.connectwise.api import TITLE, settings_of
from events.sources.connectwise.fields import text
from events.sources.keyring import KeyRing
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

SIGNATURE = "x-content-signature"
KEY_PATH = re.compile(r"/(?:v[0-9_]{1,12}(?:_release)?/{1,2})?system/callbackkey/index\.rails")
_URL = re.compile(
    r"(https?)://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/[A-Za-z0-9_./-]{1,200})\?([A-Za-z0-9_.%+=&-]{1,500})"
)
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_NEWEST = "/newest"
_SECONDS = 5.0
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key may be read: `path` below the tenant's own host."""

    path: str
    company: str
    id: str


class SigningKeys:
    """One tenant's. `origin` is scheme, host and port that keys are read from. Thread-safe."""

    def __init__(
        self,
        connection: SourceConnection,
        origin: httpx.URL,
        connections: Connections,
        keys: KeyRing,
        headers: dict[str, str],
    ) -> None:
        self._origin = origin
        self._tenant = connection.access.tenant
        self._ring = keys
        self._prefix = f"connectwise/{connection.name}/"
        self._headers = headers
        self._client = ToolClient(
            TITLE, str(origin), connections, settings=settings_of(connection), seconds=_SECONDS, largest=_LARGEST
        )

    def place(self, key_url: str) -> KeyPlace | None:
        """None for any address but that of a key of this tenant's, at its own host."""
        found = _URL.fullmatch(key_url)
        if not found or not self._is_own(found[1], found[2], found[3]) or not KEY_PATH.fullmatch(found[4]):
            return None
        pairs = parse_qsl(found[5], keep_blank_values=True)
        query = dict(pairs)
        company, key_id = query.get("companyName", ""), query.get("id", "")
        if len(pairs) != 2 or company.casefold() != self._tenant.casefold() or not _KEY_ID.fullmatch(key_id):
            return None
        return KeyPlace(found[4], company, key_id)

    def signed(self, place: KeyPlace, signature: str, body: bytes) -> bool | None:
        """
        None where the key is not at hand. One that does not fit may have been changed where it is, and another process
        may have fetched the new one: it is looked for once more among those that are kept.
        """
        key = self._ring.find(self._prefix + place.id)
        if key is None or signs(key, signature, body):
            return None if key is None else True
        now = self._ring.find_again(self._prefix + place.id)
        return now is not None and now != key and signs(now, signature, body)

    def fetch(self, place: KeyPlace) -> str | None:
        """The key, kept from now on; None where the tenant has none there. Raises ToolFault while that is not known."""
        try:
            key = self._ask(place)
        except NotThere:
            return None
        except ToolFault as fault:
            if fault.passes or fault.code == "source.unauthorized":
                raise
            return None  # a redirect, or a request that is refused for what it is: no key of this tenant's
        self._ring.keep(self._prefix + place.id, key)
        self._ring.keep(self._prefix + _NEWEST, json.dumps([place.path, place.company, place.id]))
        return key

    def renew(self) -> None:
        """
        Fetches the key again that was fetched last: a tenant may change it where it is, and all that it signs would be
        refused from then on. Raises ToolFault.
        """
        if newest := self._ring.find(self._prefix + _NEWEST):
            self.fetch(KeyPlace(*json.loads(newest)))

    def _ask(self, place: KeyPlace) -> str:
        query = {"companyName": place.company, "id": place.id}
        try:
            answer = self._client.get(place.path, query=query, headers=self._headers)
        except ToolFault as fault:
            if fault.code != "source.unauthorized":
                raise
            answer = self._client.get(place.path, query=query)
        key = text(answer.content, "signing_key")
        if not key:
            raise ToolFault(f"{TITLE} answered with something that holds no signing key.")
        return key

    def _is_own(self, scheme: str, host: str, port: str | None) -> bool:
        own = self._origin
        return scheme == own.scheme and host.lower() == own.host and port == (str(own.port) if own.port else None)


def signs(signing_key: str, signature: str, body: bytes) -> bool:
    """In constant time."""
    key = hashlib.sha256(signing_key.encode()).digest()
    expected = base64.b64encode(hmac.digest(key, body, "sha256"))
    return hmac.compare_digest(expected, signature.encode("utf-8", "backslashreplace"))
