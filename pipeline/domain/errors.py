"""
Everything that can go wrong, as one tree. An error has a stable code and one sentence that an operator can act on.

    QuotewayError
    ├── PortError                 a marketplace did not give what was asked for
    │   ├── Unavailable           no answer, a 5xx, an answer cut short: it passes
    │   ├── TooManyCalls          the marketplace said "slow down" (429)
    │   ├── BreakerOpen           we stopped calling for a while, because calls failed
    │   ├── BudgetSpent           our own share of calls a minute is used up: nobody's fault
    │   ├── IncompleteScan        a list changed or broke off while it was read
    │   ├── Unreadable            an answer outside the contract
    │   ├── Unauthorized          credentials refused, also when fresh
    │   ├── Forbidden             credentials lack a permission
    │   ├── NotFound              what was asked for does not exist
    │   └── Refused               the marketplace refused the request, with its reasons
    └── OperatorError             an act that a person asked for cannot be done
        ├── UnknownOrder
        ├── Moved                 the order has moved since the person read it
        ├── NotAllowed            the order's state forbids it
        └── BadAnswer             the answer does not fit the question

`pipeline.runner` turns a PortError into an outcome by one table; the edges turn an OperatorError into an exit code or a
status code by another.
"""

from __future__ import annotations

import re
from datetime import timedelta


class QuotewayError(Exception):
    """`code` is stable and documented; `sentence` is safe to show: no secret, no personal data."""

    code = "error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class PortError(QuotewayError):
    """`after` is how long the far side, or our own budget, wants us to wait; None where it did not say."""

    code = "marketplace.error"

    def __init__(
        self, sentence: str, *, code: str | None = None, after: timedelta | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(sentence, code=code)
        self.after = after
        self.request_id = request_id


class Unavailable(PortError):
    code = "marketplace.unavailable"


class TooManyCalls(PortError):
    code = "marketplace.throttled"


class BreakerOpen(PortError):
    code = "marketplace.breaker_open"


class BudgetSpent(PortError):
    code = "marketplace.budget_spent"


class IncompleteScan(PortError):
    code = "marketplace.incomplete_scan"


class Unreadable(PortError):
    code = "marketplace.unreadable"


class Unauthorized(PortError):
    code = "marketplace.unauthorized"


class Forbidden(PortError):
    code = "marketplace.forbidden"


class NotFound(PortError):
    code = "marketplace.not_found"


class Refused(PortError):
    """`details` are the marketplace's own words, one each."""

    code = "marketplace.refused"

    def __init__(self, sentence: str, *, details: tuple[str, ...] = (), request_id: str | None = None) -> None:
        super().__init__(sentence, request_id=request_id)
        self.details = details


class OperatorError(QuotewayError):
    code = "operator.error"


class UnknownOrder(OperatorError):
    code = "operator.unknown_order"

    @classmethod
    def named(cls, ref: str) -> UnknownOrder:
        """A text that is no reference is not repeated: somebody's data may have got into the wrong place."""
        known = re.fullmatch(r"(?i)QW-[A-Z0-9]{1,12}", ref)
        return cls(f"There is no order {ref}." if known else "There is no order of this reference.")


class Moved(OperatorError):
    """The person acted on a version that is no longer the present one; `state` is the present one, for showing."""

    code = "operator.moved"


class NotAllowed(OperatorError):
    code = "operator.not_allowed"


class BadAnswer(OperatorError):
    code = "operator.bad_answer"
