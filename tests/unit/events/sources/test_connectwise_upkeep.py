"""What ConnectWise is polled for, how its callbacks are kept alive, and what is written to its tickets."""

from datetime import timedelta

import httpx
import pytest

from events.sources.client import NotThere
from events.sources.connectwise import ConnectWise
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Checks, Genuine, Polled, Registers, ToolFault, WritesNotes
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.connectwise_scene import DOOR, NOON, Scene, access, connection

MARKER = "[order-ref: QW-1 state: asking]"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_is_polled_checked_registered_and_written_to(scene: Scene) -> None:
    assert isinstance(scene.tool, Polled)
    assert isinstance(scene.tool, Checks)
    assert isinstance(scene.tool, Registers)
    assert isinstance(scene.tool, WritesNotes)
    assert scene.tool.updates_notes


def numbers(scene: Scene, count: int) -> list[str]:
    return [str(scene.psa.opportunity(scene.company)) for _ in range(count)]


def test_the_first_poll_takes_nothing_in_and_begins_now(scene: Scene) -> None:
    scene.psa.win(scene.opportunity)
    assert scene.poll(None) == ([], NOON)


def test_a_poll_tells_what_has_changed_since_the_watermark_less_an_overlap(scene: Scene) -> None:
    scene.clock.turn(minutes=11)
    [late] = numbers(scene, 1)
    scene.clock.turn(minutes=5)

    nudges, watermark = scene.poll(NOON + timedelta(minutes=11))

    assert [nudge.content for nudge in nudges] == [{"opportunity": late}]
    assert watermark == scene.clock()


def test_the_same_state_is_the_same_delivery_and_a_change_is_another(scene: Scene) -> None:
    [first], _ = scene.poll(NOON)
    [again], _ = scene.poll(NOON)
    assert first.delivery_id == again.delivery_id
    scene.psa.win(scene.opportunity)
    [won], _ = scene.poll(NOON)
    assert won.delivery_id != first.delivery_id
    scene.clock.turn(seconds=1)
    scene.psa.world.change("opportunities", scene.opportunity, {"name": "Other"})
    [edited], _ = scene.poll(NOON)
    assert edited.delivery_id != won.delivery_id


def test_tickets_are_polled_where_they_may_be_quotes_or_have_a_board_of_their_own(scene: Scene) -> None:
    board = {"id": 3, "name": "Licences"}
    for each, wanted in [(scene, 0), (Scene(access(accepted=("Approved",))), 2), (Scene(board="3"), 1)]:
        each.psa.ticket(each.company)
        ours = str(each.psa.ticket(each.company, board=board))
        tickets = [nudge.content for nudge in each.poll(NOON)[0] if "ticket" in nudge.content]
        assert len(tickets) == wanted
        assert not wanted or tickets[-1] == {"ticket": ours}


@pytest.mark.parametrize("shift", ["changed", "deleted", "added", "all at once"])
def test_a_list_that_moves_while_it_is_read_loses_nothing(scene: Scene, shift: str) -> None:
    scene.psa.routes.most = 25
    there = numbers(scene, 60)
    turns = iter(there)

    def somebody_works() -> None:
        scene.clock.turn(seconds=1)
        number = int(next(turns))
        if shift in ("changed", "all at once"):
            scene.psa.win(number)
        if shift in ("deleted", "all at once"):
            scene.psa.world.remove("opportunities", number)
        if shift in ("added", "all at once"):
            scene.psa.opportunity(scene.company)

    scene.psa.between = somebody_works
    nudges, watermark = scene.poll(NOON)

    told = {nudge.content["opportunity"] for nudge in nudges}
    assert set(there) <= told
    assert watermark is not None
    assert watermark <= NOON + timedelta(seconds=1)
    scene.psa.between = None
    again = {nudge.content["opportunity"] for nudge in scene.poll(watermark)[0]}
    assert {str(number) for number in scene.psa.world.table("opportunities")} <= told | again


@pytest.mark.parametrize("fault", ["401", "429", "500", "html", "half", "odd", "hang"])
def test_a_page_that_fails_moves_no_watermark(scene: Scene, fault: str) -> None:
    scene.psa.routes.most = 25
    numbers(scene, 60)
    pages = scene.tool.poll(NOON)
    assert next(pages).watermark is None
    scene.psa.fail(fault, "opportunities")
    with pytest.raises(ToolFault):
        list(pages)


def test_a_tool_that_gives_the_same_page_for_ever_is_not_read_for_ever() -> None:
    same = [{"id": number} for number in range(1, 61)]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=same))
    tool = ConnectWise(connection(), Connections(transport), MemoryKeyRing())
    with pytest.raises(ToolFault, match="order of ids"):
        list(tool.poll(NOON))


def test_callbacks_are_made_once(scene: Scene) -> None:
    assert scene.tool.register(DOOR) == "The callback for opportunity was made. The callback for ticket was made."
    assert scene.tool.register(DOOR) == "The callback for opportunity was there. The callback for ticket was there."
    made = list(scene.psa.world.table("callbacks").values())
    assert [(one["type"], one["level"], one["objectId"]) for one in made] == [
        ("opportunity", "owner", 1),
        ("ticket", "owner", 1),
    ]
    assert {one["url"] for one in made} == {f"{DOOR}?recordId="}
    assert all(one["isSelfSuppressedFlag"] for one in made)


def test_what_is_registered_sends_what_we_take(scene: Scene) -> None:
    scene.tool.register(DOOR)
    scene.psa.outbox.clear()
    scene.psa.win(scene.opportunity)
    ticket = scene.psa.ticket(scene.company)
    scene.tool.write_note(str(ticket), "ours", None)
    scene.tool.set_status(str(ticket), "Ordered")

    assert [delivery.url for delivery in scene.psa.outbox] == [
        f"{DOOR}?recordId={scene.opportunity}",
        f"{DOOR}?recordId={ticket}",
    ]
    told = [nudge.content for delivery in scene.psa.outbox for nudge in scene.tool.read(delivery.post)]
    assert told == [{"opportunity": str(scene.opportunity)}, {"ticket": str(ticket)}]


def test_tickets_may_be_those_of_one_board() -> None:
    scene = Scene(board="3")
    scene.tool.register(DOOR)
    made = scene.psa.world.table("callbacks").values()
    assert [(one["type"], one["level"], one["objectId"]) for one in made][1] == ("ticket", "board", 3)


def test_a_callback_that_was_switched_off_is_noticed_and_switched_on_again(scene: Scene) -> None:
    scene.tool.register(DOOR)
    assert scene.tool.check(DOOR).problems == ()
    callback = next(iter(scene.psa.world.table("callbacks")))
    scene.psa.world.change("callbacks", callback, {"inactiveFlag": True})

    checked = scene.tool.check(DOOR)
    assert checked.deactivated
    assert len(checked.problems) == 1
    assert scene.tool.check("").deactivated

    assert "opportunity was switched on again" in scene.tool.register(DOOR)
    assert not scene.tool.check(DOOR).deactivated
    assert len(scene.psa.world.table("callbacks")) == 2


def test_callbacks_of_others_are_not_ours(scene: Scene) -> None:
    scene.tool.register("https://other.example/in/psa2")
    checked = scene.tool.check(DOOR)
    assert len(checked.problems) == 2
    assert not checked.deactivated


def test_a_check_tells_that_nothing_can_be_won_and_that_our_member_is_not_known() -> None:
    scene = Scene(member="")
    scene.tool.register(DOOR)
    scene.psa.world.table("statuses")[2]["wonFlag"] = False
    checked = scene.tool.check(DOOR)
    assert any("marked as won" in problem for problem in checked.problems)
    assert any("member" in note for note in checked.notes)


def test_a_key_that_the_tenant_has_changed_is_at_hand_again_after_the_daily_check(scene: Scene) -> None:
    old = scene.delivery().post
    assert scene.tool.verify(scene.tool.evidence(old), old.body)
    scene.psa.world.signing_key = "changed"
    assert scene.tool.genuine(scene.delivery().post) is Genuine.NO

    scene.tool.check(DOOR)

    assert scene.tool.genuine(scene.delivery().post) is Genuine.YES
    assert scene.tool.genuine(old) is Genuine.NO


def test_a_key_that_cannot_be_read_is_a_problem_beside_the_others(scene: Scene) -> None:
    post = scene.delivery().post
    scene.tool.verify(scene.tool.evidence(post), post.body)
    scene.psa.fail("500", "callbackkey")
    assert len(scene.tool.check(DOOR).problems) == 3


def test_a_check_only_reads(scene: Scene) -> None:
    scene.tool.check(DOOR)
    assert all(request.startswith("GET ") for request in scene.psa.requests)


def test_a_note_is_internal_found_by_its_marker_and_changed(scene: Scene) -> None:
    ticket = str(scene.psa.ticket(scene.company))
    for number in range(30):
        scene.psa.note(int(ticket), f"talk {number}")
    scene.psa.routes.most = 25
    assert scene.tool.find_note(ticket, MARKER) is None

    note = scene.tool.write_note(ticket, f"Asking. {MARKER}", None)

    assert scene.tool.find_note(ticket, MARKER) == note
    assert scene.tool.write_note(ticket, f"Live. {MARKER}", note) == note
    [ours] = [one for one in scene.psa.notes(int(ticket)) if MARKER in one["text"]]
    assert ours["text"].startswith("Live.")
    assert (ours["internalAnalysisFlag"], ours["detailDescriptionFlag"]) == (True, False)


def test_a_note_that_was_made_public_is_internal_again_and_one_that_was_deleted_is_written_anew(scene: Scene) -> None:
    ticket = scene.psa.ticket(scene.company)
    note = scene.tool.write_note(str(ticket), MARKER, None)
    assert note is not None
    scene.psa.world.change("notes", int(note), {"internalAnalysisFlag": False, "detailDescriptionFlag": True})
    scene.tool.write_note(str(ticket), MARKER, note)
    assert scene.psa.notes(ticket)[0]["internalAnalysisFlag"] is True
    assert scene.psa.notes(ticket)[0]["detailDescriptionFlag"] is False

    scene.psa.world.remove("notes", int(note))
    assert scene.tool.write_note(str(ticket), MARKER, note) not in (None, note)


def test_a_status_is_set_read_again_and_set_once(scene: Scene) -> None:
    ticket = scene.psa.ticket(scene.company)
    scene.tool.set_status(str(ticket), "ordered")
    scene.tool.set_status(str(ticket), "Ordered")
    assert scene.psa.world.table("tickets")[ticket]["status"]["name"] == "Ordered"
    assert sum(request.startswith("PATCH") for request in scene.psa.requests) == 1


def test_a_status_that_is_answered_with_200_and_not_set_is_a_fault(scene: Scene) -> None:
    ticket = scene.psa.ticket(scene.company)
    scene.psa.routes.deaf = True
    with pytest.raises(ToolFault, match="still 'New'") as raised:
        scene.tool.set_status(str(ticket), "Ordered")
    assert not raised.value.passes


def test_a_status_that_the_board_does_not_have_is_a_fault(scene: Scene) -> None:
    ticket = scene.psa.ticket(scene.company)
    with pytest.raises(ToolFault, match="400"):
        scene.tool.set_status(str(ticket), "Gone fishing")


@pytest.mark.parametrize("ticket", ["999", "../callbacks", "", "4?x=1", "٣"])
def test_a_ticket_that_is_not_there_is_said_to_be_so(scene: Scene, ticket: str) -> None:
    with pytest.raises(NotThere):
        scene.tool.find_note(ticket, MARKER)
    with pytest.raises(NotThere):
        scene.tool.write_note(ticket, MARKER, None)
    with pytest.raises(NotThere):
        scene.tool.write_note(ticket, MARKER, "1")
    with pytest.raises(NotThere):
        scene.tool.set_status(ticket, "Ordered")
