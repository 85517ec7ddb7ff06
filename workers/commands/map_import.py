"""The product map from a CSV file, and into one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.map_row import MapRow
from pipeline.operations import map_csv, mapping
from pipeline.operations.mapping import Import, LineChange, LineOutcome
from workers.commands.exits import Exit, Refusal
from workers.commands.map_acts import sentence
from workers.commands.order_acts import user_name
from workers.commands.output import print_json, print_line
from workers.commands.reach import opened

_NOTHING = "Nothing was written"


def bring_in(file: str, *, dry_run: bool, actor: str | None, as_json: bool) -> Exit:
    """BAD_INPUT where a line is refused: nothing is written then."""
    content = _read(file)
    with opened() as application:
        accounts = application.desk.accounts.keys()
        try:
            made = mapping.import_csv(
                application.database, content, actor=actor or user_name(), marketplaces=accounts, dry_run=dry_run
            )
        except map_csv.BadFile as wrong:
            raise Refusal(str(wrong), Exit.BAD_INPUT) from wrong
    if as_json:
        print_json(made.json())
    else:
        for line in told(made, dry_run=dry_run):
            print_line(line)
    return Exit.BAD_INPUT if made.refused else Exit.OK


def print_csv() -> None:
    with opened() as application:
        text = mapping.export_csv(application.database)
    sys.stdout.write(text)


def told(made: Import, *, dry_run: bool) -> Iterator[str]:
    """A line for each one of the file that changes something or is refused, then the counts."""
    for line in made.lines:
        if line.outcome is not LineOutcome.UNCHANGED:
            yield f"line {line.line}: {line.outcome}. {_what(line)}"
    counts = ", ".join(f"{made.count(outcome)} {outcome}" for outcome in LineOutcome)
    if dry_run:
        yield f"{counts}. {_NOTHING}: this was a dry run."
    else:
        yield f"{counts}." if made.done else f"{counts}. {_NOTHING}: mend the refused lines first."


def _what(line: LineChange) -> str:
    if line.row is None:
        return f"{line.why}."
    if line.before is None:
        return sentence(line.row)
    changes = "; ".join(_differences(line.before, line.row))
    return f"'{line.row.key}' of {line.row.source} from {line.row.valid_from} on: {changes}."


def _differences(before: MapRow, after: MapRow) -> Iterator[str]:
    old, new = before.model_dump(), after.model_dump()
    for name in MapRow.model_fields:
        if old[name] != new[name]:
            yield f"{name} {_shown(old[name])} -> {_shown(new[name])}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={'|'.join(values)}" for name, values in value.items()) or "(none)"
    return str(value) or "(none)"


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read(map_csv.MOST_BYTES + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.", Exit.NOT_FOUND) from error
