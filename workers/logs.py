"""
What the processes log: one line of JSON for each event, on stderr, with its fields.

An error shows where it came from and of which class it is, never its text and never a value: both may be somebody's
data. The libraries' own loggers go the same way, from warnings on.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

_Event = MutableMapping[str, Any]
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(stream: TextIO | None = None) -> None:
    """Sets logging up for this process, to stderr if no other stream is given; may be repeated."""
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            without_values,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def silence() -> None:
    """No event of ours is written by this process: a drill's own, in which the harm that it tells of is meant."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def without_values(_logger: object, _method: str, event: _Event) -> _Event:
    """Puts an error's class and its place in the code where its traceback, with all that it quotes, would be."""
    given = event.pop("exc_info", None)
    found = sys.exc_info() if given is True else given
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event.update(told(error))
    return event


def told(error: BaseException) -> dict[str, Any]:
    """`error` is the class, `where` the frames, innermost last, and `cause` the same of what led to it."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    fields: dict[str, Any] = {"error": f"{type(error).__module__}.{type(error).__qualname__}", "where": frames}
    cause = error.__cause__ or error.__context__
    return fields if cause is None else {**fields, "cause": told(cause)}


class _OneLine(logging.Formatter):
    """A library's record in the same form. The message of one about an error is left out: it quotes the error."""

    def format(self, record: logging.LogRecord) -> str:
        event: _Event = {"event": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[1] is not None:
            event.update(told(record.exc_info[1]))
        else:
            event["message"] = record.getMessage()
        stamped = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")(None, "", event)
        return str(structlog.processors.JSONRenderer()(None, "", stamped))
