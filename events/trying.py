"""
Trying a connection out, with nothing stored and nothing written anywhere: whether the tool lets us read, whether our
door is there, whether what is signed with the connection's secrets is taken as genuine.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from standardwebhooks import Webhook

from events.connections import SourceConnection
from events.sources.signature import BEARER, Verifier
from events.sources.tool import Checks, Polled, Pushes, Tool, ToolFault

_LATELY = timedelta(days=1)
_SECONDS = 10.0
_BODY = "{}"


@dataclass(frozen=True, slots=True)
class Tried:
    """`what` was tried; `sentence` says what came of it, and where not `ok` what to do. `passes`: it may go better."""

    what: str
    ok: bool
    sentence: str
    passes: bool = False


def try_tool(tool: Tool, door: str) -> Iterator[Tried]:
    """Reads with our credentials: what a check reads, and the first page of what has changed within a day."""
    if isinstance(tool, Checks):
        yield from _checked(tool, door)
    if isinstance(tool, Polled):
        yield _polled(tool)


def takes_messages(tool: Tool | None) -> bool:
    """The generic intake's connections, which have no tool, do."""
    return tool is None or isinstance(tool, Pushes)


def try_secrets(connection: SourceConnection) -> Iterator[Tried]:
    """Of the generic intake: a message made with each secret in its turn, judged as the door judges it."""
    verifier = Verifier(connection.secrets)
    for number, secret in enumerate(connection.secrets, start=1):
        kind = "bears" if secret.startswith(BEARER) else "is signed with"
        message = f"A message that {kind} secret {number} of {connection.variable('SECRETS')} is"
        if verifier.genuine(_headers(secret), _BODY.encode()):
            yield Tried("secret", True, f"{message} taken as genuine.")
        else:
            yield Tried("secret", False, f"{message} refused: replace it.")


def try_door(url: str, client: httpx.Client) -> Tried:
    """Asks the web process whether there is a door at the address. It counts no refusal and stores nothing."""
    try:
        status = client.get(url, timeout=_SECONDS, follow_redirects=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"{url} does not answer from here ({type(error).__name__}): see whether the web process runs."
        return Tried("door", False, told, passes=True)
    match status:
        case 405:
            return Tried("door", True, f"{url} answers.")
        case 404:
            return Tried("door", False, f"{url} knows no such connection: restart the web process with these settings.")
        case _:
            told = f"{url} answered {status}, as our door does not: see what QUOTEWAY_PUBLIC_URL leads to."
            return Tried("door", False, told)


def _checked(tool: Checks, door: str) -> Iterator[Tried]:
    try:
        checked = tool.check(door)
    except ToolFault as fault:
        yield Tried("check", False, fault.sentence, fault.passes)
        return
    yield from (Tried("check", False, problem) for problem in checked.problems)
    yield from (Tried("check", True, note) for note in _told(checked.notes, checked.problems))


def _told(notes: Sequence[str], problems: Sequence[str]) -> Sequence[str]:
    return notes or (() if problems else ("The tool was read, and nothing is wrong.",))


def _polled(tool: Polled) -> Tried:
    """With a time to begin at: a first poll would be remembered as the connection's beginning."""
    try:
        with closing(_pages(tool)) as pages:
            page = next(pages, 0)
    except ToolFault as fault:
        return Tried("poll", False, fault.sentence, fault.passes)
    many = "nothing has" if not page else "1 thing has" if page == 1 else f"{page} things have"
    return Tried("poll", True, f"It can be polled: by its first page, {many} changed within a day.")


def _pages(tool: Polled) -> Generator[int]:
    for page in tool.poll(datetime.now(UTC) - _LATELY):
        yield len(page.nudges)


def _headers(secret: str) -> dict[str, str]:
    if secret.startswith(BEARER):
        return {"authorization": f"Bearer {secret.removeprefix(BEARER)}"}
    now = datetime.now(UTC)
    return {
        "webhook-id": "quoteway-source-test",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("quoteway-source-test", now, _BODY),
    }
