"""
The canary drill: 50 planted values pass the whole way, are found nowhere in the clear, and every one once opened.

Meanwhile the encryption keys rotate under load, until the old one is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.drills.canary import load, valkey
from workers.drills.canary.findings import Found, Sealed, blind_forms, look, unsealed
from workers.drills.canary.forms import search
from workers.drills.canary.journey import Journey, travel
from workers.drills.canary.looking import places
from workers.drills.canary.plants import Plant
from workers.drills.canary.quotes import planted
from workers.drills.canary.rotating import Rotated, rotate
from workers.drills.canary.stage import Stage, staged
from workers.drills.report import Figure, Form, Report, Setting, all_of, none_of

PLANTED = 50
_LAID = "canary-that-may-be-heard"


@dataclass(frozen=True, slots=True)
class _Outcome:
    journey: Journey
    rotated: Rotated
    sealed: Sealed
    plants: Sequence[Plant]
    secrets: Sequence[Plant]
    found: Sequence[Found]


def drill(setting: Setting) -> Report:
    """The full form restarts one process after the other; the short one all of a kind at once."""
    with staged(setting) as stage:
        with valkey.watched(stage.servers.valkey) as seen:
            stage.fleet.start(workers=setting.choose(full=2, short=1))
            setting.tell("values are planted")
            journey = travel(stage.house, stage.world, stage.mint, planted(stage.mint, stage.house))
            rotated = rotate(stage, one_by_one=setting.form is Form.FULL, most=setting.choose(full=20, short=4))
            valkey.say(stage.servers.valkey, _LAID)
        setting.tell("everything is looked through")
        outcome = _looked(stage, seen, journey, rotated)
        figures = (*_canary(seen, outcome), *_rotation(stage, outcome))
        return Report(figures, tuple(_evidence(stage, outcome)), {"places": _places(outcome)})


def _looked(stage: Stage, seen: valkey.Watched, journey: Journey, rotated: Rotated) -> _Outcome:
    sealed = unsealed(stage, rotated.newest)
    plants = [*stage.mint.made, Plant("access token", sealed.token), Plant("key of digests", sealed.digest_key)]
    secrets = [*stage.secrets.plants(), Plant("old key", rotated.oldest), Plant("new key", rotated.newest)]
    secrets += [Plant("link", each) for each in journey.links]
    found = [look(place, plants, secrets) for place in places(stage, seen, journey, _LAID)]
    return _Outcome(journey, rotated, sealed, plants, secrets, found)


def _canary(seen: valkey.Watched, outcome: _Outcome) -> Iterator[Figure]:
    sealed, found = outcome.sealed, outcome.found
    opened = search(sealed.content, outcome.plants)
    missing = {plant.kind for plant in outcome.plants} - {hit.plant.kind for hit in opened}
    yield all_of("planted values found once opened", len(opened), PLANTED, note=", ".join(sorted(missing)))
    for one in found:
        yield none_of(f"of them in the clear: {one.place.name}", len(one.plants))
    secrets = sum(len(one.secrets) for one in found) + len(search(sealed.content, outcome.secrets))
    yield none_of(f"of {len(outcome.secrets)} secrets of settings found anywhere, or once opened", secrets)
    yield all_of("places where what lies there in the clear was found", sum(one.control for one in found), len(found))
    yield none_of("forms of values that the search is blind to", sum(len(blind_forms(p.value)) for p in outcome.plants))
    yield Figure("refusals looked through", len(outcome.journey.refused.texts), least=20)
    yield none_of("refusals that were none", len(outcome.journey.refused.odd))
    yield Figure("commands to Valkey looked through", seen.commands, least=100)
    yield Figure("looks at all that Valkey held", seen.looks, least=5)
    yield Figure("bytes looked through", sum(len(one.place.content) for one in found) + len(sealed.content), least=1)


def _rotation(stage: Stage, outcome: _Outcome) -> Iterator[Figure]:
    rotated, world = outcome.rotated, stage.world
    bought = load.counted(stage.house, rotated.quotes)
    yield Figure("quotes accepted while keys rotated", len(rotated.quotes), least=10)
    yield Figure("orders and events under way when old rows were sealed anew", rotated.under_way, least=1)
    yield Figure("values sealed anew", int(rotated.told["resealed"]), least=1)
    yield none_of("values that need the old key afterwards", int(rotated.told["older_keys_needed"]))
    yield none_of("rows that the new key alone does not open", int(outcome.sealed.closed))
    yield Figure("processes replaced", stage.fleet.replaced, least=6)
    yield none_of("processes that did not end in peace", stage.fleet.harsh)
    yield none_of("deliveries that were not taken", len(world.troubled), note="; ".join(world.troubled[:3]))
    yield none_of("errors in logs while keys rotated", len(rotated.errors), note="; ".join(rotated.errors[:3]))
    yield none_of("orders lost", len(bought.lost))
    yield none_of("orders bought twice", len(bought.doubled))


def _evidence(stage: Stage, outcome: _Outcome) -> Iterator[str]:
    for one in outcome.found:
        yield from one.evidence()
    for hit in search(outcome.sealed.content, outcome.secrets):
        yield f"once opened: {hit.plant.kind}, {hit.form}"
    there = {hit.plant for hit in search(outcome.sealed.content, outcome.plants)}
    yield from (f"not there once opened: {plant.kind}" for plant in outcome.plants if plant not in there)
    yield from (f"no refusal: {odd}" for odd in outcome.journey.refused.odd)
    yield from (f"not taken: {trouble}" for trouble in stage.world.troubled[:10])
    yield from (f"log: {line[:500]}" for line in outcome.rotated.errors[:20])


def _places(outcome: _Outcome) -> dict[str, int]:
    """How many bytes were looked through in each."""
    return {one.place.name: len(one.place.content) for one in outcome.found}
