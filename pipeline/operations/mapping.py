"""Changing the product map: a row at a time, from a file, or by an answer that is remembered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, select

from pipeline.domain.errors import BadAnswer
from pipeline.domain.map_row import MapRow, faults
from pipeline.domain.product_map import accepted_on, look_up
from pipeline.domain.question import Question, QuestionKind
from pipeline.operations import map_csv
from pipeline.store import orders, product_map, quotes
from pipeline.store.database import Database
from pipeline.store.product_map import Kept, Put
from pipeline.store.tables import REVISIONS


class LineOutcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a file's line does. `row` is what it says, `before` what was there; `why` is said of a refused one."""

    line: int
    outcome: LineOutcome
    row: MapRow | None = None
    before: MapRow | None = None
    why: str = ""

    def json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "outcome": self.outcome.value,
            "row": row_json(self.row) if self.row else None,
            "before": row_json(self.before) if self.before else None,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Import:
    """All lines of a file, in its order. `done`: the map is as the file says."""

    lines: Sequence[LineChange]
    done: bool

    def count(self, outcome: LineOutcome) -> int:
        return sum(line.outcome is outcome for line in self.lines)

    @property
    def refused(self) -> Sequence[LineChange]:
        return [line for line in self.lines if line.outcome is LineOutcome.REFUSED]

    def json(self) -> dict[str, Any]:
        """Without the lines that change nothing, which are only counted."""
        told = [line.json() for line in self.lines if line.outcome is not LineOutcome.UNCHANGED]
        return {"done": self.done, **{each.value: self.count(each) for each in LineOutcome}, "lines": told}


def import_csv(
    database: Database, content: bytes, *, actor: str, marketplaces: Collection[str] = (), dry_run: bool = False
) -> Import:
    """
    Puts every row of the file, or none where a line is refused; rows that the file does not name stay. A repeat changes
    nothing. `marketplaces` as in `put`. Raises map_csv.BadFile.
    """
    lines = [_known(line, marketplaces) for line in map_csv.read(content)]
    rows = [line.row for line in lines if line.row is not None]
    whole = len(rows) == len(lines)
    write = product_map.put_all if whole and not dry_run else product_map.would_put
    with database.transaction() as connection:
        done = {one.kept.row.identity: one for one in write(connection, database, rows, actor=actor)}
    told = [_change(line, done[line.row.identity] if line.row else None) for line in lines]
    return Import(told, done=whole and not dry_run)


def put(database: Database, row: MapRow, *, actor: str, marketplaces: Collection[str] = ()) -> Put:
    """
    Adds the row, or changes the one of the same identity. `marketplaces` are those that have an account; none: any
    will do. Raises BadAnswer.
    """
    if why := _elsewhere(row, marketplaces):
        raise BadAnswer(f"The row cannot be kept: {why}.")
    with database.transaction() as connection:
        return product_map.put(connection, database, row, actor=actor)


def export_csv(database: Database) -> str:
    """The whole map, as `import_csv` takes it."""
    with database.transaction() as connection:
        return map_csv.write(product_map.everything(connection, database))


def kept_json(kept: Kept, *, whole: bool = True) -> dict[str, Any]:
    """A row as the operator API gives it. `whole` False: without its provisioning, which may be personal."""
    told = {"id": str(kept.id), **row_json(kept.row)}
    told |= {"changed_by": kept.changed_by, "changed_at": kept.changed_at.isoformat()}
    return told if whole else {**told, "provisioning": None}


def row_json(row: MapRow) -> dict[str, Any]:
    return row.model_dump(mode="json")


def can_be_remembered(question: Question) -> bool:
    return question.kind is QuestionKind.PRODUCT and question.line is not None


def remember(
    connection: Connection, database: Database, order: orders.Row, question: Question, product_id: str, *, actor: str
) -> str:
    """
    Maps what the tool calls the question's product to the answer, from the day of the acceptance on; gives a sentence.

    In the transaction that keeps the answer. Raises BadAnswer where there is no key to remember it by, or where the map
    would still not name this product alone.
    """
    quote = quotes.snapshot(connection, database, order.revision_pk)
    line = next((line for line in quote.lines if line.id == question.line), None)
    source = _source(connection, order.revision_pk)
    if line is None or not line.source_key or not source:
        raise BadAnswer(
            f"The answer to '{question.key}' cannot be remembered: the product map takes no part in what this quote's "
            "source sends. Answer without remembering."
        )
    on = accepted_on(quote.accepted_at) or order.now.date()
    new = _row(line.source_key, source, on, order.marketplace, product_id)
    product_map.put(connection, database, _terms_kept(connection, database, new, actor), actor=actor)
    rows = product_map.rows_for(connection, database, [source, quote.key.system], [line.source_key])
    if look_up(rows, [line.source_key], on).row is None:
        raise BadAnswer(
            f"'{line.source_key}' is mapped to several products from {on} on: remove the others from the product map "
            "first, or answer without remembering."
        )
    return f"It is remembered for '{line.source_key}' of {source} from {on} on."


def _row(key: str, source: str, on: date, marketplace: str, product_id: str) -> MapRow:
    try:
        return MapRow(source=source, key=key, valid_from=on, marketplace=marketplace, product_id=product_id)
    except ValidationError as wrong:
        raise BadAnswer(f"The answer cannot be remembered: {'; '.join(faults(wrong))}.") from None


def _terms_kept(connection: Connection, database: Database, new: MapRow, actor: str) -> MapRow:
    """Only the product changes where the map has such a row."""
    [would] = product_map.would_put(connection, database, [new], actor=actor)
    return new if would.before is None else would.before.model_copy(update={"product_id": new.product_id})


def _source(connection: Connection, revision_pk: UUID) -> str:
    """The connection that the acceptance came over."""
    named = select(REVISIONS.c.connection).where(REVISIONS.c.id == revision_pk)
    return str(connection.execute(named).scalar_one())


def _elsewhere(row: MapRow, marketplaces: Collection[str]) -> str:
    """Why nothing could be ordered by the row; empty where something could."""
    if not marketplaces or row.marketplace in marketplaces:
        return ""
    return f"marketplace: {row.marketplace} has no account here; there is {', '.join(sorted(marketplaces))}"


def _known(line: map_csv.FileLine, marketplaces: Collection[str]) -> map_csv.FileLine:
    why = _elsewhere(line.row, marketplaces) if line.row else ""
    return map_csv.FileLine(line.number, None, why) if why else line


def _change(line: map_csv.FileLine, put: Put | None) -> LineChange:
    if put is None:
        return LineChange(line.number, LineOutcome.REFUSED, why=line.why)
    return LineChange(line.number, LineOutcome(put.outcome.value), line.row, put.before)
