"""Who calls the operator API, and what they may do."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security.utils import get_authorization_scheme_param

from workers.setting_values import ApiToken, Role

# Whoever forwards for others makes their addresses ours: what bears one of these was not sent from this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is written into journals: the token's, or `local` where no tokens are configured."""

    name: str
    role: Role


class Gate:
    """
    Lets callers in by bearer token. Without any token configured only callers on this machine are let in, as `local`,
    and nothing that was forwarded or sent by another site's page in a browser.
    """

    def __init__(self, tokens: Sequence[ApiToken]) -> None:
        self._tokens = tuple(tokens)

    def needs(self, role: Role) -> Any:
        """A dependency that gives the Caller. 401 without a good token, 403 where the role does not suffice."""

        def check(request: Request) -> Caller:
            return self._allowed(self.caller(request), role)

        return Depends(check)

    def needs_role_or_loopback(self, role: Role) -> Any:
        """The same, and besides anybody on this machine, as `local`, also where tokens are configured."""

        def check(request: Request) -> Caller:
            if "authorization" not in request.headers and _refusal(request) is None:
                return Caller(_LOCAL, role)
            return self._allowed(self.caller(request), role)

        return Depends(check)

    def caller(self, request: Request) -> Caller:
        """Raises HTTPException."""
        if not self._tokens:
            if why := _refusal(request):
                raise HTTPException(403, f"{why} Set QUOTEWAY_API_TOKENS to let others in by a token.")
            return Caller(_LOCAL, Role.ADMIN)
        scheme, given = get_authorization_scheme_param(request.headers.get("authorization"))
        known = self._known(given) if scheme.lower() == "bearer" else None
        if known is None:
            sentence = "A bearer token is needed, and this one is not known." if given else "A bearer token is needed."
            raise HTTPException(401, sentence, {"WWW-Authenticate": "Bearer"})
        return Caller(known.name, known.role)

    def _known(self, given: str) -> ApiToken | None:
        """Compares with all tokens in constant time, so that an answer's time tells nothing of any."""
        found = None
        for token in self._tokens:
            if hmac.compare_digest(token.token.get_secret_value().encode(), given.encode()):
                found = token
        return found

    def _allowed(self, caller: Caller, role: Role) -> Caller:
        if not caller.role.includes(role):
            raise HTTPException(403, f"This needs the role {role}; the token {caller.name} has {caller.role}.")
        return caller


def _refusal(request: Request) -> str | None:
    """Why the caller does not count as somebody on this machine."""
    if request.client is None or not _loopback(request.client.host):
        return "Without API tokens only callers on this machine's loopback address are answered."
    if any(header in request.headers for header in _FORWARDED):
        return "Without API tokens nothing that was forwarded by a proxy is answered."
    host = request.headers.get("host", "")
    if not _loopback(urlsplit(f"//{host}").hostname or ""):
        return "Without API tokens only requests to a loopback address are answered."
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "Without API tokens no page of another site is answered."
    return None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
