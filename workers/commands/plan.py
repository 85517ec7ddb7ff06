"""`quoteway plan`: what an accepted quote would do. It buys nothing and keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.sources.document import Revocation, Unreadable
from events.sources.generic import read_document
from pipeline.domain.splitting import LineageError
from pipeline.operations.planning import plan
from pipeline.store import counts, known
from workers.commands.exits import Exit, Refusal
from workers.commands.output import print_json, print_page
from workers.commands.plan_page import page, would_go_through
from workers.commands.quotes import read_file, unreadable
from workers.commands.reach import opened

if TYPE_CHECKING:
    from workers.bootstrap import Application


def tell(file: str, *, as_json: bool) -> Exit:
    """OK when it would be bought as it is, NOT_SO when something would be asked or refused."""
    body = read_file(file)
    with opened() as application:
        found = _planned(application, file, body)
    if as_json:
        print_json(found)
    else:
        print_page(page(found))
    return Exit.OK if would_go_through(found) else Exit.NOT_SO


def _planned(application: Application, file: str, body: bytes) -> dict[str, Any]:
    try:
        document = read_document(body, application.sources["cli"], bare=True)
    except Unreadable as wrong:
        raise unreadable(file, wrong) from wrong
    if isinstance(document, Revocation):
        raise Refusal(f"{file} revokes a quote: only an accepted one has a plan.", Exit.BAD_INPUT)
    database = application.database

    def remembered(account: str, identity: str) -> str | None:
        with database.transaction() as connection:
            return known.remembered_company(connection, account, database.digest(identity))

    with database.transaction() as connection:
        now = counts.now(connection)
    try:
        return plan(document, application.accounts, application.policies, now, remembered).json()
    except LineageError as wrong:
        raise Refusal(f"{file}: {wrong}", Exit.BAD_INPUT) from wrong
