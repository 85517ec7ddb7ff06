"""The product map as CSV: which files are read, and which lines of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.map_row import MapRow
from pipeline.operations.map_csv import BadFile, FileLine, provisioning_of, read, write

HEAD = "source,key,valid_from,marketplace,product_id"
LINE = "crm,K-1,2026-01-01,pax8,product-1"
ROW = MapRow.model_validate(dict(zip(HEAD.split(","), LINE.split(","), strict=True)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{HEAD}\n{LINE}\n", id="commas"),
        pytest.param(f"{HEAD}\n{LINE}".replace(",", ";"), id="semicolons"),
        pytest.param(f"{HEAD}\r\n{LINE}\r\n".replace(",", "\t"), id="tabs and Windows' line ends"),
        pytest.param(f"\ufeff{HEAD}\n{LINE}\n", id="a byte order mark"),
        pytest.param(f'{HEAD}\n"crm"," K-1 ",2026-01-01,PAX8,product-1\n', id="quotes, blanks, capitals"),
        pytest.param(f"{HEAD.upper()}\n{LINE}\n", id="a head in capitals"),
        pytest.param(f"{HEAD},commitment\n{LINE},\n", id="an optional column that is empty"),
        pytest.param(f"\n\n{HEAD}\n\n,,,,\n{LINE}\n", id="blank lines"),
        pytest.param(
            "product_id,key,source,marketplace,valid_from\nproduct-1,K-1,crm,pax8,2026-01-01", id="another order"
        ),
    ],
)
def test_a_file_is_read_however_a_program_writes_csv(text: str) -> None:
    assert [line.row for line in read(text.encode())] == [ROW]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "The file is empty", id="empty"),
        pytest.param(b"\n \n", "The file is empty", id="blank"),
        pytest.param(f"{HEAD}\n".encode("utf-16"), "not UTF-8", id="another encoding"),
        pytest.param(b"K-1,product-1\n", "names no column source, key", id="no head"),
        pytest.param(f"{HEAD},price\n".encode(), "or one that is not known", id="an unknown column"),
        pytest.param(f"{HEAD},key\n".encode(), "names a column twice", id="a column twice"),
        pytest.param(f'{HEAD}\n{LINE}\ncrm,"K-2"x,\n'.encode(), "Line 3 is no CSV", id="text after a quote"),
        pytest.param(f'{HEAD}\ncrm,"K-2\n'.encode(), "Line 2 is no CSV", id="a quote without end"),
        pytest.param(f"{HEAD}\n{'x' * 200_000}\n".encode(), "Line 2 is no CSV", id="an endless cell"),
        pytest.param(b"x" * (5 * 1024 * 1024 + 1), "over 5 MiB", id="too large"),
        pytest.param(f"{HEAD}\n".encode() + b"short\n" * 20_001, "over 20000 lines", id="too many lines"),
    ],
)
def test_what_is_no_product_map_is_refused_with_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        read(content)


def test_each_line_that_cannot_be_meant_is_told_by_its_number_in_the_file() -> None:
    lines = ("crm,,soon,pax8,p", LINE, "crm,K-2", '"crm","K\n3",2026-01-01,pax8,p', LINE, "crm,K-4,2026-01-01,pax8,p")

    found = read("\n".join([HEAD, *lines]).encode())

    assert [(line.number, line.why) for line in found] == [
        (2, "key: must not be empty; valid_from: must be a day such as 2026-12-01"),
        (3, ""),
        (4, "has 2 cells, and the first line 5"),
        (5, "key: holds a character that no key has, such as a line break"),
        (7, "line 3 has the same source, key, day and marketplace"),
        (8, ""),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("domain=contoso.example", {"domain": ["contoso.example"]}),
        (" a = b=c ; a=d; e= f;", {"a": [" b=c ", "d"], "e": [" f"]}),
        ('{"a": "b", "c": ["d", "e"]}', {"a": "b", "c": ["d", "e"]}),
    ],
)
def test_provisioning_is_json_or_pairs(text: str, found: object) -> None:
    assert provisioning_of(text) == found


@pytest.mark.parametrize(
    "cell", ["domain", "{", '{"a": 1}', '{"a": []}', "=b", "a=", "{" * 9000, '{"a": ' + "[" * 9000, '{"a": NaN}']
)
def test_provisioning_that_cannot_be_meant_is_a_refused_line(cell: str) -> None:
    quoted = cell.replace('"', '""')

    (line,) = read(f'{HEAD},provisioning\n{LINE},"{quoted}"\n'.encode())

    assert line.row is None
    assert line.why.startswith("provisioning: ")
    assert len(line.why) < 200


@given(st.binary(max_size=200) | st.text('crm,";\n\r\t={}K1', max_size=60).map(lambda text: f"{HEAD}\n{text}".encode()))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    lines: Sequence[FileLine] = ()
    with suppress(BadFile):
        lines = read(content)

    assert all((line.row is None) is bool(line.why) for line in lines)


WORDS = st.text('a,";={}é漢-', min_size=1, max_size=8).filter(lambda text: text == text.strip())


ANSWERS = st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=3)


@settings(max_examples=50)
@given(st.lists(st.tuples(WORDS, ANSWERS), max_size=4, unique_by=lambda each: each[0]))
def test_what_is_written_is_read_as_it_was(given_rows: list[tuple[str, dict[str, list[str]]]]) -> None:
    rows = [
        MapRow.model_validate({**ROW.model_dump(), "key": key, "provisioning": answers}) for key, answers in given_rows
    ]

    assert read(write(rows).encode()) == [FileLine(number, row) for number, row in enumerate(rows, start=2)]
