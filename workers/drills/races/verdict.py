"""Whether what everybody was told has turned out true, and whether anything was bought twice or forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from workers.drills.races.acts import Told
from workers.drills.races.race import Outcome
from workers.drills.races.world import Read, World

Json = dict[str, Any]
_ENDED = ("done", "partly_done", "failed", "cancelled")
_REFUSALS = ("Moved", "NotAllowed", "BadAnswer")


class Verdict:
    """What is wrong with an outcome, by kind: each a list of sentences, empty where all is well."""

    def __init__(self, world: World, outcome: Outcome) -> None:
        self.outcome = outcome
        self.orders = [world.read(order_id) for order_id in world.orders_of(outcome.scene.quote_id)]
        self.sold = world.bought(outcome.scene.customer)
        self.doubled = list(self._doubled())
        self.lost = list(self._lost())
        self.untrue = [*self._unclear(), *self._untrue(), *self._views()]
        self.unseen = list(self._unseen())

    @property
    def ending(self) -> str:
        """How it ended, in words that are equal for equal endings."""
        orders = sorted(_ended(order) for order in self.orders)
        return f"{' + '.join(orders)}, bought {len(self.sold)}"

    @property
    def summary(self) -> str:
        """The ending, and who got what they asked for. Orders of the same two, whoever came first, compare."""
        case = self.outcome.case
        told = sorted(zip(case.pair, (_brief(each) for each in self.outcome.told), strict=True))
        return f"{', '.join(f'{name} {what}' for name, what in told if what)}: {self.ending}"

    def _doubled(self) -> Iterator[str]:
        live = [one.id for one in self.sold if not one.over]
        if len(live) > 1:
            yield f"bought {len(live)} times: {', '.join(live)}"
        claimed = [order.view["marketplace_order_id"] for order in self.orders if order.view["marketplace_order_id"]]
        if len(claimed) != len(set(claimed)):
            yield f"two orders of ours own one of the marketplace's: {claimed}"

    def _lost(self) -> Iterator[str]:
        if not self.outcome.came_to_rest:
            yield "an order goes in circles and asks nobody"
        for order in self.orders:
            asked = [one for one in order.open_questions if one["owner"] and one["due_at"]]
            if order.view["state"] not in _ENDED and not asked:
                yield f"{order.view['ref']} is {order.view['state']} and nobody is asked"

    def _unclear(self) -> Iterator[str]:
        """Who is refused gets a sentence of ours. Anything else is a fault that came through."""
        yield from self.outcome.faults
        for name, told in zip(self.outcome.case.pair, self.outcome.told, strict=True):
            for each in told:
                if each.refused and (each.refused not in _REFUSALS or not each.sentence.endswith((".", "?", ")"))):
                    yield f"{name} was refused unclearly: {each.refused}: {each.sentence}"

    def _unseen(self) -> Iterator[str]:
        """An act is bound to what the person saw, and `retry` never goes past a purchase of unknown outcome."""
        first, second = self.outcome.told
        moved = self.outcome.version
        if self.outcome.waited and first and first[-1].view:
            moved = first[-1].view["version"]
        if second and second[0].done and second[0].seen and second[0].seen.version != moved:
            read = second[0].seen.version
            yield f"{self.outcome.case.pair[1]} was done at version {moved}, and version {read} was read"
        for name, told in zip(self.outcome.case.pair, self.outcome.told, strict=True):
            for each in told:
                if name == "retry" and each.done and each.seen and _past_unknown(each.seen):
                    yield "retry was done while it was not known whether the order had bought"

    def _untrue(self) -> Iterator[str]:
        for index, (name, told) in enumerate(zip(self.outcome.case.pair, self.outcome.told, strict=True)):
            alone = not any(each.done and each.view for each in self.outcome.told[1 - index])
            for each in told:
                if each.done and each.view is not None:
                    yield from (f"{name}: {wrong}" for wrong in self._after(each, alone=alone, name=name, by=index))
                elif each.done:
                    yield from (f"{name}: {wrong}" for wrong in self._heard(each))

    def _after(self, told: Told, *, alone: bool, name: str, by: int) -> Iterator[str]:
        """What must have come of an act that was done. `alone`: nobody else has decided anything."""
        order = self._now(told)
        view = told.view or {}
        if not any(entry["actor"] == ("Ann", "Bob")[by] for entry in order.view["timeline"]):
            yield "was done, and the timeline does not say so"
        if view["state"] == "cancelled":
            yield from self._stayed_cancelled(told, order)
        elif name == "cancel" and view["marketplace_order_id"]:
            yield from self._cancelled_there(order)
        if view["pending_act"] is not None:
            yield from self._was_decided(order, name)
        yield from self._questions_stay(told, order)
        if (adopted := told.wanted.get("adopted")) and order.view["marketplace_order_id"] != adopted:
            yield f"adopted {adopted}, and the order follows {order.view['marketplace_order_id']}"
        if name == "reschedule" and order.view["pending_act"] is None and not _asked_late(order):
            yield from self._waited_for(told.wanted["date"], order, alone=alone)

    def _stayed_cancelled(self, told: Told, order: Read) -> Iterator[str]:
        if order.view["state"] != "cancelled":
            yield f"was told that it is cancelled, and it is {order.view['state']}"
        replaced = any(other.id != order.id and other.view["marketplace_order_id"] for other in self.orders)
        if len(self.sold) > told.sold and not replaced:
            yield "was told that it is cancelled, and it was bought after that"

    def _cancelled_there(self, order: Read) -> Iterator[str]:
        """What was bought is over, or somebody was asked what to do about the rest."""
        asked = any(question["kind"] == "cancelling" for question in order.view["questions"])
        if order.view["state"] != "cancelled" and not asked:
            yield f"was told that what it bought is cancelled, and it is {order.view['state']}"

    def _was_decided(self, order: Read, name: str) -> Iterator[str]:
        """
        Waiting for an outcome has an end: carried out, or a question because it was bought. An order that was given its
        date after all is bought on it, which is looked at elsewhere.
        """
        view = order.view
        if view["pending_act"] is not None and not (view["unknown_submit"] and order.open_questions):
            yield "was told that it waits for what was under way, and that was never decided"
        if view["marketplace_order_id"] and not _asked_late(order) and name != "reschedule":
            yield "was told that it waits for what was under way; it was bought, and nobody is asked about that"

    def _questions_stay(self, told: Told, order: Read) -> Iterator[str]:
        """What was answered stays answered, and is not asked again."""
        by_id = {question["id"]: question for question in order.view["questions"]}
        for question_id in (*told.wanted.get("answers", ()), *filter(None, [told.wanted.get("approved")])):
            question = by_id[question_id]
            if not question["answered_at"]:
                yield f"answered {question['key']}, and the answer is not there"
            if any(again["key"] == question["key"] for again in order.open_questions):
                yield f"answered {question['key']}, and is asked it again"
            if question["kind"] == "provisioning":
                yield from self._used(question["key"].rpartition(":")[2], told.wanted["answers"][question_id])

    def _used(self, field: str, value: str) -> Iterator[str]:
        for order in self.sold:
            if order.details.get(field) != [value]:
                yield f"answered {field} with {value}, and it was bought with {order.details.get(field)}"

    def _waited_for(self, date: datetime, order: Read, *, alone: bool) -> Iterator[str]:
        requested = order.view["requested_at"]
        moved = requested is None or datetime.fromisoformat(requested) != date
        if moved and alone:
            yield f"moved the date to {date}, and it is {requested}"
        early = [one for one in self.sold if one.id == order.view["marketplace_order_id"] and one.created < date]
        if early and not moved:
            yield f"moved the date to {date}, and it was bought at {early[0].created}"

    def _heard(self, told: Told) -> Iterator[str]:
        """The sentences of the list of events."""
        living = {one.view["marketplace_order_id"] for one in self.orders if one.view["state"] != "cancelled"}
        if told.sentence.startswith("cancelled") and any(one.id not in living for one in self.sold):
            yield f"'{told.sentence}', and it was bought"
        if "asked about" in told.sentence and not any(
            question["kind"] in {"revision", "revoked", "reorder"}
            for order in self.orders
            for question in order.view["questions"]
        ):
            yield f"'{told.sentence}', and there is no such question"
        if told.sentence.startswith("made 1 order") and len(self.orders) < 2:
            yield f"'{told.sentence}', and there is no new order"
        if told.sentence.startswith("left") and len(self.orders) == 1:
            yield from self._was_decided(self.orders[0], "revocation")

    def _views(self) -> Iterator[str]:
        """What the order's page says at the end, against the marketplace."""
        sold = {one.id for one in self.sold}
        for order in self.orders:
            view, bought = order.view, order.view["marketplace_order_id"]
            if view["state"] == "cancelled" and bought:
                if not any(one.over for one in self.sold if one.id == bought):
                    yield f"{view['ref']} is cancelled, and its order {bought} is live"
            elif (view["state"] in {"done", "partly_done"}) != (bought in sold) and view["state"] in _ENDED:
                yield f"{view['ref']} is {view['state']}, and its order {bought} is not what the marketplace has"
            if view["state"] == "asking" and not order.open_questions:
                yield f"{view['ref']} asks, and there is no open question"
            if view["state"] == "cancelled" and order.open_questions:
                yield f"{view['ref']} is cancelled, and questions are open"
            if view["unknown_submit"] != any(one["closing"] is None for one in view["attempts"]):
                yield f"{view['ref']}: unknown_submit is {view['unknown_submit']}, its attempts say otherwise"
        owned = [order.view["marketplace_order_id"] for order in self.orders]
        settled = all(not order.view["unknown_submit"] and not _given_up(order) for order in self.orders)
        if settled and (missing := sold - set(owned)):
            yield f"bought {', '.join(missing)}, and no order of ours knows of it"

    def _now(self, told: Told) -> Read:
        ref = (told.view or {})["ref"]
        return next(order for order in self.orders if order.view["ref"] == ref)


def _asked_late(order: Read) -> bool:
    return any(question["kind"] == "cancelled_late" for question in order.view["questions"])


def _past_unknown(seen: Read) -> bool:
    """Where looking itself was stopped, and a retry is what is asked for, it may be tried again."""
    asked = seen.open_questions
    return bool(seen.view["unknown_submit"]) and not (asked and all("retry" in one["acts"] for one in asked))


def _brief(told: Sequence[Told]) -> str:
    return told[-1].brief if told else ""


def _ended(order: Read) -> str:
    asked = sorted({question["kind"] for question in order.open_questions})
    waits = " with an act that waits" if order.view["pending_act"] else ""
    return f"{order.view['state']}{' about ' + ', '.join(asked) if asked else ''}{waits}"


def _given_up(order: Read) -> bool:
    """A person has closed an attempt without knowing what became of it."""
    return any(one["closing"] in {"cancelled", "resent"} for one in order.view["attempts"])
