"""JSON from outside, read strictly: what one reader would take otherwise than another is refused."""

from __future__ import annotations

import json
from typing import Any

from events.sources.document import Unreadable, error

DEEPEST = 32


def read_object(body: bytes) -> dict[str, Any]:
    """The object that the body is. Raises Unreadable."""
    value = read_value(body)
    if not isinstance(value, dict):
        raise _refused("the body must be a JSON object")
    return value


def read_value(body: bytes) -> Any:
    """What the body is, where it may be an array as well. Raises Unreadable."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("the body must be UTF-8") from None
    if not text.strip():
        raise _refused("the body is empty")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as wrong:
        raise _refused(f"the body must be JSON: line {wrong.lineno}, column {wrong.colno}") from None
    except RecursionError:
        raise _refused(f"the body is nested deeper than {DEEPEST} levels") from None
    except ValueError:  # an integer of thousands of digits
        raise _refused("a number in the body is too long") from None
    _check(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused(f"the field {_shown(twice)} is there twice in one object")
    return made


def _no_constant(word: str) -> Any:
    raise _refused(f"{word} is not JSON: a number must be finite")


def _check(root: Any) -> None:
    """Depth, and text that cannot be stored or sent: NUL, and halves of surrogate pairs."""
    waiting: list[tuple[Any, int]] = [(root, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _refused(f"the body is nested deeper than {DEEPEST} levels")
        if isinstance(value, dict):
            for name in value:
                _check_text(name)
            waiting.extend((part, depth + 1) for part in value.values() if isinstance(part, dict | list | str))
        elif isinstance(value, list):
            waiting.extend((part, depth + 1) for part in value if isinstance(part, dict | list | str))
        elif isinstance(value, str):
            _check_text(value)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _refused("text in the body holds the character NUL (\\u0000), which cannot be kept")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _refused("text in the body holds half of a surrogate pair (\\ud800 to \\udfff), which is no character")


def _shown(name: str) -> str:
    return repr(name[:60]) if name.isprintable() else "(unprintable)"


def _refused(msg: str) -> Unreadable:
    return Unreadable([error([], msg)])
