"""
Sealing anew what an older key has sealed, so that this key can go.

Works beside everything else that runs. A batch is read and sealed without a lock; then the rows that nobody holds are
locked for a moment, and a value is replaced only if it is still the one that was read. Who moves an order meanwhile
keeps what he wrote: versions and due times stay as they are. It may be cut off at any moment, and repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, RowMapping, Table, Update, bindparam, select, tuple_, update

from pipeline.store.cipher import WrongKeyError
from pipeline.store.columns import is_sealed
from pipeline.store.database import Database
from pipeline.store.tables import METADATA

_AT_ONCE = 100
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Some rows of a table, in values. `older` were sealed with another one of the keys than the first; `resealed` of them
    no longer are, the rest was held or changed by somebody. `unreadable` names those that no key opens.
    """

    table: str
    values: int
    older: int = 0
    resealed: int = 0
    unreadable: tuple[str, ...] = ()


def sealed_columns() -> Mapping[Table, Sequence[Column[Any]]]:
    """Every sealed column by its table, as the tables themselves say."""
    found = {table: [column for column in table.columns if is_sealed(column)] for table in METADATA.sorted_tables}
    return {table: columns for table, columns in found.items() if columns}


def reseal(database: Database, at_once: int = _AT_ONCE) -> Iterator[Batch]:
    """One pass over all tables, `at_once` rows at a time. What it skips as somebody held it, another pass finds."""
    for table, columns in sealed_columns().items():
        after: _Key | None = None
        while rows := _rows(database, table, columns, after, at_once):
            yield _batch(database, table, columns, rows)
            after = _key(table, rows[-1])


def _key(table: Table, row: RowMapping) -> _Key:
    return tuple(row[column] for column in table.primary_key)


def _rows(
    database: Database, table: Table, columns: Sequence[Column[Any]], after: _Key | None, most: int
) -> Sequence[RowMapping]:
    key = list(table.primary_key)
    some = select(*key, *columns).order_by(*key).limit(most)
    if after is not None:
        some = some.where(tuple_(*key) > after)
    with database.transaction() as connection:
        return connection.execute(some).mappings().all()


def _batch(database: Database, table: Table, columns: Sequence[Column[Any]], rows: Sequence[RowMapping]) -> Batch:
    values = [(row, column, row[column]) for row in rows for column in columns if row[column] is not None]
    older = [value for value in values if not database.cipher.by_first(value[2])]
    anew: dict[bytes, bytes] = {}
    unreadable: list[str] = []
    for row, column, sealed in older:
        try:
            anew[sealed] = database.cipher.reseal(sealed)
        except WrongKeyError:
            unreadable.append(f"{table.name}.{column.name} of {' '.join(map(str, _key(table, row)))}")
    keys = {_key(table, row) for row, _, sealed in older if sealed in anew}
    resealed = _replace(database, table, columns, keys, anew) if keys else 0
    return Batch(table.name, len(values), len(anew), resealed, tuple(unreadable))


def _replace(
    database: Database, table: Table, columns: Sequence[Column[Any]], keys: Set[_Key], anew: Mapping[bytes, bytes]
) -> int:
    """
    Gives how many values were replaced. It waits for nobody's lock, so that it can be part of no deadlock; a value that
    is not in `anew` any more was written by somebody since, and stays.
    """
    key = list(table.primary_key)
    free = select(*key, *columns).where(tuple_(*key).in_(keys)).with_for_update(skip_locked=True, key_share=True)
    with database.transaction() as connection:
        held = connection.execute(free).mappings().all()
        if held:
            connection.execute(_setting(table, columns), [_anew(table, columns, row, anew) for row in held])
    return sum(row[column] in anew for row in held for column in columns)


def _setting(table: Table, columns: Sequence[Column[Any]]) -> Update:
    mine = [column == bindparam(f"key_{column.name}", type_=column.type) for column in table.primary_key]
    return update(table).where(*mine).values({column.name: bindparam(f"to_{column.name}") for column in columns})


def _anew(table: Table, columns: Sequence[Column[Any]], row: RowMapping, anew: Mapping[bytes, bytes]) -> dict[str, Any]:
    values = {f"to_{column.name}": anew.get(row[column], row[column]) for column in columns}
    return {**values, **{f"key_{column.name}": row[column] for column in table.primary_key}}
