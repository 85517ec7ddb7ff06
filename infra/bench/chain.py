"""
The same eight calls in a bare Celery chain: no database, no claims, no journal. What cannot be had for less.

Each link is a task on a queue of its own and makes the one call that its stage is named for. `pool` and `concurrency`
are the worker's as for ours; events for Flower are off, as Celery has them by itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from celery import Celery, chain
from marketplace import PRODUCT, company_id

from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from workers.celery_app import broker_url

Json = dict[str, Any]
LINKS = ("company", "active", "product", "details", "rehearse", "submit", "poll", "end")
# The last call of an order, as the simulator counts it.
LAST = "GET /v1/subscriptions/{subscriptionId}"
_LOCK = threading.Lock()


class Api:
    """One pooled client for each process, made with its first call."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client: httpx.Client | None = None

    def ask(self, method: str, path: str, content: Json | None = None) -> Json:
        answer = self._ready().request(method, path, json=content)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def _ready(self) -> httpx.Client:
        with _LOCK:
            if self._client is None:
                limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
                client = httpx.Client(base_url=self._base_url, limits=limits, timeout=30)
                secret = {"client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET}
                wish = {**secret, "audience": "https://api.pax8.com", "grant_type": "client_credentials"}
                token = client.post("/token", json=wish).raise_for_status().json()["access_token"]
                client.headers["authorization"] = f"Bearer {token}"
                self._client = client
        return self._client


def _purchase(order: Json) -> Json:
    line = {"lineItemNumber": 1, "productId": PRODUCT, "quantity": 2, "billingTerm": "Monthly"}
    return {"companyId": order["company"], "orderedBy": "Pax8 Partner", "lineItems": [line]}


def _steps(api: Api) -> Sequence[Callable[[Json], Json]]:
    def read(path: Callable[[Json], str]) -> Callable[[Json], Json]:
        def ask(order: Json) -> Json:
            api.ask("GET", path(order))
            return order

        return ask

    def rehearse(order: Json) -> Json:
        api.ask("POST", "/orders?isMock=true", _purchase(order))
        return order

    def submit(order: Json) -> Json:
        return {**order, "order": api.ask("POST", "/orders", _purchase(order))["id"]}

    def poll(order: Json) -> Json:
        return {**order, "subscription": api.ask("GET", f"/orders/{order['order']}")["lineItems"][0]["subscriptionId"]}

    return (
        read(lambda order: f"/companies/{order['company']}"),
        read(lambda order: f"/companies/{order['company']}"),
        read(lambda _: f"/products/{PRODUCT}"),
        read(lambda _: f"/products/{PRODUCT}/provision-details"),
        rehearse,
        submit,
        poll,
        read(lambda order: f"/subscriptions/{order['subscription']}"),
    )


def chain_app(redis_url: str) -> Celery:
    """An application that publishes chains. `give_links` makes it one that runs them."""
    app = Celery("bare", broker=broker_url(redis_url), set_as_current=False)
    app.conf.update(task_ignore_result=True, broker_transport_options={"global_keyprefix": "bare:"})
    return app


def give_links(app: Celery, base_url: str) -> None:
    for name, step in zip(LINKS, _steps(Api(base_url)), strict=True):
        app.task(name=name)(_named(step, name))


def _named(step: Callable[[Json], Json], name: str) -> Callable[[Json], Json]:
    def link(order: Json) -> Json:
        return step(order)

    link.__name__ = name
    return link


def publish(app: Celery, companies: Sequence[int]) -> None:
    """One chain for each company."""
    for company in companies:
        first, *rest = (app.signature(name).set(queue=name) for name in LINKS)
        chain(first.clone(args=({"company": company_id(company)},)), *rest).apply_async()


def main() -> None:
    app = chain_app(os.environ["BENCH_REDIS_URL"])
    give_links(app, os.environ["BENCH_BASE_URL"])
    app.worker_main([
        "worker", "--without-gossip", "--without-mingle", "--loglevel=WARNING", f"--hostname=bare-{os.getpid()}@here",
        f"--pool={os.environ['BENCH_POOL']}", f"--concurrency={os.environ['BENCH_CONCURRENCY']}",
        f"--queues={','.join(LINKS)}",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
