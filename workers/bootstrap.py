"""The composition root: the one place that chooses real parts and puts them together, once for each process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Connection, Engine

from events.connections import SourceConnection, SourceKind
from events.errands import Errands
from events.notices.channel import Channel
from events.notices.configuration import BadChannel, make_channels
from events.notices.delivery import Deliverer
from events.notices.tickets import TicketChannel, kinds_of
from events.notices.wording import Wording
from events.reading import Reader
from events.replies.hearing import Hearing
from events.replies.listening import Listening
from events.sources.access import BadAccess
from events.sources.keyring import KeyRing
from events.sources.tool import Tool, WritesNotes
from events.tools import make_tools
from pipeline.domain.change import Change
from pipeline.domain.order import Policy
from pipeline.escalation import escalate
from pipeline.marketplaces import AccountConfig, BadOptions, SharedBreaker, Timeouts, factory
from pipeline.moves import Mover, Rules
from pipeline.operations.desk import Desk
from pipeline.operations.tidying import Tidying
from pipeline.ports import Account, Breaker, Budget, Tokens
from pipeline.runner import Runner, Time
from pipeline.store import due, orders
from pipeline.store.acceptances import Tell
from pipeline.store.breakers import StoredBreakers
from pipeline.store.cipher import Cipher
from pipeline.store.database import Database, make_engine
from pipeline.store.keyring import StoredKeyRing
from pipeline.store.tables import ORDERS
from pipeline.store.tokens import StoredTokens
from workers.budget import SharedBudget
from workers.configured import (
    channel_configs,
    data_folder,
    deadline,
    deadlines,
    encryption_keys,
    local_connection,
    policies,
    public_url,
    source_connections,
)
from workers.settings import Settings, SettingsError, variable

# Connections of the local sources: quotes that a person hands in on the command line.
LOCAL = "cli"


class Head:
    """How many processes share what an account allows; the clock keeps it, and until then it is one."""

    def __init__(self) -> None:
        self.count = 1

    def counted(self, count: int) -> None:
        self.count = max(count, 1)

    def __call__(self) -> int:
        return self.count


MakeAccount = Callable[[AccountConfig, Tokens, Budget, Breaker], Account]


def make_account(config: AccountConfig, tokens: Tokens, budget: Budget, breaker: Breaker) -> Account:
    """The account of the settings' marketplace. Raises SettingsError for options that can't be meant."""
    try:
        return factory(config.marketplace)(config, tokens, budget, breaker)
    except BadOptions as wrong:
        raise SettingsError(str(wrong)) from None


MakeBudget = Callable[[Settings, str, Head], Budget]


def make_budget(settings: Settings, redis_url: str, head: Head) -> Budget:
    """The budget that all workers share, counted in Redis."""
    allowed = {name: account.calls(name) for name, account in settings.marketplaces.items() if account.on}
    return SharedBudget(redis_url, allowed, head)


@dataclass(frozen=True, slots=True)
class Parts:
    """
    The parts that touch what is outside of the process. The drills put others in their place, which stop, die or keep
    another time; all that is between them stays as it is.
    """

    database: Callable[[Engine, Cipher], Database] = Database
    account: MakeAccount = make_account
    budget: MakeBudget = make_budget
    channels: Callable[[Mapping[str, Channel]], Mapping[str, Channel]] = lambda channels: channels
    tools: Callable[[Mapping[str, SourceConnection], KeyRing], Mapping[str, Tool]] = make_tools
    time: Time = field(default_factory=Time)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a process works with. Nothing is connected before its first use."""

    settings: Settings
    database: Database
    redis_url: str
    accounts: Mapping[str, Account]
    policies: Mapping[str, Policy]
    rules: Rules
    mover: Mover
    sources: Mapping[str, SourceConnection]
    tools: Mapping[str, Tool]
    reader: Reader
    errands: Errands
    channels: Mapping[str, Channel]
    deliverer: Deliverer
    head: Head
    time: Time

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, *, pool_size: int = 5, parts: Parts | None = None) -> Iterator[Application]:
        """
        Puts the parts together for the settings, and lets go of them at the end. Raises SettingsError.

        Both servers must be named: who runs embedded ones names them before.
        """
        keys = encryption_keys(settings, data_folder(settings))
        parts = parts or Parts()
        engine = make_engine(_named(settings, "database_url"), pool_size=pool_size)
        database = parts.database(engine, Cipher(keys))
        try:
            yield _put_together(settings, database, parts)
        finally:
            database.close()

    @property
    def desk(self) -> Desk:
        """What a person does to orders."""
        return Desk(self.database, self.accounts, self.policies, self.rules)

    def runner(self) -> Runner:
        return Runner(self.database, self.accounts, self.policies, self.rules, self.time)

    def read_event(self, event_id: UUID) -> Sequence[UUID]:
        """Reads a stored event and gives the orders that it made and nobody has begun."""
        self.reader.read(event_id)
        with self.database.transaction() as connection:
            return orders.begun_by(connection, event_id)

    def give_back(self, order_id: UUID) -> None:
        """An order whose message could not be sent is due again in a second, not only when its lease is over."""
        with self.database.transaction() as connection:
            due.give_back(connection, ORDERS, [order_id], timedelta(seconds=1))

    def look_after(self) -> int:
        """
        What a clock does besides publishing: reminds of questions, moves those on that are past their deadline, and at
        first sees that this worker's errands are run. Gives how many questions.
        """
        self.errands.begin()
        return escalate(self.database, self.mover, self.rules, self.settings.questions.escalate_to)


def _put_together(settings: Settings, database: Database, parts: Parts) -> Application:
    redis_url = _named(settings, "redis_url")
    head = Head()
    made = parts.channels(channels_of(settings))
    sources = {LOCAL: local_connection(settings, LOCAL), **source_connections(settings)}
    tools = _tools(sources, database, parts)
    writable = {name: tool for name, tool in tools.items() if isinstance(tool, WritesNotes)}
    rules = _rules(settings, tuple(made), kinds_of(sources, writable))
    mover = Mover(database, rules)
    lease = timedelta(seconds=settings.lease_seconds)
    accounts = _accounts(settings, database, parts.budget(settings, redis_url, head), parts.account)
    # What people say on tickets leads to no call of a marketplace.
    desk = Desk(database, accounts, policies(settings), rules)
    hearing = Hearing(desk, sources)
    tidying = Tidying(desk, parts.time.boottime)
    listening = Listening(database, writable, rules.tickets, hearing)
    on_tickets: dict[str, Channel] = {
        channel.name: channel
        for name, tool in writable.items()
        for channel in [TicketChannel(sources[name], tool, wording_of(settings), database, rules.tickets, lease)]
    }
    return Application(
        settings=settings,
        database=database,
        redis_url=redis_url,
        accounts=accounts,
        policies=policies(settings),
        rules=rules,
        mover=mover,
        sources=sources,
        tools=tools,
        reader=Reader(database, sources, _tell_of(mover), tools, hearing, _tell_of(mover, Change.SETTLED)),
        errands=Errands(database, sources, tools, settings.public_url or "", listening, tuple(made), tidying),
        channels=made,
        deliverer=Deliverer(database, {**made, **parts.channels(on_tickets)}, lease=lease),
        head=head,
        time=parts.time,
    )


def _tools(sources: Mapping[str, SourceConnection], database: Database, parts: Parts) -> Mapping[str, Tool]:
    """The configured tools. Raises SettingsError for one that lacks something."""
    named = {name: each for name, each in sources.items() if each.kind is not SourceKind.GENERIC}
    try:
        return parts.tools(named, StoredKeyRing(database))
    except BadAccess as wrong:
        raise SettingsError(str(wrong)) from None


def _named(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None:
        raise SettingsError(f"{variable(name)} is missing: set it, or let `quoteway up` run embedded servers.")
    return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)


def _rules(settings: Settings, channels: Sequence[str], tickets: Mapping[str, str]) -> Rules:
    return Rules(
        deadline=deadline(settings),
        lease=timedelta(seconds=settings.lease_seconds),
        channels=channels,
        tickets=tickets,
        deadlines=deadlines(settings),
    )


def wording_of(settings: Settings) -> Wording:
    """How notices are worded for people."""
    return Wording(public_url(settings), settings.time_zone, page="/api/orders/{ref}")


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """Where notices go, by name. Raises SettingsError for one that could never be sent to."""
    try:
        return make_channels(channel_configs(settings), wording_of(settings))
    except BadChannel as error:
        raise SettingsError(str(error)) from None


def _accounts(settings: Settings, database: Database, budget: Budget, make: MakeAccount) -> Mapping[str, Account]:
    tokens, breaker = StoredTokens(database), SharedBreaker(StoredBreakers(database))
    return {
        name: make(_account_config(settings, name), tokens, budget, breaker)
        for name, account in settings.marketplaces.items()
        if account.on
    }


def _account_config(settings: Settings, name: str) -> AccountConfig:
    account = settings.marketplaces[name]
    none = SecretStr("")
    whole = timedelta(seconds=account.timeout_seconds)
    most = Timeouts()
    fields = ("base_url", "token_url", "client_id", "client_secret", "audience", "api_key", "tenant", "options")
    return AccountConfig(
        name=name,
        marketplace=name,
        base_url=account.address(name),
        token_url=account.token_url or "",
        client_id=SecretStr(account.client_id),
        client_secret=account.client_secret or none,
        audience=account.audience,
        tenant=account.tenant,
        api_key=account.api_key or none,
        options=account.options,
        currency=account.currency,
        calls_per_minute=account.calls(name),
        timeouts=Timeouts(
            read=min(most.read, whole), orders=max(most.orders, whole), rehearse=whole, write=whole, token=most.token
        ),
        settings={field: variable("marketplaces", name, field) for field in fields},
    )


def _tell_of(mover: Mover, change: Change = Change.ASKING) -> Tell:
    """Tells of what the inbox did to an order, in the inbox's own transaction."""

    def tell(connection: Connection, order_id: UUID) -> None:
        row = orders.read(connection, order_id)
        if row is not None:
            mover.tell(connection, order_id, change, row.version)

    return tell
