"""
Exit codes, stable and documented, and the one sentence that goes with each error.

A fault of the person's, the settings' or the machine's is one sentence on stderr. Only a bug of ours shows a traceback,
and only when asked for.
"""

from __future__ import annotations

import sys
import traceback
from enum import IntEnum


class Exit(IntEnum):
    """
    USAGE is also what an unreadable command line gives. INTERRUPTED is 128 + SIGINT, as shells have it.
    DEAF is a worker's: start it again.
    """

    OK = 0
    NOT_SO = 1
    USAGE = 2
    SETTINGS = 3
    NOT_FOUND = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    BAD_INPUT = 7
    BUG = 70
    DEAF = 75
    INTERRUPTED = 130


class Refusal(Exception):
    """A command cannot do what was asked. Its text is one sentence that says what to do."""

    def __init__(self, sentence: str, exit_code: Exit) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def report(error: BaseException, *, with_traceback: bool = False) -> int:
    """Tells the person on stderr; answers the code to exit with."""
    if with_traceback:
        traceback.print_exception(error)
    code, sentence = _judged(error)
    sys.stderr.write(f"{sentence}\n")
    return code


def _judged(error: BaseException) -> tuple[Exit, str]:
    match error:
        case KeyboardInterrupt():
            return Exit.INTERRUPTED, "Interrupted."
        case Refusal():
            return error.exit_code, str(error)
        case _:
            return _of_ours(error) or _of_servers(error) or _bug(error)


def _of_ours(error: BaseException) -> tuple[Exit, str] | None:
    from pipeline.domain import errors
    from workers.settings import SettingsError
    from workers.supervision import HostError

    match error:
        case SettingsError():
            return Exit.SETTINGS, str(error)
        case HostError():
            return Exit.UNAVAILABLE, str(error)
        case errors.UnknownOrder():
            return Exit.NOT_FOUND, error.sentence
        case errors.Moved() | errors.NotAllowed():
            return Exit.CONFLICT, error.sentence
        case errors.BadAnswer():
            return Exit.BAD_INPUT, error.sentence
        case errors.PortError():
            return Exit.UNAVAILABLE, error.sentence
        case errors.QuotewayError():
            return Exit.NOT_SO, error.sentence
        case _:
            return None


def _of_servers(error: BaseException) -> tuple[Exit, str] | None:
    import redis
    from sqlalchemy.exc import OperationalError, ProgrammingError

    match error:
        case OperationalError():
            return Exit.UNAVAILABLE, f"The database does not answer: {_first_line(error.orig)}"
        case ProgrammingError() if "does not exist" in str(error.orig):
            return Exit.UNAVAILABLE, "The database lacks our tables: prepare it with quoteway db upgrade."
        case redis.RedisError():
            return Exit.UNAVAILABLE, f"Redis does not answer: {_first_line(error)}"
        case OSError():
            where = f" {error.filename}" if error.filename else ""
            return Exit.UNAVAILABLE, f"The system refused{where}: {error.strerror or _first_line(error)}."
        case _:
            return None


def _bug(error: BaseException) -> tuple[Exit, str]:
    kind = type(error).__name__
    return Exit.BUG, f"This is a bug of Quoteway ({kind}). quoteway --traceback COMMAND shows where; please report it."


def _first_line(error: object) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
