"""Logs tell what happened and where, and quote nobody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from workers import logs

SECRET = "planted-secret"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail(value: str) -> None:
    hidden = value
    try:
        raise KeyError(hidden)
    except KeyError as error:
        raise RuntimeError(f"cannot use {hidden}") from error


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields(written: io.StringIO) -> None:
    structlog.get_logger("here").bind(order="QW-1").info("stage.fault", code="marketplace.unavailable")

    (line,) = lines(written)

    assert line.pop("at").endswith("Z")
    assert line == {
        "order": "QW-1",
        "code": "marketplace.unavailable",
        "event": "stage.fault",
        "level": "info",
    }


@pytest.mark.parametrize("library", [False, True], ids=["our own logger", "a library's logger"])
def test_an_error_tells_its_class_and_place_and_none_of_its_values(library: bool, written: io.StringIO) -> None:
    try:
        fail(SECRET)
    except RuntimeError:
        if library:
            logging.getLogger("celery").exception("task failed")
        else:
            structlog.get_logger("here").exception("stage.bug")

    (line,) = lines(written)

    assert line["error"] == "builtins.RuntimeError"
    assert line["cause"]["error"] == "builtins.KeyError"
    assert line["where"][-1].endswith(" fail")
    assert SECRET not in json.dumps(line)


def test_a_library_is_heard_from_warnings_on(written: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET %s", SECRET)
    logging.getLogger("celery").warning("the broker is away")

    assert [line["message"] for line in lines(written)] == ["the broker is away"]
