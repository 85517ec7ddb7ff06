"""The product map as CSV: what is read of a file line by line, and how it is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pipeline.domain.map_row import MapRow, faults

COLUMNS = tuple(MapRow.model_fields)
MOST_LINES, MOST_BYTES = 20_000, 5 * 1024 * 1024
_REQUIRED = tuple(name for name, field in MapRow.model_fields.items() if field.is_required())
_DELIMITERS = ",;\t"


class BadFile(ValueError):
    """The file is no product map at all. Its text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line, by its number in the file. `row` None: it cannot be meant, and `why` says what is wrong."""

    number: int
    row: MapRow | None
    why: str = ""


def read(content: bytes) -> Sequence[FileLine]:
    """
    UTF-8 with a line that names the columns, in any order; commas, semicolons or tabs between. Blank lines don't count.

    Raises BadFile.
    """
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file is over {MOST_BYTES // 1024 // 1024} MiB: import it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("The file is not UTF-8: save it as CSV UTF-8.") from None
    lines = _lines(text)
    _, header = next(lines, (0, []))
    columns = _columns(header)
    found: list[FileLine] = []
    for number, cells in lines:
        if len(found) == MOST_LINES:
            raise BadFile(f"The file has over {MOST_LINES} lines: import it in parts.")
        found.append(_line(number, columns, cells))
    return _each_once(found)


def write(rows: Iterable[MapRow]) -> str:
    """What `read` takes."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    for row in rows:
        out.writerow([_cell(value) for value in row.model_dump().values()])
    return text.getvalue()


def provisioning_of(text: str) -> Any:
    """A JSON object, or `field=value; field=value`, where the same field again is another value. Raises ValueError."""
    if not text.strip():
        return {}
    if text.lstrip().startswith("{"):
        return _json(text)
    found: dict[str, list[str]] = {}
    for part in filter(str.strip, text.split(";")):
        name, separator, value = part.partition("=")
        if not separator:
            raise ValueError("must be a JSON object, or field=value; field=value")
        found.setdefault(name.strip(), []).append(value)
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines with anything in them, by the number of the physical line where each begins. Raises BadFile."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as wrong:
        raise BadFile(f"Line {number} is no CSV: {wrong}.") from None


def _columns(header: Sequence[str]) -> Sequence[str]:
    columns = [name.strip().lower() for name in header]
    listed = ", ".join(COLUMNS)
    if not columns:
        raise BadFile(f"The file is empty: its first line names the columns, {listed}.")
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise BadFile(f"The first line names no column {', '.join(missing)}: the columns are {listed}.")
    if len(set(columns)) != len(columns) or not set(columns) <= set(COLUMNS):
        raise BadFile(f"The first line names a column twice, or one that is not known: the columns are {listed}.")
    return columns


def _line(number: int, columns: Sequence[str], cells: Sequence[str]) -> FileLine:
    if len(cells) != len(columns):
        return FileLine(number, None, f"has {len(cells)} cells, and the first line {len(columns)}")
    values: Mapping[str, Any] = dict(zip(columns, cells, strict=True))
    try:
        given = provisioning_of(values.get("provisioning", ""))
    except ValueError as wrong:
        return FileLine(number, None, f"provisioning: {wrong}")
    try:
        return FileLine(number, MapRow(**{**values, "provisioning": given}))
    except ValidationError as wrong:
        return FileLine(number, None, "; ".join(faults(wrong)))


def _each_once(lines: Iterable[FileLine]) -> Sequence[FileLine]:
    """Of two lines about the same thing it is not known which one is meant."""
    first: dict[Any, int] = {}
    found = []
    for line in lines:
        before = first.setdefault(line.row.identity, line.number) if line.row else line.number
        again = FileLine(line.number, None, f"line {before} has the same source, key, day and marketplace")
        found.append(line if before == line.number else again)
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON that can be read") from None


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
