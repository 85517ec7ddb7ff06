"""Quotes of Pax8 itself: what a poll brings, and how its API goes wrong."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from events.connections import ToolAccess
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.pax8_quotes import make
from events.sources.pax8_quotes.login import Login
from events.sources.pax8_quotes.simulator import SimulatedPax8Quotes, line
from events.sources.tool import NotAccepted, Page, ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.pax8_quotes_scene import PRODUCT, Scene, access, connection
from tests.unit.events.sources.polled import NOON, nudged, nudges


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_poll_brings_what_was_accepted_and_what_was_taken_back(scene: Scene) -> None:
    ours, other, lost = scene.accepted(), scene.accepted(intentType="PAX8_TO_PARTNER_CLIENT"), scene.accepted()
    scene.accepted(intentType="PAX8_TO_PARTNER")
    scene.pax8.send([line(1, PRODUCT)])
    scene.pax8.decline(lost)

    pages = list(scene.tool.poll(None))

    assert set(nudged(pages)) == {ours, other, lost}
    assert pages[-1].watermark == NOON


def test_an_unchanged_quote_is_the_same_delivery_and_a_changed_one_is_another(scene: Scene) -> None:
    quote_id = scene.accepted()
    (first,) = nudges(list(scene.tool.poll(None)))
    (again,) = nudges(list(scene.tool.poll(None)))
    scene.clock.turn(minutes=1)
    scene.pax8.change(quote_id, status="declined")
    (changed,) = nudges(list(scene.tool.poll(NOON)))

    assert first == again
    assert changed.content == first.content
    assert changed.delivery_id != first.delivery_id


def test_a_poll_goes_back_an_hour_behind_its_watermark_and_no_further(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(hours=3)
    late = scene.accepted()
    scene.clock.turn(minutes=50)
    new = scene.accepted()

    pages = list(scene.tool.poll(scene.clock()))

    assert set(nudged(pages)) == {late, new}
    assert old not in nudged(pages)


def test_a_first_poll_that_finds_nothing_remembers_where_it_began(scene: Scene) -> None:
    assert list(scene.tool.poll(None))[-1].watermark == NOON - timedelta(days=1)


def test_an_old_acceptance_that_is_edited_after_the_first_poll_is_left_alone(scene: Scene) -> None:
    old = scene.accepted()
    scene.clock.turn(days=3)
    list(scene.tool.poll(None))
    list(scene.tool.poll(None))
    new = scene.accepted()
    scene.pax8.change(old)

    assert set(nudged(list(scene.tool.poll(scene.clock())))) == {old, new}
    assert isinstance(scene.found(old), NotAccepted)
    assert isinstance(scene.found(new), OfferedQuote)


def test_a_watermark_never_goes_ahead_of_the_poll_nor_back(scene: Scene) -> None:
    quote_id = scene.accepted()
    scene.pax8.change(quote_id, updatedOn=(NOON + timedelta(days=30)).isoformat())
    assert list(scene.tool.poll(NOON - timedelta(days=1)))[-1].watermark == NOON
    assert list(scene.tool.poll(NOON + timedelta(days=2)))[-1].watermark == NOON + timedelta(days=2)


@pytest.mark.parametrize("largest", [10, 50, 200], ids=["smaller pages than asked for", "as asked", "larger"])
def test_all_pages_are_read(scene: Scene, largest: int) -> None:
    scene.pax8.largest = largest
    ids = {scene.accepted() for _ in range(123)}
    assert set(nudged(list(scene.tool.poll(None)))) == ids


def moved_out(scene: Scene, ids: list[str]) -> None:
    scene.pax8.change(ids[-1], status="closed")


def moved_to_the_front(scene: Scene, ids: list[str]) -> None:
    scene.clock.turn(seconds=1)
    scene.pax8.change(ids[0])


def come_in(scene: Scene, _: list[str]) -> None:
    scene.accepted()


@pytest.mark.parametrize("shift", [moved_out, moved_to_the_front, come_in])
def test_a_list_that_shifts_while_it_is_read_loses_no_quote(
    scene: Scene, shift: Callable[[Scene, list[str]], None]
) -> None:
    ids = []
    for _ in range(120):
        ids.append(scene.accepted())
        scene.clock.turn(seconds=1)
    shifts = [lambda: shift(scene, ids)]
    scene.pax8.between = lambda number: shifts.pop()() if number == 0 and shifts else None

    assert set(nudged(list(scene.tool.poll(None)))) >= set(ids) - {ids[-1]}


def test_half_a_page_is_no_page(scene: Scene) -> None:
    for _ in range(60):
        scene.accepted()
    half = Cut(scene.pax8)
    tool = make(scene.connection, Connections(httpx.MockTransport(half)), MemoryKeyRing())
    tool._now = scene.clock
    with pytest.raises(ToolFault, match="half a page"):
        list(tool.poll(None))


class Cut:
    """Drops the second half of each page's rows."""

    def __init__(self, inner: SimulatedPax8Quotes) -> None:
        self._inner = inner

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner(request)
        if request.url.path != "/v2/quotes":
            return answer
        content = answer.json()
        content["content"] = content["content"][:25]
        return httpx.Response(200, json=content)


def test_a_row_that_cannot_be_read_holds_up_no_other_and_no_watermark_passes_it(scene: Scene) -> None:
    good, bad = scene.accepted(), scene.accepted()
    scene.pax8.quotes[bad]["id"] = None
    pages: list[Page] = []
    with pytest.raises(ToolFault, match="1 rows"):
        pages.extend(scene.tool.poll(None))
    assert nudged(pages) == [good]
    assert all(page.watermark is None for page in pages)


@pytest.mark.parametrize(
    ("mishap", "passes", "after"),
    [
        (Mishap.THROTTLED, True, 7.0),
        (Mishap.BROKEN, True, None),
        (Mishap.HTML, True, None),
        (Mishap.HALF_A_PAGE, True, None),
        (Mishap.HANG_UP, True, None),
    ],
)
def test_a_mishap_is_a_fault_that_passes(scene: Scene, mishap: Mishap, passes: bool, after: float | None) -> None:
    quote_id = scene.accepted()
    scene.found(quote_id)
    for ask in (lambda: scene.tool.look_up({"quote": quote_id}), lambda: list(scene.tool.poll(None))):
        scene.pax8.mishaps.add(mishap)
        with pytest.raises(ToolFault) as fault:
            ask()
        assert (fault.value.passes, fault.value.after) == (passes, after)


def test_wrong_credentials_are_said_with_the_variables_and_never_shown() -> None:
    scene = Scene(ToolAccess(client_id="id", client_secret=SecretStr("hunter2")))
    quote_id = scene.accepted()
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__QUOTES__CLIENT_SECRET") as fault:
        scene.found(quote_id)
    assert not fault.value.passes
    assert "hunter2" not in str(fault.value)
    assert scene.tool.check("").problems


def test_a_check_that_goes_well_says_that_there_is_nothing_to_set(scene: Scene) -> None:
    checked = scene.tool.check("https://here.example")
    assert (checked.problems, len(checked.notes)) == ((), 1)


def test_a_check_tells_of_a_webhook_for_quotes_should_there_ever_be_one(scene: Scene) -> None:
    scene.pax8.topics.append("QUOTE")
    assert "QUOTE" in scene.tool.check("").notes[1]


def test_a_check_passes_on_a_fault_that_passes(scene: Scene) -> None:
    scene.pax8.mishaps.add(Mishap.BROKEN)
    with pytest.raises(ToolFault):
        scene.tool.check("")


def test_one_token_serves_many_calls_and_a_refused_one_is_renewed_once() -> None:
    seconds = [0.0]
    scene = Scene()
    scene.tool._login = Login(scene.tool._login._client, access(), "https://api.pax8.com", lambda: seconds[0])
    quote_id = scene.accepted()
    scene.found(quote_id)
    scene.found(quote_id)
    assert len(scene.pax8.tokens) == 1

    seconds[0] = 120.0
    scene.pax8.end_tokens()
    scene.found(quote_id)
    assert len(scene.pax8.tokens) == 2

    seconds[0] = 121.0
    scene.pax8.end_tokens()
    with pytest.raises(ToolFault):
        scene.found(quote_id)
    assert len(scene.pax8.tokens) == 2


def test_a_token_is_renewed_before_it_ends() -> None:
    seconds = [0.0]
    scene = Scene()
    login = Login(scene.tool._login._client, access(), "https://api.pax8.com", lambda: seconds[0])
    first = login.headers()
    seconds[0] = 86_400 - 299
    assert login.headers() != first


@pytest.mark.parametrize("base_url", ["", "https://api.pax8.com/v1", "https://api.pax8.com/"])
def test_the_address_is_taken_with_or_without_its_version(base_url: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return SimulatedPax8Quotes()(request)

    tool = make(connection(access(base_url=base_url)), Connections(httpx.MockTransport(answer)), MemoryKeyRing())
    with pytest.raises(ToolFault):
        list(tool.poll(None))
    assert asked[0] == "https://api.pax8.com/v1/token"
    assert asked[1].startswith("https://api.pax8.com/v2/quotes?")
