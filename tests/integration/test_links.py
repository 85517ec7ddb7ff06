"""Links by which a customer fills in what is missing: made, used once, and of no use any longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from pipeline.domain.errors import BadAnswer, NotAllowed, UnknownOrder
from pipeline.domain.state import OrderState
from pipeline.operations import links
from pipeline.operations.acting import cancel
from pipeline.operations.answering import answer
from pipeline.operations.links import Gone, Unfit
from pipeline.store import questions
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.tables import ANSWER_LINKS
from tests.integration.links_world import ADMIN, ALL, COUNTRY, DANA, EXTRAS, REGION, TENANT, Asking, asking
from tests.integration.operators_world import PRICE, World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


@pytest.fixture
def order(world: World) -> Asking:
    return asking(world)


def fill(order: Asking, token: str, **others: Any) -> None:
    links.fill(order.world.desk, token, {**_lists(order.good()), **others})


def _lists(given: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in given.items()}


def test_answers_are_kept_under_who_it_was_made_for_and_the_order_goes_on(order: Asking) -> None:
    token = order.link()

    fill(order, token)

    assert set(order.asks().values()) == {"dana@contoso.example (by link of sam)"}
    assert order.answers() == {
        "provisioning:1:msDomain": ("contoso.onmicrosoft.com",),
        "provisioning:1:region": ("Asia <Pacific>",),
        "provisioning:1:extras": ("English", "French"),
        "contact:admin": ("Chris", "Chris", "chris@contoso.example", "+1 555 0100"),
        "customer:country": ("us",),
    }
    assert order.world.row(order.ref).state == OrderState.RUNNING
    told = [(entry.outcome, entry.actor) for entry in order.world.journal(order.ref) if entry.kind == "act"]
    assert told == [("link_made", "sam"), *[("answered", "a contact (by link of sam)")] * 5]


def test_a_link_for_nobody_in_particular_is_told_as_a_contact_s(order: Asking) -> None:
    fill(order, order.link(email=""))

    assert set(order.asks().values()) == {"a contact (by link of sam)"}


def test_a_link_asks_only_for_its_questions_and_the_order_waits_for_the_others(order: Asking) -> None:
    token = order.link(TENANT, COUNTRY)

    assert [field.label for field in links.form(order.world.desk, token).fields] == ["Tenant domain", "Country"]
    fill(order, token)

    assert order.answers().keys() == {TENANT.key, COUNTRY.key}
    assert order.world.row(order.ref).state == OrderState.ASKING


def test_the_form_holds_company_quote_and_fields_and_nothing_else(order: Asking) -> None:
    form = links.form(order.world.desk, order.link())

    assert (form.company, form.quote) == ("Contoso Ltd", "Q-1001")
    assert not [word for word in ("31.10", "USD", "Pax8", "pax8", "leave out", order.ref) if word in str(form)]


def test_looking_spends_nothing(order: Asking) -> None:
    token = order.link()
    for _ in range(3):
        links.form(order.world.desk, token)

    fill(order, token)


def test_of_the_token_only_a_hash_is_kept_and_of_the_address_nothing_readable(order: Asking) -> None:
    token = order.link()
    with order.world.database.transaction() as connection:
        row = connection.execute(select(ANSWER_LINKS)).one()

    assert token not in str(row)
    assert DANA not in str(row)
    assert len(token) >= 43
    assert token not in repr(links.make(order.world.desk, order.ref, actor="sam"))


def used(order: Asking, token: str) -> None:
    fill(order, token)


def expired(order: Asking, token: str) -> None:
    del token
    with order.world.database.transaction() as connection:
        connection.execute(update(ANSWER_LINKS).values(expires_at=func.now()))


def revoked(order: Asking, token: str) -> None:
    del token
    (link,) = links.listed(order.world.desk, order.ref)
    links.revoke(order.world.desk, order.ref, UUID(link["id"]), actor="sam")


def answered(order: Asking, token: str) -> None:
    del token
    given = {order.id(TENANT): ["x"], order.id(REGION): ["Europe"], order.id(EXTRAS): ["German"]}
    given |= {order.id(ADMIN): ["D", "R", DANA, "1"], order.id(COUNTRY): ["US"]}
    answer(order.world.desk, order.ref, order.world.row(order.ref).version, given, actor="sam")


def withdrawn(order: Asking, token: str) -> None:
    del token
    with order.world.database.transaction() as connection:
        questions.withdraw(connection, order.world.id_of(order.ref))


def cancelled(order: Asking, token: str) -> None:
    del token
    cancel(order.world.desk, order.ref, order.world.row(order.ref).version, "withdrew", actor="sam")


@pytest.mark.parametrize("became", [used, expired, revoked, answered, withdrawn, cancelled])
def test_a_link_is_of_no_use_once_it_is(order: Asking, became: Callable[[Asking, str], None]) -> None:
    token = order.link()
    became(order, token)
    before = order.answers()

    with pytest.raises(Gone):
        links.form(order.world.desk, token)
    with pytest.raises(Gone):
        fill(order, token)
    assert order.answers() == before


@pytest.mark.parametrize("token", ["", "sent", "x" * 43, "\0", "🔑", "\ud800"])
def test_a_token_that_was_never_given_out_opens_nothing(order: Asking, token: str) -> None:
    order.link()

    with pytest.raises(Gone):
        links.form(order.world.desk, token)


def test_what_does_not_fit_keeps_nothing_and_the_link_stays_good(order: Asking) -> None:
    token = order.link()

    with pytest.raises(Unfit) as unfit:
        fill(order, token, **{str(order.id(REGION)): ["Mars"], f"{order.id(ADMIN)}.email": ["nowhere"]})
    assert unfit.value.wrong.keys() == {str(order.id(REGION)), f"{order.id(ADMIN)}.email"}
    assert order.answers() == {}

    fill(order, token)
    assert len(order.answers()) == len(ALL)


def test_a_question_that_an_operator_answered_meanwhile_keeps_their_answer(order: Asking) -> None:
    token = order.link()
    version = order.world.row(order.ref).version
    answer(order.world.desk, order.ref, version, {order.id(TENANT): ["sams.example"]}, actor="sam")

    fill(order, token)

    assert order.answers()[TENANT.key] == ("sams.example",)
    assert order.asks()[TENANT.key] == "sam"
    assert order.asks()[REGION.key] == "dana@contoso.example (by link of sam)"


def test_of_several_who_send_at_once_one_is_taken(order: Asking) -> None:
    token = order.link()

    def send(_: int) -> bool:
        try:
            fill(order, token)
        except Gone:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(send, range(4)))

    assert sorted(taken) == [False, False, False, True]
    acts = [entry for entry in order.world.journal(order.ref) if entry.outcome == "answered"]
    assert len(acts) == len(ALL)


def test_a_second_link_for_the_same_questions_ends_with_the_first(order: Asking) -> None:
    first, second = order.link(), order.link()

    fill(order, second)

    with pytest.raises(Gone):
        links.form(order.world.desk, first)


def test_a_price_is_none_of_the_customer_s_business(world: World) -> None:
    order = asking(world, TENANT, PRICE)

    assert [field.label for field in links.form(world.desk, order.link()).fields] == ["Tenant domain"]
    with pytest.raises(BadAnswer, match="none that a customer can answer"):
        order.link(PRICE)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        pytest.param({"wanted": [uuid4()]}, "has no question", id="a question of no order"),
        pytest.param({"email": "dana"}, "e-mail address", id="no address"),
        pytest.param({"email": "dana@x.example\nbcc: all@x.example"}, "e-mail address", id="two lines"),
        pytest.param({"lasts": timedelta(0)}, "one to 90 days", id="no time at all"),
        pytest.param({"lasts": timedelta(days=91)}, "one to 90 days", id="for ever"),
    ],
)
def test_a_link_that_cannot_be_meant_is_not_made(order: Asking, how: dict[str, Any], words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        links.make(order.world.desk, order.ref, actor="sam", **how)


def asks_only_a_price(world: World) -> str:
    return asking(world, PRICE).ref


def has_ended(world: World) -> str:
    ref = asking(world, TENANT).ref
    world.failed(ref)
    return ref


@pytest.mark.parametrize("state", [asks_only_a_price, has_ended])
def test_no_link_is_made_for_an_order_that(world: World, state: Callable[[World], str]) -> None:
    with pytest.raises(NotAllowed):
        links.make(world.desk, state(world), actor="sam")


def test_a_used_link_is_not_revoked_and_a_revoked_one_stays_so(order: Asking) -> None:
    desk, token = order.world.desk, order.link(TENANT)
    other = UUID(str(links.make(desk, order.ref, actor="sam").told["id"]))
    fill(order, token)
    (used_one,) = (UUID(each["id"]) for each in links.listed(desk, order.ref) if each["state"] == "spent")

    for _ in range(2):
        told = links.revoke(desk, order.ref, other, actor="sam")
        assert told is not None
        assert told["state"] == "revoked"
    with pytest.raises(NotAllowed, match="was used"):
        links.revoke(desk, order.ref, used_one, actor="sam")
    assert links.revoke(desk, order.ref, uuid4(), actor="sam") is None
    assert [entry.outcome for entry in order.world.journal(order.ref)].count("link_revoked") == 1


def test_an_order_that_is_not_there_has_no_links(world: World) -> None:
    for act in (
        lambda: links.make(world.desk, "QW-NOTHERE", actor="sam"),
        lambda: links.listed(world.desk, "QW-NOTHERE"),
        lambda: links.revoke(world.desk, "QW-NOTHERE", uuid4(), actor="sam"),
    ):
        with pytest.raises(UnknownOrder):
            act()
