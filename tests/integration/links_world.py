"""An order that still needs what only the customer knows, and the doors that they fill it in by, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx

from events.connections import SourceConnection
from events.reading import Reader
from pipeline.domain.question import Question, QuestionKind
from pipeline.operations import links
from tests.integration.operators_world import World
from workers.web.api import Services, api_router
from workers.web.app import create_app
from workers.web.fill import PER_MINUTE, fill_router
from workers.web.serve import listen, make_server

DANA = "dana@contoso.example"
TENANT = Question(
    "provisioning:1:msDomain",
    QuestionKind.PROVISIONING,
    "Line 1 (Microsoft 365 E3) needs 'Tenant domain'. Pax8 refused it: 31.10 USD.",
    line="1",
    label="Tenant domain",
    hint="For Microsoft 365 E3. It ends in .onmicrosoft.com.",
)
REGION = Question(
    "provisioning:1:region",
    QuestionKind.PROVISIONING,
    "Line 1 (Microsoft 365 E3) needs 'Data region'.",
    line="1",
    possible_values=("Europe", "North America", "Asia <Pacific>", "leave out"),
    label="Data region",
    hint="For Microsoft 365 E3.",
)
EXTRAS = Question(
    "provisioning:1:extras",
    QuestionKind.PROVISIONING,
    "Line 1 (Microsoft 365 E3) needs 'Languages'.",
    line="1",
    possible_values=("English", "German", "French", "leave out"),
    many=True,
    label="Languages",
)
ADMIN = Question(
    "contact:admin",
    QuestionKind.CONTACT,
    "Who is the primary admin contact?",
    many=True,
    label="Admin contact",
    hint="The person at your company who looks after what you have ordered.",
)
COUNTRY = Question(
    "customer:country",
    QuestionKind.CUSTOMER_DETAILS,
    "The company is to be made at Pax8: what is the country of its address?",
    label="Country",
    hint="Two letters, such as US or DE.",
)
ALL = (TENANT, REGION, EXTRAS, ADMIN, COUNTRY)


@dataclass(frozen=True)
class Asking:
    """An order that asks, and how its questions' inputs are named."""

    world: World
    ref: str

    def id(self, question: Question) -> UUID:
        return self.world.question(self.ref, question.key)

    def link(self, *questions: Question, email: str = DANA) -> str:
        """A new link's token."""
        wanted = [self.id(each) for each in questions]
        return links.make(self.world.desk, self.ref, actor="sam", wanted=wanted, email=email).token

    def good(self) -> dict[str, str | list[str]]:
        """What fits all questions, by the inputs' names."""
        admin = self.id(ADMIN)
        return {
            str(self.id(TENANT)): " contoso.onmicrosoft.com ",
            str(self.id(REGION)): "Asia <Pacific>",
            str(self.id(EXTRAS)): ["English", "French"],
            f"{admin}.first": "Chris",
            f"{admin}.last": "Chris",
            f"{admin}.email": "chris@contoso.example",
            f"{admin}.phone": "+1 555 0100",
            str(self.id(COUNTRY)): "us",
        }

    def answers(self) -> dict[str, tuple[str, ...]]:
        from pipeline.store import questions

        with self.world.database.transaction() as connection:
            found = questions.answers(connection, self.world.database, self.world.id_of(self.ref))
        return {key: answered.values for key, answered in found.items()}

    def asks(self) -> dict[str, str | None]:
        """Who answered each question."""
        return {each["key"]: each["answered_by"] for each in self.world.view(self.ref)["questions"]}


def asking(world: World, *asked: Question) -> Asking:
    ref = world.accept("Q-1001", company="Contoso Ltd")
    world.ask(ref, *(asked or ALL))
    return Asking(world, ref)


@contextmanager
def doors(world: World, *, per_minute: int = PER_MINUTE) -> Iterator[httpx.Client]:
    """A client of the whole web process's doors, on a free port of the loopback address."""
    local = SourceConnection("local", marketplaces=("pax8",))
    services = Services(world.desk, Reader(world.database, {}), local, {}, ping_redis=lambda: None)
    app = create_app(world.database, {}, routers=[api_router(services), fill_router(world.desk, per_minute)])
    with listen("127.0.0.1", 0) as listener:
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
