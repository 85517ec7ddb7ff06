"""The form for customers in a real browser: on a desk and on a phone, nothing loaded besides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.browser.chromium import Chromium, chromium
from tests.integration.links_world import ADMIN, COUNTRY, DANA, REGION, TENANT, Asking, asking, doors
from tests.integration.operators_world import World

FOCUS = "document.getElementById('{}').focus()"


@pytest.fixture
def order(database_url: str) -> Iterator[Asking]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield asking(World(database))
    database.close()


@pytest.fixture
def client(order: Asking) -> Iterator[httpx.Client]:
    with doors(order.world) as client:
        yield client


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_a_person_fills_the_form_in_corrects_it_and_is_thanked(
    order: Asking, client: httpx.Client, browser: Chromium
) -> None:
    browser.width(1280)
    browser.open(f"{client.base_url}/fill/{order.link()}")
    tenant, country = str(order.id(TENANT)), str(order.id(COUNTRY))

    browser.tell(FOCUS.format(tenant))
    browser.write("contoso.onmicrosoft.com")
    browser.tell(FOCUS.format(country))
    browser.write("Germany")
    browser.submit()

    assert browser.tell("document.title").startswith("Please correct")
    assert browser.tell(f"document.getElementById('{tenant}').value") == "contoso.onmicrosoft.com"
    assert browser.tell(f"document.getElementById('{country}').value") == "Germany"
    assert browser.tell(f"document.getElementById('{country}-wrong').textContent").startswith("Write the country")

    fill_in_the_rest(order, browser)
    browser.submit()

    assert browser.tell("document.querySelector('h1').textContent") == "Thank you"
    assert browser.tell("location.pathname") == "/fill/sent"
    assert browser.complaints() == []
    assert set(order.asks().values()) == {f"{DANA} (by link of sam)"}
    assert order.answers()["contact:admin"] == ("Dana", "Reyes", "dana@contoso.example", "+1 555 0100")
    assert order.answers()["provisioning:1:extras"] == ("German", "French")


def fill_in_the_rest(order: Asking, browser: Chromium) -> None:
    admin = order.id(ADMIN)
    browser.tell(FOCUS.format(order.id(REGION)))
    browser.tell(f"document.getElementById('{order.id(REGION)}').value = 'Europe'")
    for option in ("German", "French"):
        browser.tell(f"document.querySelector('input[value={option}]').click()")
    for part, text in zip(("first", "last", "email", "phone"), ("Dana", "Reyes", DANA, "+1 555 0100"), strict=True):
        browser.tell(FOCUS.format(f"{admin}.{part}"))
        browser.write(text)
    browser.tell(f"document.getElementById('{order.id(COUNTRY)}').select()")
    browser.write("DE")


def test_the_page_loads_nothing_keeps_nothing_and_runs_no_script(
    order: Asking, client: httpx.Client, browser: Chromium
) -> None:
    address = f"{client.base_url}/fill/{order.link()}"

    browser.open(address)

    assert browser.requested() == [address]
    assert browser.complaints() == []
    assert browser.tell("document.scripts.length") == 0
    assert browser.tell("document.cookie") == ""
    assert browser.tell("getComputedStyle(document.querySelector('main')).maxWidth") != "none", "the style is applied"


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_the_form_fits_every_width_and_each_input_has_a_name(
    order: Asking, client: httpx.Client, browser: Chromium, width: int, tmp_path: Path
) -> None:
    browser.width(width)
    browser.open(f"{client.base_url}/fill/{order.link()}")

    assert browser.tell("document.documentElement.scrollWidth") <= width
    unnamed = "[...document.querySelectorAll('input,select,textarea')].filter(one => !one.labels.length).length"
    assert browser.tell(unnamed) == 0
    small = "[...document.querySelectorAll('input[type=text],select,button')].filter(one => one.offsetHeight < 44)"
    assert browser.tell(f"{small}.length") == 0, "each can be hit with a finger"
    browser.picture(tmp_path / "form.png")
    assert (tmp_path / "form.png").stat().st_size > 5000
