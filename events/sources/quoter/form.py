"""A form's body (application/x-www-form-urlencoded), read strictly: bounded, and each field at most once."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from events.sources.document import Unreadable, error

_MOST_BYTES = 1024 * 1024
_MOST_FIELDS = 32
_ENCODED = re.compile(rb"[^%\x00-\x20\x7f-\xff]*(?:%[0-9A-Fa-f]{2}[^%\x00-\x20\x7f-\xff]*)*")


def read_form(body: bytes) -> dict[str, bytes]:
    """The fields, decoded. Raises Unreadable, which holds nothing of what was sent."""
    if len(body) > _MOST_BYTES:
        raise _refused(f"the body is longer than {_MOST_BYTES} bytes")
    body = body.rstrip(b"\r\n")
    if body.lstrip()[:1] in {b"{", b"[", b"<"}:
        raise _refused("the body must be a form with hash, timestamp and data, as Quoter sends it, and not JSON or XML")
    pairs = body.split(b"&")
    if len(pairs) > _MOST_FIELDS:
        raise _refused(f"the form has more than {_MOST_FIELDS} fields")
    fields: dict[str, bytes] = {}
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        if not equals or not _ENCODED.fullmatch(pair):
            raise _refused("the body must be a form with hash, timestamp and data, as Quoter sends it")
        key = _decoded(name).decode("utf-8", "replace")
        if key in fields:
            raise _refused("a field of the form is there twice")
        fields[key] = _decoded(value)
    return fields


def _decoded(written: bytes) -> bytes:
    return unquote_to_bytes(written.replace(b"+", b" "))


def _refused(msg: str) -> Unreadable:
    return Unreadable([error([], msg)])
