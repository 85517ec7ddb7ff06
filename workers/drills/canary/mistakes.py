"""Requests that must be refused, with plants in every part of them: what is then said must not repeat a plant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import quote as in_url

import httpx

from workers.drills.canary.plants import Mint, Secrets
from workers.drills.canary.sending import World, signed
from workers.drills.quotes import Json

_TOO_LARGE = 1024 * 1024 + 1


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was said in refusal. `odd` were no refusals, or faults of ours."""

    texts: tuple[str, ...]
    odd: tuple[str, ...]

    def content(self) -> bytes:
        return "\n".join(self.texts).encode()


def unreadable(mint: Mint, world: World, quote: Json) -> Iterator[httpx.Response]:
    """Genuine deliveries that cannot be read: kept, sealed, and refused."""
    half, note = mint.plant("unreadable event", mint.word(16)), mint.plant("unreadable event", mint.word(16))
    yield world.genuine(json.dumps({"type": "quote.accepted", "data": {"notes": half}}).encode()[:-2])
    wrong = {**quote, "lines": [{**quote["lines"][0], "quantity": note}]}
    yield world.genuine(json.dumps({"type": "quote.accepted", "data": wrong}).encode())
    binary = mint.plant("unreadable event", mint.word(16))
    yield world.genuine(b'\xff{"' + binary.encode() + b'"}')


def mistakes(world: World, values: Sequence[str], order: Json, quote: Json) -> Iterator[httpx.Response]:
    """`order` and `quote` are there; `values` are tried in turn."""
    turn = cycle(values)
    yield from _at_the_doors(world, turn, quote)
    yield from _at_the_api(world, turn, order)
    yield from _with_wrong_tokens(world, world.secrets, turn, order)


def refusals(answers: Iterator[httpx.Response]) -> Refusals:
    """Headers and bodies. The order that a conflict shows beside its sentence is for its reader: it is left out."""
    texts, odd = [], []
    for answer in answers:
        if not 400 <= answer.status_code < 500:
            odd.append(f"{answer.request.method} {answer.request.url.path[:20]}: {answer.status_code}")
        texts.append(f"{answer.status_code} {dict(answer.headers)} {_sentence(answer)}")
    return Refusals(tuple(texts), tuple(odd))


def _sentence(answer: httpx.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return answer.text
    return json.dumps({name: part for name, part in said.items() if name != "order"}, ensure_ascii=False)


def _at_the_doors(world: World, turn: Iterator[str], quote: Json) -> Iterator[httpx.Response]:
    client, web, secrets = world.client, world.web(), world.secrets
    event = json.dumps({"type": "quote.accepted", "data": {**quote, "notes": next(turn)}}).encode()
    yield client.get(f"{web}/{in_url(next(turn), safe='')}", params={"q": next(turn)})
    yield client.post(f"{web}/in/{in_url(next(turn), safe='')}", content=event)
    yield client.post(f"{web}/in/crm", content=event)
    yield client.post(f"{web}/in/crm", content=event, headers=signed(secrets.hook_secret, event, "key-of-nobody"))
    yield client.post(f"{web}/in/shop", content=event, headers=_as(secrets.stranger))
    large = next(turn).encode().ljust(_TOO_LARGE, b" ")
    yield client.post(f"{web}/in/shop", content=large, headers=_as(secrets.bearer))
    yield client.post(f"{web}/in/marketplaces/pax8", content=event, headers={"authorization": secrets.stranger})
    yield client.put(f"{web}/in/crm", content=event, headers={"cookie": f"session={secrets.stranger}"})


def _at_the_api(world: World, turn: Iterator[str], order: Json) -> Iterator[httpx.Response]:
    client, api, headers = world.client, f"{world.web()}/api", _as(world.secrets.admin)
    for name in ("state", "cursor", "limit"):
        yield client.get(f"{api}/orders", params={name: next(turn)}, headers=headers)
    for path in ("orders", "events"):
        yield client.get(f"{api}/{path}/{in_url(next(turn), safe='')}", headers=headers)
    yield client.get(f"{api}/events", params={"status": next(turn)}, headers=headers)
    for name, body in _wrong_acts(turn, order):
        yield client.post(f"{api}/orders/{order['ref']}/{name}", json=body, headers=headers)
    nobody = in_url(next(turn), safe="")
    yield client.post(f"{api}/orders/{nobody}/retry", json={"version": 1}, headers=headers)
    yield client.post(f"{api}/orders/{order['ref']}/retry", content=next(turn).encode(), headers=headers)
    yield client.post(f"{api}/plan", json={"quote": {"id": "1"}, "lines": next(turn)}, headers=headers)
    yield client.post(f"{api}/plan", content=f'{{"notes": "{next(turn)}'.encode(), headers=headers)


def _wrong_acts(turn: Iterator[str], order: Json) -> Iterator[tuple[str, Any]]:
    now = order["version"]
    yield "cancel", {"version": now + 1000, "reason": next(turn)}
    yield "cancel", {"version": next(turn), "reason": next(turn), "remark": next(turn)}
    yield "reschedule", {"version": now, "date": next(turn), "reason": next(turn)}
    yield "answers", {"version": now, "answers": {next(turn): [next(turn)]}}
    yield "answers", {"version": now, "answers": {"00000000-0000-4000-8000-000000000000": [next(turn)]}}
    yield "approve", {"version": now, "question": next(turn), "amount": next(turn), "reason": next(turn)}
    yield "adopt", {"version": now, "marketplace_order_id": next(turn), "reason": next(turn)}
    yield "resend", {"version": now, "attempt": next(turn), "reason": next(turn)}


def _with_wrong_tokens(world: World, secrets: Secrets, turn: Iterator[str], order: Json) -> Iterator[httpx.Response]:
    client, web = world.client, world.web()
    yield client.get(f"{web}/api/orders", headers=_as(secrets.stranger))
    yield client.get(f"{web}/api/orders", headers={"authorization": f"Basic {secrets.stranger}"})
    yield client.get(f"{web}/metrics", headers=_as(secrets.stranger))
    body = {"version": order["version"], "reason": next(turn)}
    yield client.post(f"{web}/api/orders/{order['ref']}/cancel", json=body, headers=_as(secrets.viewer))


def _as(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
