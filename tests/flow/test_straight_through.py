"""An accepted quote becomes live subscriptions, with one worker and with one for each stage."""

from pipeline.domain.stage import Stage
from tests.flow.house import House, done, quote
from workers.bootstrap import Application


def test_a_quote_goes_straight_through(house: House, application: Application) -> None:
    house.start_worker()

    order = house.wait(application, house.accept(application, quote()), done)

    assert len(house.bought()) == 1
    assert order["marketplace_order_id"] == house.bought()[0].id
    assert [line["verdict"] for line in order["lines"]] == ["live"]


def test_each_stage_may_have_a_worker_of_its_own(house: House, application: Application) -> None:
    house.start_worker("--stages", "events,resolve_company,ensure_active,fetch_catalogue")
    house.start_worker("--stages", "submit")
    house.start_worker("--stages", f"collect_provisioning,validate_mock,poll_status,{Stage.NOTIFY}")

    house.wait(application, house.accept(application, quote()), done)

    assert len(house.bought()) == 1
