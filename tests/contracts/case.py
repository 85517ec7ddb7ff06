"""What a marketplace must give to the conformance suite. How a case is added is told in `adapters`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pipeline.domain.claim import ChangeSubscription, PlaceOrder, Purchase
from pipeline.domain.company import CompanyStatus
from pipeline.marketplaces.simulation import SimulatedMarketplace
from pipeline.ports import Account, Exchange, Marketplace, Purpose
from tests.contracts.fakes import CountingBudget


@dataclass(frozen=True, slots=True)
class Route:
    """
    A call, as its simulator labels it. `containing` picks those whose body holds that text, where one route is several
    calls.
    """

    method: str
    path: str
    containing: str = ""

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Bought:
    """An order that came in over the API: the id that the adapter gives it, and for which of the buyers it was made."""

    ref: str
    buyer: str


class Case(Protocol):
    """
    One adapter over its own simulator, new for each test. Ids are of things that exist there.

    The simulator's clock stands still until `pass_time`.
    """

    @property
    def routes(self) -> Mapping[str, Route]:
        """
        Calls by their role. Each case has `purchase` (the one write that buys), `read` (what `read` asks), `list` (what
        `listed` pages through) and `order` (what the port's `order` reads). Its parts have more: `token`, `emails`,
        `rehearsal`, `basket`.
        """
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """Of the account, as they would look in a text."""
        ...

    @property
    def canaries(self) -> tuple[str, ...]:
        """Personal data in `wanted`, as it would look in a text: names, addresses, provisioning values."""
        ...

    @property
    def credential(self) -> str:
        """What a sentence about refused credentials names: a setting."""
        ...

    @property
    def buyers(self) -> tuple[str, str]:
        """Two customers who may buy, in the words of `Bought.buyer`."""
        ...

    @property
    def product_id(self) -> str: ...

    @property
    def sku(self) -> str:
        """Of that product, as a quote names it."""
        ...

    @property
    def unknown_id(self) -> str:
        """Of nothing, though well-formed as every id of a company, a product, an order or a subscription."""
        ...

    @property
    def page(self) -> int:
        """How many things of what `listed` reads come at once, at the most."""
        ...

    @property
    def budget(self) -> CountingBudget: ...

    @property
    def exchanges(self) -> list[Exchange]: ...

    @property
    def simulator(self) -> SimulatedMarketplace: ...

    @property
    def account(self) -> Account: ...

    def open(self, purpose: Purpose = Purpose.WORK) -> Marketplace: ...

    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        """
        What passes, in more than one line where the marketplace takes them, with personal data in it: `quantity` of
        `product_id` among it, for that one of the buyers.
        """
        ...

    def purchase(self, reference: str | None = None, buyer: int = 0, quantity: int = 5) -> PlaceOrder:
        """That, ready to be sent: composed, and its basket filled where there are baskets. A new reference each."""
        ...

    def read(self, marketplace: Marketplace) -> str:
        """One thing by one call that may be repeated; its id."""
        ...

    def listed(self, marketplace: Marketplace) -> Sequence[str]:
        """What a list that comes in pages is asked for; its ids as they came."""
        ...

    def crowd(self, count: int) -> None:
        """So many more things on that list."""
        ...

    def between(self, act: Callable[[], None]) -> None:
        """Done once, directly after the next call was answered: the world changes while a list is read."""
        ...

    def fault(self, kind: str, on: str, **how: Any) -> None:
        """The next call of that role is hit; `how` is that of `Faults.add`."""
        ...

    def echo(self) -> None:
        """The next call is refused (422) in words that repeat all that was sent."""
        ...

    def calls(self, on: str) -> int: ...

    def answered(self) -> Any:
        """The content of the last answer."""
        ...

    def orders(self) -> Sequence[Bought]:
        """Counted at the simulator, oldest first: nothing that somebody else bought."""
        ...

    def bought(self) -> int:
        """How many those are."""
        ...

    def stranger_buys(self, times: int = 1) -> None:
        """Somebody else buys for the first buyer what `wanted` would: `times` orders, none of ours."""
        ...

    def lag(self, seconds: float) -> None:
        """From now on new orders are on lists so late, and where the simulator has that, read by id so late."""
        ...

    def pass_time(self, seconds: float) -> None: ...

    def finish(self, ref: str) -> None:
        """All that has to happen until the order is live: people confirm, time passes."""
        ...

    def say(self, ref: str, word: str) -> None:
        """The order's lines say this word of their status from now on, whether the contract has it or not."""
        ...


@runtime_checkable
class WithTokens(Case, Protocol):
    """Let in by tokens that are asked for: `token` is their route."""

    @property
    def fetched(self) -> int:
        """How many tokens were asked for and given."""
        ...

    def revoke_tokens(self) -> None: ...


@runtime_checkable
class WithKey(Case, Protocol):
    """Let in by a key that stays the same."""

    def change_key(self) -> None:
        """The marketplace does not take ours any more."""
        ...


@runtime_checkable
class WithCompanies(Case, Protocol):
    """A marketplace that lists the account's companies."""

    @property
    def statuses(self) -> Mapping[str, CompanyStatus]:
        """Of some, by id: one of each status that there is, both buyers among them."""
        ...


@runtime_checkable
class WithCompanyWords(WithCompanies, Protocol):
    """Companies have a word for their status, whatever it is."""

    def say_of_company(self, company_id: str, word: str) -> None: ...


@runtime_checkable
class WithFilters(Case, Protocol):
    """FindsByReference by a filter, which a marketplace may take no notice of."""

    def ignore_filters(self) -> None:
        """From now on lists show everything, whatever was asked for."""
        ...


@runtime_checkable
class WithShortAnswers(Case, Protocol):
    """What a purchase is answered with says neither its lines nor its buyer: our reference is all that proves it."""

    @property
    def short_answers(self) -> bool: ...


@runtime_checkable
class WithContacts(WithCompanies, Protocol):
    """KeepsContacts: a company without primary contacts cannot order."""

    @property
    def lacking_company_id(self) -> str:
        """Of one without any contact."""
        ...

    @property
    def taken_name(self) -> str: ...


@runtime_checkable
class WithEmails(Case, Protocol):
    """KnowsByEmail; `emails` is the call that looks for an address."""

    @property
    def email(self) -> str:
        """Of exactly one customer."""
        ...

    @property
    def emails_nobody_has(self) -> tuple[str, ...]:
        """One that is like nothing, and such that are part of a customer's."""
        ...


@runtime_checkable
class WithRehearsal(Case, Protocol):
    """Rehearses; `rehearsal` is a call that the dry run makes."""

    @property
    def refused_fields(self) -> tuple[tuple[int | None, str], ...]:
        """What the refusal of `refused` names."""
        ...

    def refused(self, reference: str) -> Purchase:
        """What the dry run refuses."""
        ...


@runtime_checkable
class WithWaiting(Case, Protocol):
    """ListsWaiting; `waiting` is the call by which many are listed."""

    @property
    def waits(self) -> str:
        """What `say` says of an order that waits."""
        ...


@runtime_checkable
class WithBaskets(Case, Protocol):
    """BuysFromBaskets; `basket` is the call that fills one."""

    @property
    def finds_baskets(self) -> bool:
        """Whether one whose answer was lost can be found."""
        ...


@runtime_checkable
class WithChanges(Case, Protocol):
    """ChangesSubscriptions; `change` is the call that makes one."""

    def changing(self) -> ChangeSubscription:
        """A change that passes, of a live subscription of the first buyer's, composed."""
        ...

    def changed(self) -> int:
        """How many changes were carried out."""
        ...
