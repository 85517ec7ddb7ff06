"""Faults to switch on: which calls they hit, how often, and what becomes of the answer.

A fault hits `before` the call is carried out (it never is) or `after` (it is, and the client isn't told).
"""

import random
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from pipeline.marketplaces.simulation.exchange import Call, Reply, Wire

EDGE_PAGE = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center></body>\r\n</html>\r\n"


class FaultKind(StrEnum):
    """What goes wrong. A number (`429`, `"500"`) is accepted for `STATUS` with that status."""

    DELAY = "delay"  # answered in full, `seconds` late
    STATUS = "status"  # `status`, in the marketplace's envelope, or as an edge's page with `html=True`
    RESET = "reset"
    CLOSE = "close"
    HANG = "hang"
    REFUSE = "refuse"
    HTML = "html"  # the right status, a web page for a body
    HALF_JSON = "half_json"  # the right status and length, JSON that stops in the middle
    HALF_BODY = "half_body"  # the connection closes in the middle of the body
    EMPTY = "empty"
    NO_ID = "no_id"
    WRONG = "wrong_content"  # 200, yet not what was sent; `body` says what, else the simulator makes it up
    REDIRECT = "redirect"
    DRIP = "drip"  # a byte each `seconds`
    LATE = "late_commit"  # answered by `then` now, carried out `seconds` of the simulator's clock later


When = Literal["before", "after"]

_WIRES = {
    FaultKind.RESET: Wire.RESET,
    FaultKind.CLOSE: Wire.CLOSE,
    FaultKind.HANG: Wire.HANG,
    FaultKind.REFUSE: Wire.REFUSE,
}
_ALTERS_THE_ANSWER = frozenset(
    {FaultKind.HTML, FaultKind.HALF_JSON, FaultKind.HALF_BODY, FaultKind.NO_ID, FaultKind.WRONG}
)


@dataclass(slots=True)
class Fault:
    """See `Faults.add`. `hits` counts the calls that met it."""

    kind: FaultKind
    match: tuple[str, str] = ("*", "*")
    times: int | None = 1
    when: When = "before"
    probability: float = 1.0
    skip: int = 0
    status: int = 500
    retry_after: float | str | None = None
    html: bool = False
    seconds: float = 0.0
    containing: str = ""
    body: Any = None
    location: str = "/elsewhere"
    then: FaultKind = FaultKind.RESET
    hits: int = field(default=0, compare=False)

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    @property
    def alters_the_answer(self) -> bool:
        """Whether a convincing answer is needed even if nothing is carried out."""
        return self.kind in _ALTERS_THE_ANSWER

    def concerns(self, label: str, call: Call) -> bool:
        method, path = self.match
        its_method, _, its_path = label.partition(" ")
        _, asks, variant = its_path.partition("?")
        if method not in ("*", its_method) or not (_fits(path, its_path) or _fits(path, call.path + asks + variant)):
            return False
        named = any(self.containing in text for text in (call.path, *call.query.values()))
        return named or self.containing.encode() in call.body


def _fits(pattern: str, path: str) -> bool:
    return pattern == path or ("*" in pattern and fnmatchcase(path, pattern))


class Faults:
    """The faults that are on, asked in the order in which they were added; the first that concerns a call has it."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Any:
        return iter(list(self._faults))

    def add(self, *, kind: FaultKind | str | int, match: tuple[str, str] = ("*", "*"), **how: Any) -> Fault:
        """Switch a fault on for the next `times` calls (None: for good) that `match` (method, path).

        The path is a route as the contract writes it (`/v1/companies/{companyId}`), a concrete path, or either with
        `*`. A route with a variant is two: `/v1/orders` is the purchase, `/v1/orders?isMock=true` the dry run.
        `skip` lets that many matching calls through first, `probability` is tossed for each, `containing` picks the
        calls whose path, query or body holds that text. `seconds` belongs to `delay`, `drip`, `hang` and `late_commit`.
        """
        if str(kind).isdigit():
            how["status"], kind = int(kind), FaultKind.STATUS
        fault = Fault(FaultKind(str(kind)), (match[0], match[1]), **how)
        fault.then = FaultKind(fault.then)
        if fault.when not in ("before", "after"):
            raise ValueError("A fault hits 'before' or 'after' the call is carried out.")
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def pick(self, label: str, call: Call) -> Fault | None:
        if not self._faults:
            return None
        with self._lock:
            return next((fault for fault in self._faults if self._hits(fault, label, call)), None)

    def _hits(self, fault: Fault, label: str, call: Call) -> bool:
        if fault.spent or not fault.concerns(label, call):
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.probability < 1 and self._rng.random() >= fault.probability:
            return False
        fault.hits += 1
        return True


def distort(fault: Fault, reply: Reply) -> Reply:
    """The reply as the fault leaves it. `STATUS` and `WRONG` need the marketplace's words: theirs come from it."""
    match fault.kind:
        case FaultKind.DELAY:
            return replace(reply, wait=fault.seconds) if fault.when == "after" else reply
        case FaultKind.RESET | FaultKind.CLOSE | FaultKind.HANG | FaultKind.REFUSE:
            return replace(reply, wire=_WIRES[fault.kind], wait=fault.seconds)
        case FaultKind.HTML:
            return replace(reply, body=EDGE_PAGE % (reply.status, reply.status), content_type="text/html")
        case FaultKind.HALF_JSON:
            return replace(reply, body=reply.body[: max(1, len(reply.body) // 2)])
        case FaultKind.HALF_BODY:
            return replace(reply, wire=Wire.HALF)
        case FaultKind.EMPTY:
            return replace(reply, body=b"")
        case FaultKind.REDIRECT:
            status = fault.status if 300 <= fault.status < 400 else 302
            return Reply(status, headers=(("location", fault.location),))
        case FaultKind.DRIP:
            return replace(reply, wire=Wire.DRIP, pause=fault.seconds)
        case FaultKind.LATE:
            return distort(replace(fault, kind=fault.then, seconds=0.0), reply)
        case FaultKind.STATUS | FaultKind.NO_ID | FaultKind.WRONG:
            return reply
