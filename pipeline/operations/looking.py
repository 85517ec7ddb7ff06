"""The fresh, complete look at a marketplace that comes before anything is sent again after an unknown outcome."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.claim import ChangeSubscription, Claim, Look
from pipeline.domain.errors import NotAllowed
from pipeline.domain.order import Order
from pipeline.domain.outcome import Looked
from pipeline.operations.desk import Desk
from pipeline.ports import Account, Exchange, Purpose
from pipeline.stages import changing, reconcile
from pipeline.store import orders


@dataclass(frozen=True, slots=True)
class Seen:
    """A look that found no candidate, and what was exchanged for it."""

    look: Look
    exchanges: tuple[Exchange, ...]


def ensure_settled(desk: Desk, row: orders.Row, claim: Claim) -> None:
    """Raises NotAllowed while the attempt may still be under way, or its order may not show yet."""
    policy = desk.policy(row)
    settled = reconcile.settles_at(claim, policy.settle, policy.timeout)
    if row.now < settled:
        raise NotAllowed(
            f"The attempt of {claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} may still show at the marketplace: it can be sent "
            f"again from {settled:%Y-%m-%d %H:%M:%S %Z} on."
        )


def ensure_absent(order: Order, claim: Claim, account: Account) -> Seen:
    """
    Looks for what the attempt may have bought or changed; no transaction is open. Raises NotAllowed, naming what it
    found, and a PortError when the look cannot be completed.
    """
    exchanges: list[Exchange] = []
    marketplace = account.open(Purpose.WORK, exchanges.append)
    changes = isinstance(claim.write, ChangeSubscription)
    outcome = (changing.look if changes else reconcile.look)(order, claim, marketplace)
    if not isinstance(outcome, Looked) or outcome.look is None:
        raise NotAllowed("The attempt is still being sent: wait for its outcome.")
    look = outcome.look
    if look.candidates:
        found = ", ".join(look.candidates)
        raise NotAllowed(
            f"Subscription {found} is as it was to be by now at {account.title}: adopt it."
            if changes
            else f"{account.title} has an order that may be this one: {found}. Adopt it, or cancel it there first."
        )
    # Another order of ours with an unknown outcome is the person's to judge; an order that could not be read is not.
    unread = [doubt for doubt in look.doubts if not doubt.startswith(order.rivals)]
    if unread:
        raise NotAllowed(f"The look at {account.title} was not conclusive: {'; '.join(unread)}. Try again in a minute.")
    return Seen(look, tuple(exchanges))
