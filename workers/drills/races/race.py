"""One race: a scene, two who act in it, and the order in which they are let."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.domain.stage import Stage
from workers.drills.races.actors import Actor, Hold, Rest
from workers.drills.races.acts import Kind, Told, act
from workers.drills.races.scenes import Scene, Setup
from workers.drills.races.world import Read, World
from workers.drills.seams import Kind as SeamKind
from workers.drills.seams import Side

WORKER = "worker"
# Once a worker has taken the order, it holds no lock and has called nobody: what comes now it has not seen.
TAKEN = Hold(SeamKind.COMMIT, Side.AFTER, "pipeline.runner:Runner._take")


@dataclass(frozen=True, slots=True)
class Order:
    """
    In which order they are let. The first one stands still at `hold` until the second has finished or waits for it;
    without a hold it finishes first. With `crossed` the second one stands still there, until the first one has finished
    or waits for the second.
    """

    hold: Hold | None = None
    crossed: Hold | None = None

    def __str__(self) -> str:
        if self.hold is None:
            return "one after the other"
        return f"held {self.hold}" + (f", the other {self.crossed}" if self.crossed else "")


@dataclass(frozen=True, slots=True)
class Case:
    """`first` and `second`: an act, or None for a worker's step. `named` are who does them."""

    setup: Setup
    first: Kind | None
    second: Kind | None
    order: Order

    @property
    def pair(self) -> tuple[str, str]:
        return _name(self.first), _name(self.second)

    def __str__(self) -> str:
        return f"{self.setup.name}: {' and then '.join(self.pair)}, {self.order}"


@dataclass(slots=True)
class Outcome:
    """
    What came of a race. `told` is by actor, in the order of the case. `waited`: the second one had to wait for a lock
    of the first one's, or the other way round. `version` is the order's when the second one began.
    `answer_lost`: the marketplace has answered a worker, and that is not on record.
    """

    case: Case
    scene: Scene
    told: list[list[Told]] = field(default_factory=lambda: [[], []])
    trails: list[Sequence[Hold]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    waited: bool = False
    came_to_rest: bool = True
    version: int = 0
    answer_lost: bool = False


def run(world: World, case: Case) -> Outcome:
    """Sets the scene, lets both act, and then runs the orders until only a person can go on."""
    scene = _set(world, case.setup)
    outcome = Outcome(case, scene)
    stage = Stage(world.row(scene.order_id).stage)
    _prepared(case, scene)
    seen = [world.read(scene.order_id)] * 2
    actors: list[Actor] = []
    for index, (kind, name) in enumerate(zip((case.first, case.second), _names(case), strict=True)):
        doing = _Doing(kind, scene, stage, seen, outcome.told[index], index, actors)
        actors.append(Actor(name, doing))
    try:
        _race(world, case, scene, actors, seen, outcome)
    finally:
        world.theatre.clear()
        world.shops.calm()
    outcome.trails = [actor.trail for actor in actors]
    outcome.faults = [f"{actor.name}: {type(actor.fault).__name__}: {actor.fault}" for actor in actors if actor.fault]
    outcome.answer_lost = _unanswered(world, outcome)
    outcome.came_to_rest = world.run_out(scene.quote_id)
    return outcome


def solo(world: World, setup: Setup, kind: Kind | None) -> Outcome:
    """The same with nobody else there."""
    scene = _set(world, setup)
    case = Case(setup, kind, None, Order())
    outcome = Outcome(case, scene)
    stage = Stage(world.row(scene.order_id).stage)
    _prepared(case, scene)
    actor = Actor("Ann", _Doing(kind, scene, stage, [world.read(scene.order_id)], outcome.told[0], 0, []))
    try:
        world.theatre.enter(actor)
        world.theatre.finish(actor)
    finally:
        world.theatre.clear()
        world.shops.calm()
    outcome.trails = [actor.trail]
    outcome.faults = [f"{actor.name}: {actor.fault!r}"] if actor.fault else []
    outcome.came_to_rest = world.run_out(scene.quote_id)
    return outcome


def _set(world: World, setup: Setup) -> Scene:
    """The scene, and a moment later: nobody acts at the very instant at which the order came there."""
    scene = setup.make(world)
    world.clock.advance(1.0)
    return scene


def _unanswered(world: World, outcome: Outcome) -> bool:
    """Whether a worker has sent and been answered, and what it sent is as if nothing were known of it."""
    sent = Hold(SeamKind.CALL, Side.AFTER, "pipeline.runner:Runner._write", "send")
    if not any(sent in trail for trail in outcome.trails) or outcome.faults:
        return False
    view = world.read(outcome.scene.order_id).view
    return any(one["class"] == "open" for one in (*view["attempts"], *view["writes"]))


def _race(world: World, case: Case, scene: Scene, actors: Sequence[Actor], seen: list[Read], outcome: Outcome) -> None:
    first, second = actors
    theatre, needs = world.theatre, _meanwhile(case)
    hold = case.order.hold
    first.hold = TAKEN if needs and case.first is None and hold is not None else hold
    rest = theatre.enter(first)
    if needs and (case.first is None):
        needs(scene)
        seen[1] = world.read(scene.order_id)
        if rest is Rest.HELD and hold != TAKEN:
            rest = theatre.resume(first, hold)
    second.hold = case.order.crossed
    outcome.version = world.row(scene.order_id).version
    blocked = theatre.enter(second) is Rest.BLOCKED
    if case.order.crossed is not None and second.rest is Rest.HELD and first.rest is Rest.HELD:
        blocked = theatre.resume(first) is Rest.BLOCKED
        theatre.finish(second)
        theatre.finish(first)
    else:
        theatre.finish(first)
        theatre.finish(second)
    outcome.waited = blocked


def _prepared(case: Case, scene: Scene) -> None:
    """Between persons, what an act needs is there before; a worker must have begun before it comes."""
    if case.setup.machine:
        return
    for kind in {case.first, case.second}:
        asked = scene.world.read(scene.order_id).open_questions
        if kind is not None and kind.meanwhile is not None and not any("answer" in one["acts"] for one in asked):
            kind.meanwhile(scene)


def _meanwhile(case: Case) -> Callable[[Scene], object] | None:
    return case.second.meanwhile if case.setup.machine and case.second is not None else None


@dataclass(frozen=True, slots=True)
class _Doing:
    """What an actor does. It takes what it has `seen` when it begins."""

    kind: Kind | None
    scene: Scene
    stage: Stage
    seen: Sequence[Read]
    told: list[Told]
    index: int
    actors: Sequence[Actor]

    def __call__(self) -> None:
        if self.kind is None:
            self.scene.world.runner.run(self.scene.order_id, self.stage, lambda _stage: False)
        else:
            actor = ("Ann", "Bob")[self.index]
            self.told.extend(act(self.kind, self.scene, self.seen[self.index], actor, self._calm))

    def _calm(self) -> None:
        for other in self.actors:
            if other is not self.actors[self.index] and other.rest is None:
                other.wait()


def _names(case: Case) -> Sequence[str]:
    return [WORKER if kind is None else who for kind, who in ((case.first, "Ann"), (case.second, "Bob"))]


def _name(kind: Kind | None) -> str:
    return WORKER if kind is None else kind.name
