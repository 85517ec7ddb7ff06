"""The accepted quotes, and the quote tool that posts each of them until it is taken."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from pipeline.marketplaces.pax8.simulator.customers import Customer
from workers.drills.house import BEARER, House, Json
from workers.drills.quotes import line, quote

_AT_ONCE = 8
_AGAIN = 0.3
_COMPANIES_SHARED = 0.2
_GIVES_UP = 120.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One accepted quote: no other one of its company has this quantity, so that its purchase is told apart."""

    at: float
    company: str
    quantity: int
    message: Json


def make(house: House, count: int, seconds: float, chance: random.Random) -> list[Wanted]:
    """Spread over the seconds; a fifth of them are for the company of the one before."""
    made: list[Wanted] = []
    customer: Customer | None = None
    for number in range(count):
        if customer is None or chance.random() >= _COMPANIES_SHARED:
            customer = house.customer()
        wanted = quote([line(quantity=number + 1)], customer)
        message = {"type": "quote.accepted", "data": wanted}
        made.append(Wanted(number * seconds / count, customer.id, number + 1, message))
    return made


def send(wanted: Sequence[Wanted], address: str, begin: float) -> int:
    """Posts each at its time, again and again until it is taken. Gives how many were not, in two minutes each."""
    with ThreadPoolExecutor(_AT_ONCE) as threads, httpx.Client(timeout=5, trust_env=False) as client:
        taken = [threads.submit(_deliver, client, one, address, begin) for one in wanted]
        return sum(not one.result() for one in taken)


def _deliver(client: httpx.Client, one: Wanted, address: str, begin: float) -> bool:
    time.sleep(max(0.0, begin + one.at - time.monotonic()))
    ends = time.monotonic() + _GIVES_UP
    while time.monotonic() < ends:
        try:
            headers = {"authorization": f"Bearer {BEARER}"}
            if client.post(f"{address}/in/shop", json=one.message, headers=headers).status_code == 202:
                return True
        except httpx.TransportError:
            pass
        time.sleep(_AGAIN)
    return False
