"""Reading how the source connections stand, and checking, trying and registering one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import httpx

from events.connections import SourceConnection
from events.sources.tool import Checked, Checks, Pushes, Registers, Tool, ToolFault
from events.standing import standings
from events.trying import Tried, takes_messages, try_door, try_secrets, try_tool
from pipeline.store import counts
from workers.commands.exits import Exit, Refusal
from workers.commands.output import print_json, print_line, print_page
from workers.commands.reach import opened
from workers.commands.source_page import Row, page, tried_page
from workers.configured import public_url, source_connections
from workers.settings import SettingsError, variable

if TYPE_CHECKING:
    from workers.bootstrap import Application


@dataclass(frozen=True, slots=True)
class Chosen:
    """One connection, and what it is tried with. `tool` None: the generic intake's."""

    application: Application
    source: SourceConnection
    tool: Tool | None

    @property
    def door(self) -> str:
        """Where it answers, as far as that is known."""
        return _door(self.application, self.source.name)


def show_list(*, as_json: bool) -> None:
    with opened() as application:
        configured = source_connections(application.settings)
        with application.database.transaction() as connection:
            now, found = counts.now(connection), standings(connection, configured)
        sending = {name for name in configured if takes_messages(application.tools.get(name))}
        rows = [Row(one, _door(application, one.name) if one.name in sending else "") for one in found]
    if as_json:
        print_json({"items": [row.json() for row in rows]})
    elif not rows:
        print_line(f"No source connection is configured: {variable('sources', '<NAME>', 'kind')} makes one.")
    else:
        print_page(page(rows, now))


def check(name: str, *, as_json: bool) -> Exit:
    """OK where nothing is wrong, else NOT_SO. What is found stands in health from now on."""
    with _chosen(name) as chosen:
        found = _checked(chosen)
    if as_json:
        told = {"problems": list(found.problems), "notes": list(found.notes), "deactivated": found.deactivated}
        print_json({"name": name, **told})
    else:
        print_page(tried_page(_as_tried(found)))
    return Exit.NOT_SO if found.problems else Exit.OK


def try_out(name: str, *, as_json: bool) -> Exit:
    """OK where all works; UNAVAILABLE where only such things do not as may pass; else NOT_SO."""
    with _chosen(name) as chosen:
        tried = list(_tried(chosen))
    if as_json:
        print_json({"name": name, "tried": [asdict(one) for one in tried]})
    else:
        print_page(tried_page(tried))
    failed = [one for one in tried if not one.ok]
    if not failed:
        return Exit.OK
    return Exit.UNAVAILABLE if all(one.passes for one in failed) else Exit.NOT_SO


def add(name: str, *, as_json: bool) -> Exit:
    """OK where the tool sends to us, or has nothing to send; NOT_SO where a person has to set it at the tool."""
    with _chosen(name) as chosen:
        sentence, done, left = _registered(chosen)
    if as_json:
        print_json({"name": name, "done": done, "sentence": sentence, "problems": list(left)})
    else:
        print_line(sentence)
        print_page(tried_page([Tried("check", False, problem) for problem in left]))
    return Exit.OK if done else Exit.NOT_SO


@contextmanager
def _chosen(name: str) -> Iterator[Chosen]:
    """Raises Refusal where there is none of that name."""
    with opened() as application:
        configured = source_connections(application.settings)
        if name not in configured:
            known = f"there are {', '.join(sorted(configured))}" if configured else "there is none"
            kind = variable("sources", "<NAME>", "kind")
            raise Refusal(f"There is no source connection {name}: {known}. {kind} makes one.", Exit.NOT_FOUND)
        yield Chosen(application, configured[name], application.tools.get(name))


def _checked(chosen: Chosen) -> Checked:
    """A fault that somebody has to mend is a problem like others. Raises Refusal for one that passes."""
    if not isinstance(chosen.tool, Checks):
        tried = list(try_secrets(chosen.source))
        return Checked(
            tuple(one.sentence for one in tried if not one.ok), tuple(one.sentence for one in tried if one.ok)
        )
    try:
        return chosen.application.errands.check_now(chosen.source.name, chosen.tool)
    except ToolFault as fault:
        if fault.passes:
            raise Refusal(fault.sentence, Exit.UNAVAILABLE) from fault
        return Checked((fault.sentence,))


def _tried(chosen: Chosen) -> Iterator[Tried]:
    if chosen.tool is None:
        yield from try_secrets(chosen.source)
    else:
        yield from try_tool(chosen.tool, chosen.application.errands.door(chosen.source.name))
    if takes_messages(chosen.tool):
        with httpx.Client() as client:
            yield try_door(chosen.door, client)


def _registered(chosen: Chosen) -> tuple[str, bool, Sequence[str]]:
    """What was done or is to be done, whether nothing is left to do at the tool, and what a check still finds."""
    tool, name = chosen.tool, chosen.source.name
    if not takes_messages(tool):
        every = f"{chosen.source.access.poll_seconds:g}"
        return f"There is nothing to register: {name} is polled, every {every} seconds.", True, ()
    door = chosen.application.errands.door(name)
    if not door:
        needed = variable("public_url")
        raise SettingsError(f"{needed} is missing: whoever sends must be told an address that leads here.")
    if not isinstance(tool, Registers):
        return _by_hand(chosen.source, tool, door), False, ()
    try:
        sentence = tool.register(door)
    except ToolFault as fault:
        raise Refusal(fault.sentence, Exit.UNAVAILABLE if fault.passes else Exit.NOT_SO) from fault
    return sentence, True, _left(chosen)


def _by_hand(source: SourceConnection, tool: Tool | None, door: str) -> str:
    secrets = source.variable("SECRETS")
    if isinstance(tool, Pushes):
        return f"The tool's API cannot register webhooks: have it send to {door} by hand, with a secret of {secrets}."
    return f"There is no tool to register at: have the sender post to {door}, with a secret of {secrets}."


def _left(chosen: Chosen) -> Sequence[str]:
    """Also tells health at once that what was wrong is mended."""
    try:
        return _checked(chosen).problems
    except Refusal:
        return ()


def _door(application: Application, name: str) -> str:
    return application.errands.door(name) or f"{public_url(application.settings)}/in/{name}"


def _as_tried(found: Checked) -> Sequence[Tried]:
    problems = [Tried("check", False, problem) for problem in found.problems]
    notes = [Tried("check", True, note) for note in found.notes]
    return [*problems, *notes] or [Tried("check", True, "Nothing is wrong.")]
