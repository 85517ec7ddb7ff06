"""Parents: which line of the order, or which live subscription, an add-on hangs from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.catalogue import Constraint, Subscription, Verdict

NO_PARENT = "no parent"


@dataclass(frozen=True, slots=True)
class Parent:
    """A possible parent: another line of the order or a subscription, of this product."""

    product_id: str
    line_id: str | None = None
    subscription_id: str | None = None

    @property
    def name(self) -> str:
        """What a person chooses it by."""
        return f"line {self.line_id}" if self.line_id is not None else str(self.subscription_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What the constraints leave. `fitting` satisfy all of them at once; `partial` satisfy some, where nothing satisfies
    all; `unmet` are the constraints that nothing satisfies: then the line can't be ordered as things are.
    """

    fitting: tuple[Parent, ...] = ()
    partial: tuple[Parent, ...] = ()
    unmet: tuple[Constraint, ...] = ()

    @property
    def possible(self) -> tuple[Parent, ...]:
        """Those that a person, or the quote, may name."""
        return () if self.unmet else (*self.fitting, *self.partial)

    def named(self, name: str) -> Parent | None:
        wanted = name.strip().casefold()
        return next((parent for parent in self.possible if parent.name.casefold() == wanted), None)


def candidates(
    line_id: str,
    products: Mapping[str, str],
    assigned: Mapping[str, str],
    subscriptions: Sequence[Subscription],
    company_id: str,
) -> tuple[Parent, ...]:
    """
    Everything that a line could hang from: other lines, as `products` maps them to their product, that don't hang from
    it themselves by `assigned` (line to parent line), and the company's live subscriptions.
    """
    lines = tuple(
        Parent(product_id, line_id=other)
        for other, product_id in products.items()
        if other != line_id and not _hangs_from(other, line_id, assigned)
    )
    live = tuple(
        Parent(one.product_id, subscription_id=one.id)
        for one in subscriptions
        if one.verdict is Verdict.LIVE and one.company_id.casefold() in ("", company_id.casefold())
    )
    return (*lines, *live)


def choose(constraints: Sequence[Constraint], possible: Sequence[Parent]) -> Choice:
    """Sorts the candidates by what they satisfy. Of each constraint any one product does it; all must be satisfied."""
    unmet = tuple(
        constraint for constraint in constraints if not any(_satisfies(parent, constraint) for parent in possible)
    )
    fitting = tuple(parent for parent in possible if all(_satisfies(parent, one) for one in constraints))
    partial = tuple(
        parent for parent in possible if parent not in fitting and any(_satisfies(parent, one) for one in constraints)
    )
    return Choice(fitting, partial, unmet)


def _satisfies(parent: Parent, constraint: Constraint) -> bool:
    """Ids are compared without capitals: each of a marketplace's pages may write them its own way."""
    return parent.product_id.casefold() in {product_id.casefold() for product_id in constraint.product_ids}


def _hangs_from(line_id: str, ancestor: str, assigned: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    here: str | None = line_id
    while here is not None and here not in seen:
        if here == ancestor:
            return True
        seen.add(here)
        here = assigned.get(here)
    return False
