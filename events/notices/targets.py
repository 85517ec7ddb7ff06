"""
Which addresses a notice may go to: public ones only, unless its channel allows private ones.

A name is looked up once, every address that it has is checked, and the checked address itself is connected to. A name
that answers otherwise the second time (DNS rebinding) gains nothing by it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import httpcore

from pipeline.marketplaces.network import WatchedNetwork

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Public by its number, yet reachable from inside a cloud only: Azure's agent, which hands out a machine's settings.
_METADATA = frozenset({ipaddress.IPv4Address("168.63.129.16")})


class ForbiddenTarget(Exception):
    """The target's address is not public. Its text is a sentence for the operator."""


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name or of an address in whatever spelling the system knows. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def is_public(address: str) -> bool:
    """Whether everybody on the internet reaches the same machine by it. IPv6 that carries IPv4 is what it carries."""
    parsed = ipaddress.ip_address(address)
    return _is_public(_carried(parsed) or parsed)


def _is_public(address: Address) -> bool:
    if address in _METADATA or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


@dataclass(frozen=True, slots=True)
class Targets:
    """One channel's rule. `setting` is the variable that permits private addresses, for the sentence."""

    setting: str
    allow_private: bool = False
    lookup: Lookup = look_up

    def permitted(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`. Raises ForbiddenTarget if even one is not permitted, OSError if there is none."""
        addresses = self.lookup(host, port)
        if not self.allow_private:
            for address in addresses:
                if not is_public(address):
                    raise ForbiddenTarget(
                        f"{host} leads to {address}, which is not a public address; "
                        f"set {self.setting}=true if notices may go there."
                    )
        return addresses


class GuardedNetwork(httpcore.NetworkBackend):
    """
    Connects to permitted addresses only, within the deadline of the exchange (`pipeline.marketplaces.deadline`).

    TLS and the Host header go on using the name. Raises ForbiddenTarget through httpcore, untouched.
    """

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._network = WatchedNetwork()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._targets.permitted(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
