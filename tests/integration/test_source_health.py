"""How source connections stand: on the command line, in the health of the API, in metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from events.sources.serving import served
from pipeline.store.errands import ErrandKind
from tests.integration.sources_world import PATIENCE, SourcesWorld, sources_world
from workers.commands.exits import Exit


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[SourcesWorld]:
    with sources_world(database_url, redis_url, tmp_path) as world:
        yield world


def test_a_webhook_that_is_registered_switched_off_and_registered_again_is_told_each_time(world: SourcesWorld) -> None:
    absent, added, fine = world.source(("check", "psa"), ("add", "psa"), ("check", "psa", "--json"))

    assert (absent[0], absent[1].count("has no callback for")) == (Exit.NOT_SO, 2)
    assert (added[0], added[1].count("was made")) == (Exit.OK, 2)
    assert {each["url"].partition("?")[0] for each in world.callbacks().values()} == {f"{world.public_url}/in/psa"}
    assert (fine[0], json.loads(fine[1])["problems"]) == (Exit.OK, [])

    world.switch_off()
    world.run("psa", ErrandKind.CHECK)
    health = world.health()

    assert health["status"] == "failed"
    assert [problem for problem in health["problems"] if "psa: The callback for opportunity is inactive" in problem]
    assert (world.told("psa")["deactivated"], len(world.told("psa")["problems"])) == (True, 2)
    assert 'quoteway_source_deactivated{connection="psa"} 1.0' in world.metrics()
    listed, added = world.source(("list",), ("add", "psa"))
    assert "switched off" in listed[1]
    assert added[1].count("switched on again") == 2
    assert (world.told("psa")["deactivated"], world.told("psa")["problems"], world.health()["status"]) == (
        False,
        [],
        "ok",
    )


def test_a_check_tells_what_is_wrong_and_health_knows_at_once(world: SourcesWorld) -> None:
    (told,) = world.source(("check", "psa", "--json"))

    found = json.loads(told[1])
    assert (told[0], len(found["problems"]), found["deactivated"]) == (Exit.NOT_SO, 2, False)
    assert world.told("psa")["problems"] == found["problems"]


@pytest.mark.parametrize(
    ("fault", "exit_code", "word"),
    [
        pytest.param("401", Exit.NOT_SO, "QUOTEWAY_SOURCES__PSA__USERNAME", id="credentials are refused"),
        pytest.param("500", Exit.UNAVAILABLE, "with 500", id="a server error"),
        pytest.param("html", Exit.UNAVAILABLE, "no JSON", id="a page of HTML"),
    ],
)
def test_a_tool_that_cannot_be_read_is_one_sentence(
    world: SourcesWorld, fault: str, exit_code: Exit, word: str
) -> None:
    world.source(("add", "psa"))
    world.psa.fail(fault, times=100)

    tried, checked = world.source(("test", "psa"), ("check", "psa"))

    assert (tried[0], checked[0]) == (exit_code, exit_code)
    assert all(word in said and "Traceback" not in said for _, said in (tried, checked))
    assert f"{world.public_url}/in/psa answers." in tried[1]


def test_a_connection_is_tried_out_and_nothing_is_stored(world: SourcesWorld) -> None:
    world.source(("add", "psa"))
    company = world.psa.company("Contoso Ltd")
    world.psa.win(world.psa.opportunity(company))
    before = world.kept()

    tool, polled, generic = world.source(("test", "psa"), ("test", "quotes"), ("test", "shop", "--json"))

    assert [code for code, _ in (tool, polled, generic)] == [Exit.OK] * 3
    for word in ("The callback for ticket is active.", "1 thing has changed within a day", "/in/psa answers."):
        assert word in tool[1]
    assert "by its first page, nothing has changed" in polled[1]
    assert "/in/quotes" not in polled[1]
    shop = json.loads(generic[1])["tried"]
    assert [(one["what"], one["ok"]) for one in shop] == [("secret", True), ("secret", True), ("door", True)]
    assert world.kept() == before


def test_a_door_that_is_not_there_or_not_to_be_reached_is_told(world: SourcesWorld) -> None:
    new = {"QUOTEWAY_SOURCES__NEW__KIND": "generic", "QUOTEWAY_SOURCES__NEW__SECRETS": "bearer:new"}

    not_yet, checked = world.source(("test", "new"), ("check", "new"), **new)
    [(away, told)] = world.source(("test", "shop"), QUOTEWAY_PUBLIC_URL="http://127.0.0.1:1")
    with served(lambda _: httpx.Response(200, text="welcome")) as another:
        [(elsewhere, odd)] = world.source(("test", "shop"), QUOTEWAY_PUBLIC_URL=another)

    assert (not_yet[0], checked[0], away, elsewhere) == (Exit.NOT_SO, Exit.OK, Exit.UNAVAILABLE, Exit.NOT_SO)
    assert "restart the web process" in not_yet[1]
    assert "http://127.0.0.1:1/in/shop does not answer from here" in told
    assert "answered 200, as our door does not" in odd


def test_what_cannot_be_registered_says_what_to_do(world: SourcesWorld) -> None:
    (polled, generic, absent), [(no_url, needed)] = (
        world.source(("add", "quotes"), ("add", "shop"), ("add", "crm")),
        world.source(("add", "psa"), QUOTEWAY_PUBLIC_URL=""),
    )

    assert (polled[0], generic[0], absent[0], no_url) == (Exit.OK, Exit.NOT_SO, Exit.NOT_FOUND, Exit.SETTINGS)
    assert "quotes is polled, every 300 seconds" in polled[1]
    assert f"post to {world.public_url}/in/shop" in generic[1]
    assert "There is no source connection crm: there are psa, quotes, shop." in absent[1]
    assert "QUOTEWAY_PUBLIC_URL is missing" in needed
    assert world.callbacks() == {}


def test_the_list_has_every_connection_with_its_door(world: SourcesWorld) -> None:
    headers = {"authorization": "Bearer let-me-in"}
    httpx.post(f"{world.public_url}/in/shop", headers=headers, content=b"{}", timeout=PATIENCE)
    world.run("quotes", ErrandKind.POLL)

    as_json, page = world.source(("list", "--json"), ("list",))

    rows = {row["name"]: row for row in json.loads(as_json[1])["items"]}
    assert [(name, row["kind"], row["door"]) for name, row in rows.items()] == [
        ("psa", "connectwise", f"{world.public_url}/in/psa"),
        ("quotes", "pax8_quotes", None),
        ("shop", "generic", f"{world.public_url}/in/shop"),
    ]
    assert rows["shop"]["last_event_at"] is not None
    assert rows["quotes"]["last_poll_at"] is not None
    assert rows["quotes"]["next_poll_at"] > rows["quotes"]["last_poll_at"]
    assert (as_json[0], page[0]) == (Exit.OK, Exit.OK)
    assert all(word in page[1] for word in ("polled", " min ", f"{world.public_url}/in/psa"))
    api = world.told("quotes")
    assert {name: rows["quotes"][name] for name in api if not name.endswith("_at")} == {
        name: value for name, value in api.items() if not name.endswith("_at")
    }


def test_a_poll_that_fails_for_some_intervals_fails_the_health_and_one_that_hiccups_does_not(
    world: SourcesWorld,
) -> None:
    world.run("psa", ErrandKind.POLL)
    world.psa.fail("500", times=2)
    world.run("psa", ErrandKind.POLL)

    told = world.told("psa")
    assert (told["poll_failures"], told["problems"], world.health()["status"]) == (1, [], "ok")
    assert "with 500" in told["poll_error"]

    world.age_polls(timedelta(minutes=16))
    health = world.health()

    assert health["status"] == "failed"
    [problem] = health["problems"]
    assert problem.startswith("psa: It could not be polled since ")
    assert "with 500" in problem
    metrics = world.metrics()
    assert 'quoteway_source_poll_failures{connection="psa"} 1.0' in metrics
    assert 'quoteway_source_last_poll_seconds{connection="psa"} ' in metrics

    world.run("psa", ErrandKind.POLL)
    world.run("psa", ErrandKind.POLL)
    assert (world.told("psa")["poll_error"], world.health()["status"]) == ("", "ok")


def test_what_a_polled_tool_brings_is_its_last_event_and_a_pushing_one_s_is_its_webhook(world: SourcesWorld) -> None:
    for name in ("psa", "quotes"):
        world.run(name, ErrandKind.POLL)
    world.psa.win(world.psa.opportunity(world.psa.company("Contoso Ltd")))
    world.quotes.accept(world.quotes.send([]))

    assert (world.run("psa", ErrandKind.POLL), world.run("quotes", ErrandKind.POLL)) == ("1 new", "1 new")

    assert (world.told("psa")["last_event_at"], world.told("quotes")["last_event_at"] is None) == (None, False)
    assert 'quoteway_source_last_event_seconds{connection="quotes"} ' in world.metrics()


def test_a_door_says_whether_it_is_there_without_counting_a_refusal(world: SourcesWorld) -> None:
    there, absent = (httpx.get(f"{world.public_url}/in/{name}", timeout=PATIENCE) for name in ("shop", "nowhere"))

    assert (there.status_code, there.headers["allow"], absent.status_code) == (405, "POST", 404)
    assert world.told("shop")["refused"] == 0
