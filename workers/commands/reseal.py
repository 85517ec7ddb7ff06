"""`quoteway db reseal`: the step of a rotation after which an old encryption key is not needed any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.store.cipher import Cipher
from pipeline.store.database import Database, make_engine
from pipeline.store.resealing import Batch, reseal
from workers.commands.exits import Exit
from workers.commands.output import print_json, print_line
from workers.commands.reach import data_folder, settings_here
from workers.configured import encryption_keys
from workers.settings import SettingsError, variable

_PASSES = 5
_BETWEEN = 1.0
_SHOWN = 5
_TOLD_EVERY = 100  # batches


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, in values. `older` were sealed with another key than the first at the last look."""

    values: int = 0
    resealed: int = 0
    older: int = 0
    unreadable: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        return not self.older and not self.unreadable

    def sentence(self) -> str:
        """What it means for the older keys."""
        keys = variable("encryption_keys")
        if self.unreadable:
            some = ", ".join(self.unreadable[:_SHOWN]) + (", ..." if len(self.unreadable) > _SHOWN else "")
            return (
                f"None of the keys opens {some} ({len(self.unreadable)} in all): add the key that sealed them to the "
                f"end of {keys}, and run this again."
            )
        if self.older:
            return (
                f"Something was sealed with an older key while this ran ({self.older} in all): restart every process "
                f"with the new key in front of {keys}, then run this again. Keep the older keys until then."
            )
        return f"The first key opens all that is stored ({self.values} in all): the others can be removed from {keys}."


def run(*, as_json: bool) -> Exit:
    """OK when the older keys can go. NOT_SO, with the reason, when they must stay."""
    settings = settings_here()
    if settings.database_url is None:
        raise SettingsError(f"{variable('database_url')} is missing: it names the database to seal anew.")
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1)
    database = Database(engine, Cipher(encryption_keys(settings, data_folder(settings=settings))))
    with closing(database):
        done = reseal_all(database, _silent if as_json else print_line)
    if as_json:
        told = {"values": done.values, "resealed": done.resealed, "older": done.older, "unreadable": [*done.unreadable]}
        print_json({**told, "older_keys_needed": not done.finished})
    else:
        print_line(done.sentence())
    return Exit.OK if done.finished else Exit.NOT_SO


def reseal_all(
    database: Database, tell: Callable[[str], None], wait: Callable[[float], None] = time.sleep, passes: int = _PASSES
) -> Done:
    """Passes over all tables until one finds nothing that is older: that one is the proof."""
    done = Done()
    for number in range(passes):
        if number > 1:
            wait(_BETWEEN)  # somebody held rows, or still seals with an older key
        one = _one_pass(reseal(database), tell if number == 0 else _silent)
        done = replace(one, resealed=done.resealed + one.resealed)
        if not one.older:
            break
    return done


def _one_pass(batches: Iterable[Batch], tell: Callable[[str], None]) -> Done:
    done = Done()
    for table, some in groupby(batches, lambda batch: batch.table):
        of_table = Done()
        for number, batch in enumerate(some, start=1):
            of_table = _sum(of_table, batch)
            if number % _TOLD_EVERY == 0:
                tell(f"{table}: {of_table.resealed} of {of_table.values} sealed anew so far")
        tell(f"{table}: {of_table.resealed} of {of_table.values} sealed anew")
        done = _sum(done, of_table)
    return done


def _sum(done: Done, more: Done | Batch) -> Done:
    return Done(
        done.values + more.values,
        done.resealed + more.resealed,
        done.older + more.older,
        (*done.unreadable, *more.unreadable),
    )


def _silent(_line: str) -> None:
    """Nobody is told: JSON stands alone, and what a later pass looks at again is not told again."""
