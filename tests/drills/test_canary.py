"""The canary drill in its short form, and that its search would have seen a leak."""

from __future__ import annotations

import base64
import random
from urllib.parse import quote

import pytest

from workers.drills.canary.drill import drill
from workers.drills.canary.forms import search
from workers.drills.canary.plants import Mint, Plant
from workers.drills.canary.valkey import unescaped
from workers.drills.house import fresh_folder
from workers.drills.report import Form, Setting

WORD = Mint(random.Random(7)).word()
NAME = f'O\'{WORD} "Straß"'


def test_planted_values_are_found_nowhere_and_keys_rotate_without_an_error() -> None:
    with fresh_folder() as folder:
        report = drill(Setting(Form.SHORT, seed=20_261_121, folder=folder))

    assert report.broken() == [], "\n".join(report.evidence)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"name={NAME};".encode(), id="as it is"),
        pytest.param(b'{"name": "O\'%s \\"Stra\\u00df\\""}' % WORD.encode(), id="in JSON"),
        pytest.param(b"GET /?q=" + quote(NAME).encode(), id="in a URL"),
        pytest.param(b"\\x00" + NAME.encode().hex().encode(), id="in a column of bytes"),
        pytest.param(base64.b64encode(b"12345" + NAME.encode() + b"6"), id="in base64, in the middle of something"),
        pytest.param(base64.urlsafe_b64encode(b"1234" + NAME.encode()), id="in base64 for URLs"),
        pytest.param(NAME.encode("utf-16"), id="in UTF-16"),
        pytest.param(repr(NAME.encode()).encode(), id="as Python shows bytes"),
        pytest.param(
            unescaped(b'1.0 [0 unix:/run/s] "LPUSH" "q" "O\'%s \\"Stra\\xc3\\x9f\\""' % WORD.encode()),
            id="in Valkey's command stream",
        ),
    ],
)
def test_the_search_finds_a_value(content: bytes) -> None:
    assert [hit.plant.value for hit in search(content, [Plant("name", NAME), Plant("other", WORD + "x")])] == [NAME]


def test_the_search_finds_nothing_where_nothing_is() -> None:
    assert search(base64.b64encode(b"much ado about nothing" * 100), [Plant("name", NAME)]) == []
