"""Which handler a call is for: by method and path, the path as the contract writes it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.marketplaces.simulation.exchange import Call

Handler = Callable[..., tuple[int, Any]]
"""Takes the world, the call and the ids in its path; answers status and content, or raises `Problem`."""


class Problem(Exception):
    """Ends a call with that status, in the marketplace's envelope.

    `details` are (message, where in the request); `code` the marketplace's word for it, where it has one.
    """

    def __init__(
        self, status: int, message: str, details: Iterable[tuple[str, str]] = (), *, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.details, self.code = status, message, tuple(details), code


@dataclass(frozen=True, slots=True)
class Route:
    """`handler` is None where there is nothing at that path (404), or not by that method (405)."""

    label: str
    handler: Handler | None = None
    ids: tuple[str, ...] = ()
    path_exists: bool = False


class Routes:
    """Handlers by label: `GET /v1/orders/{orderId}`. A placeholder takes one part of the path, whatever it is.

    A label with a query (`POST /v1/orders?isMock=true`) is for the calls that have it, and comes before the same
    without; letters of its value may be of either case. Where a placeholder and a word both fit, the word wins. A
    slash at the end counts for nothing.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers
        self._by_length: dict[int, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
        for label in sorted(handlers, key=lambda one: ("?" not in one, one.count("{"))):
            method, _, path = label.partition(" ")
            parts = _parts(path.partition("?")[0])
            self._by_length[len(parts)].append((parts, method, label))

    def of(self, call: Call) -> Route:
        given = _parts(call.path)
        path_exists = False
        for parts, method, label in self._by_length.get(len(given), ()):
            if not _fits(parts, given):
                continue
            path_exists = True
            if method == call.method and _asked(label, call):
                ids = tuple(part for part, template in zip(given, parts, strict=True) if template.startswith("{"))
                return Route(label, self.handlers[label], ids, True)
        return Route(f"{call.method} (unknown)", path_exists=path_exists)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(parts: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return all(part == its or part.startswith("{") for part, its in zip(parts, given, strict=True))


def _asked(label: str, call: Call) -> bool:
    _, _, query = label.partition("?")
    name, _, value = query.partition("=")
    return not query or call.query.get(name, "").lower() == value.lower()
