"""
Ten thousand worlds, played by two processes with a database of virtual time each.

Each seed is a world of its own: to play one again, and see each of its steps, give its number as the drill's seed with
`one_world`.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from workers import logs
from workers.drills.report import Figure, Report, Setting, all_of, none_of
from workers.drills.virtual import virtual_database
from workers.drills.worlds.plan import Plan, plan
from workers.drills.worlds.premises import Premises
from workers.drills.worlds.shrink import shrunk
from workers.drills.worlds.tally import Played, Tally
from workers.drills.worlds.world import play
from workers.embedded import EmbeddedPostgres, claim

_PROCESSES = 2
# Of so many failing worlds of each process the shortest plan is looked for; the others are only named.
_SHRUNK = 2
_SPACE = 1_000_000


def drill(setting: Setting) -> Report:
    """Plays as many worlds as the form says, and gives the seeds of those in which a rule was broken."""
    count = setting.choose(full=10_000, short=300)
    seeds = [setting.seed * _SPACE + number for number in range(count)]
    with _postgres(setting.folder) as postgres:
        urls = [virtual_database(postgres, f"worlds_{number}") for number in range(_PROCESSES)]
        tally, failures = _all(setting, urls, seeds)
    return _report(tally, failures, count)


def one_world(seed: int, folder: Path) -> Played:
    """Plays the world of this seed once more. Its trace tells every step, up to the one that broke a rule."""
    with _postgres(folder) as postgres, _premises(virtual_database(postgres, "world")) as premises:
        return play(plan(seed), premises)


@contextmanager
def _postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    with claim(folder / "data") as data, EmbeddedPostgres(data, durable=False) as postgres:
        yield postgres


@contextmanager
def _premises(url: str) -> Iterator[Premises]:
    premises = Premises(url)
    try:
        yield premises
    finally:
        premises.close()


Failure = tuple[int, list[str]]


def _all(setting: Setting, urls: Sequence[str], seeds: Sequence[int]) -> tuple[Tally, list[Failure]]:
    """Every process plays its share and tells of it as it goes."""
    context = multiprocessing.get_context("spawn")
    playing: dict[Connection, BaseProcess] = {}
    for number, url in enumerate(urls):
        ours, theirs = context.Pipe(duplex=False)
        share = list(seeds[number :: len(urls)])
        process = context.Process(target=_play_share, args=(url, share, theirs), daemon=True)
        process.start()
        theirs.close()
        playing[ours] = process
    tally, failures = Tally(), []
    while playing:
        for pipe in wait(list(playing)):
            assert isinstance(pipe, Connection)  # noqa: S101 - only pipes were waited for
            try:
                part, failed = pipe.recv()
            except EOFError:
                playing.pop(pipe).join()
                continue
            told = tally.worlds // 500
            tally.add(part)
            failures += failed
            if tally.worlds // 500 > told:
                broken = f": seeds {', '.join(str(seed) for seed, _ in failures[:10])}" if failures else ""
                rules = f"{len(failures)} in which a rule was broken{broken}"
                setting.tell(f"{tally.worlds:,} of {len(seeds):,} worlds, {rules}")
    return tally, sorted(failures)


def _play_share(url: str, seeds: Sequence[int], pipe: Connection) -> None:
    logs.silence()
    shrinks = _SHRUNK
    with _premises(url) as premises:
        # What was loaded stays: it need not be looked through again and again.
        gc.freeze()
        for seed in seeds:
            played = play(plan(seed), premises)
            failed: list[Failure] = []
            if played.wrong:
                failed.append((seed, _evidence(seed, premises, played, shrink=shrinks > 0)))
                shrinks -= 1
            pipe.send((played.tally, failed))
    pipe.close()


def _evidence(seed: int, premises: Premises, played: Played, *, shrink: bool) -> list[str]:
    """What is wrong in the world, and where it was looked for the fewest steps that lead to it."""
    told = [f"seed {seed}: {'; '.join(played.wrong)}"]
    if not shrink:
        return told
    wanted = set(played.wrong)

    def fails(candidate: Plan) -> bool:
        return bool(wanted & set(play(candidate, premises).wrong))

    short = shrunk(plan(seed), fails)
    again = play(short, premises)
    told.append(f"seed {seed}: {len(short.steps)} of {len(plan(seed).steps)} steps are enough: {_setup(short)}")
    return [*told, *(f"seed {seed}:   {line}" for line in again.trace)]


def _setup(short: Plan) -> str:
    apart = [int(each.total_seconds()) for each in short.apart]
    setup = {"marketplaces": short.markets, "resend_when_absent": short.resend, "create_companies": short.create}
    stock = {"older equal orders": short.elders, "devices in stock": short.stock, "allocate": short.allocate}
    return json.dumps({**setup, "clocks apart": apart, **stock})


def _report(tally: Tally, failures: Sequence[Failure], count: int) -> Report:
    seeds = [seed for seed, _ in failures]
    broken = ", ".join(f"seed {seed}" for seed in seeds[:10])
    figures = (
        all_of("worlds played to their end", tally.worlds, count),
        none_of("worlds in which a rule was broken", len(failures), broken),
        Figure("steps after which all rules were looked at", tally.steps, least=count),
        Figure("orders", tally.orders, least=count // 2),
        Figure("purchases sent", tally.purchases, least=count // 2),
        Figure("purchases at other marketplaces than Pax8", tally.elsewhere, least=count // 10),
        Figure("baskets filled", tally.baskets, least=count // 20),
        Figure("devices handed out one by one", tally.units, least=count // 20),
        Figure("cancellations of what was bought", tally.cancelled, least=count // 100),
        Figure("purchases whose answer was lost or told nothing", tally.lost, least=count // 50),
        Figure("processes that died at a seam", tally.deaths, least=count // 50),
        Figure("processes that stood still at a seam", tally.pauses, least=count // 50),
        Figure("acts of people", tally.acts, least=count // 10),
        Figure("orders that asked a person in the end", tally.asking),
    )
    evidence = tuple(line for _, lines in failures for line in lines)
    return Report(figures, evidence, {"failing_seeds": seeds, "tally": asdict(tally)})
