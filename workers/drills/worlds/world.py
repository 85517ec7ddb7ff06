"""One world: its plan is carried out step by step, and after each one the rules must hold."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import LiteralString
from uuid import UUID

from pipeline.domain.stage import Stage
from pipeline.marketplaces.simulated import Simulated
from workers.celery_app import EVENTS, NOTIFY
from workers.drills.worlds import trouble
from workers.drills.worlds.counted import at_the_end
from workers.drills.worlds.door import Door
from workers.drills.worlds.inbox import Inbox
from workers.drills.worlds.markets.opening import opened
from workers.drills.worlds.markets.stall import PURCHASE
from workers.drills.worlds.people import Person
from workers.drills.worlds.plan import Plan, Step, What
from workers.drills.worlds.premises import Premises
from workers.drills.worlds.processes import Gone, Process
from workers.drills.worlds.tally import Played

# One that somebody has taken and let go of by dying is due when its time is over.
_ORDERS = "SELECT greatest(due_at, taken_until) AS due_at FROM orders WHERE due_at IS NOT NULL"
_NOT_ASKING = """
AND NOT EXISTS (SELECT FROM questions WHERE order_id = orders.id AND answered_at IS NULL AND withdrawn_at IS NULL)
"""
_ALL_ELSE = "UNION ALL SELECT due_at FROM events UNION ALL SELECT due_at FROM notices"
_NEXT: LiteralString = f"SELECT min(due_at) FROM ({_ORDERS} {_ALL_ELSE}) everything"  # noqa: S608 - words of ours
# What asks a person is looked at again and again, for as long as somebody else waits for a date of next year.
_NEXT_OF_THE_RESTLESS: LiteralString = f"SELECT min(due_at) FROM ({_ORDERS} {_NOT_ASKING} {_ALL_ELSE}) everything"  # noqa: S608 - words of ours
_WAITS = (1, 5, 31, 61, 95, 200, 1000, 90000)
_LANES = (8, 8, 8, 2, 0)
# So many rounds bring any world to rest in which nothing goes wrong any more.
_ROUNDS = 250
_SQUEEZE = timedelta(milliseconds=1)


@dataclass(slots=True)
class Sent:
    """A message on the wire: for a row, in a queue."""

    queue: str
    row: UUID
    label: str


def play(plan: Plan, premises: Premises) -> Played:
    """Plays the plan to its end, or to the first step after which a rule does not hold."""
    premises.clean()
    premises.clock.begin(plan.start)
    premises.watcher.begin()
    random.seed(plan.seed)
    return World(plan, premises).play()


class World:
    """The state of one world. `_at` is the next step; a step within which a process stands still takes from it too."""

    def __init__(self, plan: Plan, premises: Premises) -> None:
        self._plan = plan
        self._clock = premises.clock
        self._watcher = premises.watcher
        self._processes = premises.processes
        self._connection = premises.connection
        self._markets = opened(plan, self._clock)
        self._door = Door(premises.connection, self._clock, self._markets, plan.messages)
        self._inbox = Inbox(plan.messages)
        self._wire: list[Sent] = []
        self._names: dict[UUID, str] = {}
        self._busy: list[Process] = []
        self._at = 0
        self._played = Played()
        self._tally = self._played.tally
        for process in self._processes:
            self._start(process)

    def _start(self, process: Process) -> None:
        process.begin(self._plan, partial(self._door.call, process.number), self._publish, self._watcher.name)
        process.stands_still = self._pause

    def play(self) -> Played:
        while self._at < len(self._plan.steps) and not self._played.wrong:
            self._step()
        if not self._played.wrong:
            self._come_to_rest()
        self._count()
        return self._played

    def _count(self) -> None:
        tally, writes, orders = self._tally, self._door.writes, self._watcher.rows.orders
        tally.worlds, tally.orders, tally.lost = 1, len(orders), self._door.lost
        tally.asking = sum(order.state == "asking" for order in orders)
        tally.purchases, tally.baskets = writes[PURCHASE], writes["fill_basket"]
        tally.units, tally.cancelled = writes["allocate_unit"], writes["cancel_purchase"]
        tally.elsewhere = sum(one.marketplace is not Simulated.PAX8 for one in self._markets.purchases)

    def _step(self) -> None:
        step = self._plan.steps[self._at]
        self._at += 1
        self._carry_out(step)

    def _carry_out(self, step: Step) -> None:
        """One step, told and looked at."""
        self._tally.steps += 1
        place = len(self._played.trace)
        self._played.trace.append("")
        self._clock.advance(_SQUEEZE)
        depth = "  " * len(self._busy)
        told, changes = self._do(step)
        at = f"{self._clock.now():%m-%d %H:%M:%S.%f}"[:-3]
        self._played.trace[place] = f"{at} {depth}{step.what}: {told}"
        if changes:
            self._look()

    def _look(self) -> None:
        wrong = [*self._door.wrong, *self._watcher.look(self._markets)]
        if wrong and not self._played.wrong:
            self._played.wrong = list(dict.fromkeys(wrong))

    def _do(self, step: Step) -> tuple[str, bool]:
        """What was done, and whether rows may have changed by it."""
        match step.what:
            case What.WAIT:
                seconds = _WAITS[step.pick % len(_WAITS)]
                self._clock.advance(seconds)
                return f"{seconds} s pass", False
            case What.LOSE:
                return self._lose(step), False
            case What.FAULT:
                return trouble.switch_on(self._markets, step), False
            case What.CALM:
                self._markets.calm()
                return "all is well", False
            case What.LAG:
                return trouble.lag(self._markets, step), False
            case What.REPRICE:
                return trouble.reprice(self._markets, step), False
            case What.THERE:
                return trouble.there(self._markets, step), False
            case What.STRANGER:
                return trouble.stranger(self._markets, self._watcher.rows, self._plan.messages, step), False
            case _:
                return self._with_process(step), True

    def _with_process(self, step: Step) -> str:
        free = [process for process in self._processes if process not in self._busy]
        if not free:
            return "nobody is free"
        process = free[step.amount % len(free)]
        process.suffers(step)
        process.lane.stages = _LANES[step.pick % len(_LANES)]
        self._busy.append(process)
        try:
            told = self._work(process, step)
            self._check_answers(process)
        except Gone:
            self._tally.deaths += 1
            told = f"it dies {process.struck}"
            self._start(process)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it must not come out here
            self._door.wrong.append(f"{type(fault).__name__} came out of a process")
            told = repr(fault)
        finally:
            self._busy.remove(process)
            self._door.answered[process.number].clear()
            process.suffers(None)
        return f"process {process.number}: {told}"

    def _check_answers(self, process: Process) -> None:
        """An answer that a living process got is on record, whatever the order has become meanwhile."""
        query = "SELECT answered IS NULL AND closing IS NULL FROM claims WHERE id = %s"
        for attempt in self._door.answered[process.number]:
            missing = self._connection.execute(query, (attempt,)).fetchone()
            if missing is not None and missing[0]:
                self._door.wrong.append("an answer that came was not recorded")

    def _work(self, process: Process, step: Step) -> str:
        match step.what:
            case What.EVENT:
                return self._inbox.deliver(process.application, step)
            case What.REPLAY:
                return self._inbox.replay(process.application, step)
            case What.TICK:
                return self._tick(process)
            case What.NEXT:
                self._go_to_next()
                return self._tick(process)
            case What.WORK:
                return self._take_message(process, step)
            case What.ACT:
                return self._act(process, step)
            case What.ESCALATE:
                return f"{process.application.look_after()} questions handed on"
            case _:
                raise AssertionError(step.what)

    def _pause(self, step: Step) -> None:
        """The process stands still; what comes next in the plan happens meanwhile."""
        self._tally.pauses += 1
        self._played.trace.append(f"{'  ' * len(self._busy)}it stands still {self._busy[-1].struck}")
        for _ in range(step.inside):
            if self._at < len(self._plan.steps):
                self._step()

    def _act(self, process: Process, step: Step) -> str:
        self._tally.acts += 1
        name = ("ana", "ben")[step.amount // 11 % 2]
        person = Person(process.application.desk, self._watcher.rows, self._markets, self._clock, name)
        told, wrong = person.act(step)
        if wrong:
            self._door.wrong.append(wrong)
        return told

    def _publish(self, queue: str, row: UUID) -> None:
        self._wire.append(Sent(queue, row, ""))

    def _tick(self, process: Process) -> str:
        """One round of a clock. Rows that are due at one instant come in the order of their names."""
        before = len(self._wire)
        process.clock.tick(-1.0)
        fresh = sorted(self._wire[before:], key=self._name)
        self._wire[before:] = fresh
        return ", ".join(sent.label for sent in fresh) or "nothing is due"

    def _name(self, sent: Sent) -> str:
        sent.label = f"{sent.queue} {self._inbox.name(sent.row) or self._watcher.name(sent.row)}"
        return sent.label

    def _lose(self, step: Step) -> str:
        if step.amount % 2:
            self._wire.clear()
            return "all messages"
        return f"the message {self._wire.pop(step.pick % len(self._wire)).label}" if self._wire else "no message"

    def _take_message(self, process: Process, step: Step) -> str:
        """The oldest message mostly, any other sometimes; some come once more later."""
        if not self._wire:
            return "no message"
        place = step.pick % len(self._wire) if step.amount % 3 == 0 else 0
        sent = self._wire[place] if step.pick % 5 == 0 else self._wire.pop(place)
        return self._run(process, sent)

    def _run(self, process: Process, sent: Sent) -> str:
        label = sent.label or self._name(sent)
        match sent.queue:
            case _ if sent.queue == EVENTS:
                return f"{label}: {process.work.read_event(sent.row)}"
            case _ if sent.queue == NOTIFY and self._watcher.is_notice(sent.row):
                return f"{label}: {process.work.deliver_notice(sent.row)}"
            case stage:
                return f"{label}: {process.work.run_order(sent.row, Stage(stage))}"

    def _go_to_next(self, asked: LiteralString = _NEXT) -> None:
        """On to when something is due, if it is not already."""
        found = self._connection.execute(asked).fetchone()
        if found is not None and found[0] is not None and found[0] > self._clock.now():
            self._clock.advance(found[0] - self._clock.now() + _SQUEEZE)

    def _come_to_rest(self) -> None:
        """Nothing goes wrong any more, all that was sent arrives, and time goes on until nothing is due."""
        self._markets.calm()
        self._wire.clear()
        for number in range(len(self._plan.messages)):
            if not self._inbox.has(number) and not self._played.wrong:
                self._carry_out(Step(What.EVENT, pick=number, amount=1))
        for _ in range(_ROUNDS):
            if self._played.wrong or not self._round():
                break
        self._markets.settle()
        self._watcher.read()
        if not self._played.wrong:
            self._played.wrong = list(at_the_end(self._watcher.rows, self._markets))

    def _round(self) -> bool:
        """False when nothing is due any more, or only what is asked about and looked at again and again."""
        found = self._connection.execute(_NEXT).fetchone()
        if found is None or found[0] is None or self._watcher.all_rest():
            return False
        self._markets.finish()
        self._go_to_next(_NEXT_OF_THE_RESTLESS)
        self._carry_out(Step(What.NEXT))
        while self._wire and not self._played.wrong:
            self._carry_out(Step(What.WORK, pick=1, amount=1))
        return True
