"""
What a tool's lines are at the marketplaces, by the product map. Nothing is guessed: a key matches to the letter or not.

Of each line comes one of four things: a line with its product, a line without one (which the catalogue stage asks
about), a sentence for a person, or a sentence that says why it was skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pipeline.domain.map_row import MapRow
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.domain.quote import AcceptedQuote, QuoteLine, fingerprint
from pipeline.domain.splitting import LineageError, split

MOST = 100_000_000
_WHOLE = re.compile(r"\+?([0-9]{1,12})(?:\.0+)?")
_NUMBER = re.compile(r"([+-]?)[0-9]{1,30}(?:\.[0-9]{1,30})?")
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Match:
    """`key` is the one that is mapped, else the most trusted one. `row` None: none or several products have it."""

    key: str
    row: MapRow | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """
    What came of an offered quote. `left_out` are sentences about lines that only a person can settle, `skipped` about
    those that were never accepted. `quote` has no lines where none is left to order.
    """

    quote: AcceptedQuote
    left_out: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    why: str


@dataclass(frozen=True, slots=True)
class _Skipped:
    why: str


def keys_of(offered: OfferedQuote) -> tuple[str, ...]:
    """Every key that has to be looked up, once."""
    wanted = (key for line in offered.lines if not _is_named(line) for key in _tidy(line.keys))
    return tuple(dict.fromkeys(wanted))


def look_up(rows: Sequence[MapRow], keys: Sequence[str], on: date | None, marketplace: str = "") -> Match:
    """
    The first key with a row in force decides, also where it has several. `rows` are one source's; `on` None: no row is
    known to be in force. `marketplace` empty: any.
    """
    tidy = _tidy(keys)
    for key in tidy:
        if found := in_force(rows, key, on, marketplace):
            return Match(key, found[0] if len(found) == 1 else None)
    return Match("".join(tidy[:1]))


def in_force(rows: Iterable[MapRow], key: str, on: date | None, marketplace: str = "") -> tuple[MapRow, ...]:
    """The key's rows of the newest day that is not after `on`, each product once."""
    begun = [
        row
        for row in rows
        if row.key == key and on is not None and row.valid_from <= on and marketplace in ("", row.marketplace)
    ]
    newest = max((row.valid_from for row in begun), default=None)
    found: list[MapRow] = []
    for row in begun:
        if row.valid_from == newest and not any(row.means == one.means for one in found):
            found.append(row)
    return tuple(found)


def read_quantity(text: str) -> int | str:
    """How many; else why none can be ordered, as the rest of a sentence."""
    given = text.strip()
    if whole := _WHOLE.fullmatch(given):
        count = int(whole.group(1))
        if 0 < count <= MOST:
            return count
        return "its quantity is 0" if count == 0 else f"its quantity of {given} is over {MOST}"
    if number := _NUMBER.fullmatch(given):
        return f"its quantity of {given} is {'below 0' if number.group(1) == '-' else 'not a whole number'}"
    return f"its quantity {given[:_SHOWN]!r} cannot be read" if given else "it has no quantity"


def accepted_on(accepted_at: datetime | None) -> date | None:
    """The day, in UTC, that decides which rows are in force."""
    return accepted_at.astimezone(UTC).date() if accepted_at is not None else None


def to_accepted(
    offered: OfferedQuote, rows: Sequence[MapRow], implied_marketplace: str | None, *, today: date | None = None
) -> Mapped:
    """
    What can be ordered of it. `rows` are those of the quote's source for its keys. A line whose marketplace neither
    tool nor map names is for the implied one. `today` counts where the tool does not say when it was accepted.
    """
    on = accepted_on(offered.accepted_at) or today
    lines: list[QuoteLine] = []
    left_out: list[str] = []
    skipped: dict[str, str] = {}
    for line in offered.lines:
        match _mapped(line, rows, on, implied_marketplace or ""):
            case _Skipped(why):
                skipped[line.id] = _sentence(line, why)
            case _Held(why):
                left_out.append(_sentence(line, why))
            case found if any(each.id == found.id for each in lines):
                left_out.append(_sentence(line, "an earlier line has the same id"))
            case found:
                lines.append(found)
    taken = {line.id for line in lines}
    whole = [_without_parent(line) if line.parent_line in {*skipped} - taken else line for line in lines]
    quote = _rooted(offered, whole, left_out)
    if not offered.lines:
        left_out.append("It has no lines.")
    return Mapped(quote, tuple(left_out), tuple(skipped.values()))


def _mapped(line: OfferedLine, rows: Sequence[MapRow], on: date | None, implied: str) -> QuoteLine | _Held | _Skipped:
    if line.skipped:
        return _Skipped(line.skipped)
    if line.held:
        return _Held(line.held)
    quantity = read_quantity(line.quantity)
    if isinstance(quantity, str):
        return _Held(quantity)
    named = line.marketplace.strip().lower()
    found = Match("") if _is_named(line) else look_up(rows, line.keys, on, named)
    marketplace = named or (found.row.marketplace if found.row else implied.lower())
    if not marketplace:
        known = f" '{found.key}'" if found.key else ""
        return _Held(f"it is not known at which marketplace to order it: add its key{known} to the product map")
    return _line(line, quantity, marketplace, found)


def _line(line: OfferedLine, quantity: int, marketplace: str, found: Match) -> QuoteLine:
    row = found.row
    return QuoteLine(
        id=line.id,
        marketplace=marketplace,
        quantity=quantity,
        product_id=row.product_id if row else line.product_id,
        sku=found.key or "".join(_tidy(line.keys)[:1]),
        description=line.description,
        billing_term=(row.billing_term if row else "") or line.billing_term,
        commitment=(row.commitment if row else "") or line.commitment,
        unit_price=line.unit_price,
        unit_cost=line.unit_cost,
        parent_line=line.parent_line,
        start_at=line.start_at,
        provisioning={**(row.provisioning if row else {}), **line.provisioning},
        source_key=found.key,
        offered="" if _is_named(line) else _as_offered(line, quantity),
        changes=line.changes,
        adds=line.adds,
    )


def _is_named(line: OfferedLine) -> bool:
    """In the marketplace's own words: there is nothing to look up."""
    return bool(line.product_id or line.changes)


def _as_offered(line: OfferedLine, quantity: int) -> str:
    told = line.model_dump(exclude_defaults=True, exclude={"quantity"})
    return fingerprint({**told, "quantity": quantity})


def _rooted(offered: OfferedQuote, lines: Sequence[QuoteLine], left_out: list[str]) -> AcceptedQuote:
    """The quote without the lines whose parents cannot be meant; those are left out."""
    told = {name: getattr(offered, name) for name in AcceptedQuote.model_fields.keys() - {"lines"}}
    while True:
        quote = AcceptedQuote(lines=tuple(lines), **told)
        try:
            split(quote, datetime.max.replace(tzinfo=UTC))
        except LineageError as wrong:
            left_out.append(f"{str(wrong)[:1].upper()}{str(wrong)[1:]}.")
            lines = [line for line in lines if line.id != wrong.line_id]
        else:
            return quote


def _without_parent(line: QuoteLine) -> QuoteLine:
    """A bundle's header is no product that anything could hang from."""
    return line.model_copy(update={"parent_line": None})


def _tidy(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.strip() for key in keys if key.strip()))


def _sentence(line: OfferedLine, why: str) -> str:
    label = (line.description or "".join(_tidy(line.keys)[:1]) or line.product_id)[:_SHOWN].strip()
    return f"Line {line.id} ({label}): {why.rstrip('.')}." if label else f"Line {line.id}: {why.rstrip('.')}."
