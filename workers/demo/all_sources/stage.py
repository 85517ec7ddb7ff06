"""All tools together: who accepts what, their simulators on loopback, the connections' settings and the product map."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import httpx

from events.sources.serving import ToolSimulator, served
from events.sources.tool import Post
from pipeline.domain.map_row import MapRow
from pipeline.domain.quote import Ticket
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.customers import CONTOSO, TAILSPIN_ONE_PARENT, WINGTIP_TWO_PARENTS
from workers.demo.all_sources.play import Acceptance, Play, Wanted
from workers.demo.all_sources.polled_tools import connectwise_cpq, kaseya_quote_manager, pax8_quotes
from workers.demo.all_sources.psas import Psas, autotask, connectwise, halopsa
from workers.demo.all_sources.quote_tools import generic, pandadoc, quoter, stripe
from workers.demo.cases import TENANT
from workers.settings import variable

_MARKETPLACE = "pax8"
_BACKUP, _ENDPOINT, _E3 = catalogue.BACKUP, catalogue.ENDPOINT_VOLUME, catalogue.M365_E3
_TAILSPIN, _WINGTIP = TAILSPIN_ONE_PARENT, WINGTIP_TWO_PARENTS


@dataclass(frozen=True, slots=True)
class Stage:
    """
    What is played. `lock` is held around every call of a simulator, and around all that people do there. `variables`
    are the connections' settings.
    """

    acceptances: Sequence[Acceptance]
    variables: Mapping[str, str] = field(repr=False)
    psas: Psas
    lock: threading.RLock

    @property
    def plays(self) -> Sequence[Play]:
        return [play for acceptance in self.acceptances for play in acceptance.plays]

    def accept(self, play: Play) -> Post | None:
        """The customer accepts; gives what the tool then sends."""
        with self.lock:
            return play.accept()

    def notes(self, ticket: Ticket) -> Sequence[str]:
        with self.lock:
            return self.psas.notes(ticket)

    def status(self, ticket: Ticket) -> str:
        with self.lock:
            return self.psas.status(ticket)

    def reply_at_halopsa(self, ticket: Ticket, answer: str) -> bool:
        with self.lock:
            return self.psas.reply_at_halopsa(ticket, answer)


@contextmanager
def staged(secret: str) -> Iterator[Stage]:
    """Every tool answers on loopback until the end. `secret` signs what the generic intake gets."""
    psas, lock = Psas(), threading.RLock()
    acceptances = _acceptances(psas, secret)
    variables: dict[str, str] = {}
    with ExitStack() as stack:
        for play in (play for acceptance in acceptances for play in acceptance.plays):
            address = stack.enter_context(served(_guarded(play.simulator, lock))) if play.simulator else ""
            settings = {"kind": play.name, "default_marketplace": _MARKETPLACE, **play.settings(address)}
            variables |= {variable("sources", play.name, name): text for name, text in settings.items()}
        yield Stage(acceptances, variables, psas, lock)


def new_secret() -> str:
    """For the generic intake's Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def map_rows(plays: Sequence[Play]) -> list[MapRow]:
    """What each tool's key means at the marketplace, and what no tool says: term, commitment, provisioning."""
    since = datetime.now(UTC).date() - timedelta(days=1)
    return [
        MapRow(
            source=play.name,
            key=play.key,
            valid_from=since,
            marketplace=_MARKETPLACE,
            product_id=play.wanted.product.id,
            billing_term=play.wanted.billing_term,
            commitment=play.wanted.commitment,
            provisioning=dict(play.wanted.provisioning),
        )
        for play in plays
        if play.key
    ]


def post(client: httpx.Client, play: Play, sent: Post) -> httpx.Response:
    """The tool's webhook, through the door of its connection."""
    url = f"/in/{play.name}" + (f"?{sent.query}" if sent.query else "")
    return client.post(url, content=sent.body, headers=dict(sent.headers))


def _acceptances(psas: Psas, secret: str) -> Sequence[Acceptance]:
    """No two of the same content, so that each purchase at the marketplace is known by what was bought for whom."""
    tenant = {name: tuple(values) for name, values in TENANT.items()}
    won, opportunity = connectwise(psas, Wanted(_TAILSPIN, _E3, 10, "Annual", "1-Year", tenant))
    ordered, known = autotask(psas, Wanted(CONTOSO, _ENDPOINT, 12, "Monthly"))
    return [
        Acceptance((generic(_ticketed(psas, Wanted(CONTOSO, _BACKUP, 5, "Monthly")), secret),)),
        Acceptance((won, connectwise_cpq(won.wanted, won.key, opportunity))),
        Acceptance((halopsa(psas, Wanted(_WINGTIP, _BACKUP, 7, "Monthly")),)),
        Acceptance((ordered, kaseya_quote_manager(ordered.wanted, known))),
        Acceptance((quoter(Wanted(_TAILSPIN, _BACKUP, 8, "Annual")),)),
        Acceptance((pandadoc(_ticketed(psas, Wanted(_WINGTIP, _ENDPOINT, 30, "Monthly"))),)),
        Acceptance((stripe(_ticketed(psas, Wanted(_TAILSPIN, _ENDPOINT, 9, "Monthly"))),)),
        Acceptance((pax8_quotes(Wanted(CONTOSO, _BACKUP, 15, "Annual")),)),
    ]


def _ticketed(psas: Psas, wanted: Wanted) -> Wanted:
    return replace(wanted, ticket=psas.new_ticket(wanted.customer.name))


def _guarded(simulator: ToolSimulator, lock: threading.RLock) -> ToolSimulator:
    def answer(request: httpx.Request) -> httpx.Response:
        with lock:
            return simulator(request)

    return answer
