"""What no sender means: bodies, headers, queries and forms that are odd, damaged, or nothing at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

_MIB = 1024 * 1024
_TELLING = (
    b"",
    b"\0",
    b"\xef\xbb\xbf{}",
    b"[" * 200_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"[" * 33 + b"]" * 33,
    b"1" * 5000,
    b'{"Id": ' + b"9" * 5000 + b"}",
    b'{"id": "a", "id": "b"}',
    b'{"id": "\\ud800"}',
    b'{"id": "\\u0000"}',
    b'{"id": NaN}',
    b"<quote/>",
    b"data=%7B%7D&data=%7B%7D",
    b"hash=%zz&timestamp=+1&data",
    gzip.compress(b'{"type": "quote.accepted"}'),
    gzip.compress(b" " * _MIB * 8),
    '{"type": "quote.accepted"}'.encode("utf-16"),
    b"[{}" + b",{}" * 5000 + b"]",
    b" " * (_MIB + 1),
)
_ODD = st.sampled_from(["", "\0", "\n", "\u202e", "é", "0", "-1", "1e400", "../..", "' OR 1=1 --", "a" * 3000])
_TEXT = _ODD | st.text(max_size=20)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = st.recursive(
    _LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(_TEXT, part, max_size=3), max_leaves=6
)
_NAMES = (
    *("authorization", "content-type", "content-encoding", "x-forwarded-proto", "origin", "sec-fetch-site", "cookie"),
    *("webhook-id", "webhook-timestamp", "webhook-signature", "x-content-signature", "x-hook-signature"),
    *("stripe-signature", "x-pandadoc-webhook-event-id", "x-anything"),
)
_PRINTED = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=30)
_VALUES = _PRINTED | st.sampled_from(
    [
        *("application/json", "application/json; charset=utf-7", "application/x-www-form-urlencoded", "text/html"),
        *(
            "multipart/form-data; boundary=",
            "gzip",
            "br, deflate",
            "Bearer",
            "Basic !!!!",
            "Basic dXNlcjpwYXNz",
            "null",
        ),
        *("9" * 5000, "v1,AAAA", "v1,AAAA v1,BBBB", "t=1,v1=00", "t=9999999999999999,v1=", "sha1=", "x" * 40_000),
    ]
)


def garbage() -> st.SearchStrategy[bytes]:
    """Bodies that no tool sends."""
    return st.sampled_from(_TELLING) | st.binary(max_size=200) | _JSON.map(_written)


def damaged(document: Any) -> st.SearchStrategy[bytes]:
    """The document with one to three of its parts replaced or gone."""
    change = st.tuples(st.sampled_from(_places(document)), st.just(_Gone) | _JSON)
    return st.lists(change, min_size=1, max_size=3).map(lambda changes: _written(_changed(document, changes)))


def odd_headers() -> st.SearchStrategy[dict[bytes, bytes]]:
    return st.dictionaries(
        st.sampled_from(_NAMES).map(str.encode), _VALUES.map(lambda text: text.encode("latin-1")), max_size=4
    )


def odd_queries() -> st.SearchStrategy[str]:
    return st.just("") | st.text("ab=&%+;[]01signature", max_size=30) | st.just("signature=" + "0" * 64)


def forms(inputs: Sequence[str], *, never: str) -> st.SearchStrategy[bytes]:
    """What the inputs of a form may be filled with by somebody who has no form. `never` is left out."""
    names = st.sampled_from([name for name in inputs if name != never]) | _TEXT
    values = _TEXT.filter(lambda text: text.isascii() or text.isprintable())
    return st.lists(st.tuples(names, values), max_size=6).map(lambda pairs: urlencode(pairs).encode())


class _Gone:
    """In the place of what is taken away."""


def _places(document: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Each part of the document, by the steps that lead there; the whole is the first."""
    steps: Sequence[str | int] = ()
    match document:
        case dict():
            steps = list(document)
        case list():
            steps = range(len(document))
        case _:
            pass
    return [here, *(place for step in steps for place in _places(document[step], (*here, step)))]


def _changed(document: Any, changes: Sequence[tuple[tuple[str | int, ...], Any]]) -> Any:
    made = json.loads(json.dumps(document))
    for place, put in changes:
        made = _put(made, place, put)
    return made


def _put(document: Any, place: tuple[str | int, ...], put: Any) -> Any:
    """A place that an earlier change has taken away is left alone."""
    if not place:
        return None if put is _Gone else put
    step, rest = place[0], place[1:]
    if isinstance(document, list):
        there = isinstance(step, int) and step < len(document)
    else:
        there = isinstance(document, dict) and step in document
    if not there:
        return document
    if put is _Gone and not rest:
        del document[step]
    else:
        document[step] = _put(document[step], rest, put)
    return document


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()
