"""ConnectWise's tickets: what people answer there, and where one is a quote by itself."""

import pytest

from events.sources.tool import Moved, NotAccepted, Reply, Revoked, ToolFault
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket
from tests.unit.events.sources.connectwise_scene import NOON, Scene, access


@pytest.fixture
def scene() -> Scene:
    return Scene()


class Board:
    """A ticket of Contoso's."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.number = scene.psa.ticket(scene.company, [scene.psa.line(scene.item, 5)])
        self.ticket = Ticket(system="psa", id=str(self.number))
        self.poll()

    def poll(self) -> None:
        list(self.scene.tool.poll(None))

    def look_up(self) -> list[object]:
        return list(self.scene.tool.look_up({"ticket": str(self.number)}))


def test_a_ticket_tells_its_status_and_what_members_wrote(scene: Scene) -> None:
    board = Board(scene)
    scene.psa.set_ticket(board.number, "Approved", by="dreyes")
    note = scene.psa.note(board.number, "approve", member="dreyes")
    assert board.look_up() == [
        Moved(board.ticket, "Approved"),
        Reply(board.ticket, str(note), "dreyes (member)", "approve", NOON),
    ]
    assert board.look_up() == board.look_up()


def test_what_we_wrote_what_bears_our_marker_and_what_customers_wrote_is_no_reply(scene: Scene) -> None:
    board = Board(scene)
    scene.tool.write_note(str(board.number), "approve", None)
    scene.psa.note(board.number, "cancel [order-ref: QW-1 state: asking]")
    scene.psa.note(board.number, "approve", member=None)
    scene.psa.note(board.number, "  ")
    assert [type(found) for found in board.look_up()] == [Moved]


def test_a_reply_that_quotes_our_note_says_what_stands_beside_it(scene: Scene) -> None:
    board = Board(scene)
    scene.psa.note(board.number, "approve\n\nQuoteway wrote:\n[order-ref: QW-1 state: asking version: 3]\nWhich price?")
    assert [found.text for found in board.look_up() if isinstance(found, Reply)] == ["approve"]


def test_the_status_that_we_set_ourselves_is_nobodys_answer() -> None:
    board = Board(Scene(access(ticket_status="Ordered")))
    board.scene.tool.set_status(str(board.number), "Ordered")
    assert board.look_up() == []
    board.scene.psa.set_ticket(board.number, "Ordered", by="dreyes")
    assert board.look_up() == [Moved(board.ticket, "Ordered")]
    board.scene.psa.set_ticket(board.number, "Approved", by="dreyes")
    board.scene.tool.write_note(str(board.number), "noted", None)
    assert board.look_up() == [Moved(board.ticket, "Approved")]


def test_a_ticket_is_a_quote_only_where_the_tenant_says_so() -> None:
    board = Board(Scene(access(accepted=("approved",), lost=("Closed",))))
    assert [type(found) for found in board.look_up()] == [Moved]
    board.scene.psa.set_ticket(board.number, "Approved")
    quote, _ = board.look_up()
    assert isinstance(quote, OfferedQuote)
    assert quote.key == QuoteKey(system="psa", id=f"ticket-{board.number}")
    assert quote.ticket == board.ticket
    assert quote.links == (Link(kind="connectwise:ticket", id=str(board.number)),)
    assert [line.quantity for line in quote.lines] == ["5"]
    board.scene.psa.set_ticket(board.number, "Closed")
    assert board.look_up()[0] == Revoked(quote.key)


@pytest.mark.parametrize("status", ["Approved", 'Signed "off"'])
def test_a_ticket_that_was_in_the_status_before_the_connection_began_is_ordered_only_once_it_is_set_anew(
    status: str,
) -> None:
    scene = Scene(access(accepted=(status.upper(),)))
    old, late, new = (scene.psa.ticket(scene.company, [scene.psa.line(scene.item, 5)]) for _ in range(3))
    scene.psa.set_ticket(old, status)
    scene.clock.turn(hours=1)
    scene.psa.set_ticket(late, status)
    with pytest.raises(ToolFault, match="until a poll has read them"):
        scene.tool.look_up({"ticket": str(old)})
    list(scene.tool.poll(None))
    for ticket in (old, late, new):
        scene.psa.set_ticket(ticket, status)

    first = [scene.tool.look_up({"ticket": str(ticket)})[0] for ticket in (old, late, new)]
    scene.psa.set_ticket(old, "New")
    scene.tool.look_up({"ticket": str(old)})
    scene.psa.set_ticket(old, status)

    assert [type(found) for found in first] == [NotAccepted, OfferedQuote, OfferedQuote]
    held = [[bool(line.held) for line in found.lines] for found in first if isinstance(found, OfferedQuote)]
    assert held == [[True], [False]]
    assert isinstance(scene.tool.look_up({"ticket": str(old)})[0], OfferedQuote)


def test_trying_a_connection_out_reads_no_tickets_of_before() -> None:
    scene = Scene(access(accepted=("Approved",)))
    list(scene.tool.poll(NOON))
    number = scene.psa.ticket(scene.company, [scene.psa.line(scene.item, 5)])
    scene.psa.set_ticket(number, "Approved")

    with pytest.raises(ToolFault):
        scene.tool.look_up({"ticket": str(number)})


def test_a_ticket_of_an_opportunity_stands_for_it() -> None:
    scene = Scene(access(accepted=("Approved",)))
    number = scene.psa.ticket(scene.company, opportunity=scene.opportunity)
    scene.psa.set_ticket(number, "Approved")
    assert isinstance(scene.tool.look_up({"ticket": str(number)})[0], NotAccepted)
    scene.psa.win(scene.opportunity)
    found = scene.tool.look_up({"ticket": str(number)})[0]
    assert isinstance(found, OfferedQuote)
    assert found.key.id == str(scene.opportunity)


def test_a_ticket_that_gets_an_opportunity_is_no_second_acceptance() -> None:
    board = Board(Scene(access(accepted=("Approved",), lost=("Closed",))))
    scene, told = board.scene, {"opportunity": str(board.scene.opportunity)}
    scene.psa.set_ticket(board.number, "Approved")
    alone = board.look_up()[0]
    scene.psa.world.change("tickets", board.number, {"opportunity": {"id": scene.opportunity}})
    scene.psa.win(scene.opportunity)
    together, through_ticket = scene.tool.look_up(told)[0], board.look_up()[0]
    scene.psa.set_ticket(board.number, "Closed")

    key = QuoteKey(system="psa", id=f"ticket-{board.number}")
    assert [found.key for found in (alone, together, through_ticket) if isinstance(found, OfferedQuote)] == [key] * 3
    assert board.look_up()[0] == Revoked(key)
    scene.psa.move(scene.opportunity, "Lost")
    lost = scene.tool.look_up(told)[0]
    assert isinstance(lost, Revoked)
    assert lost.key == key


def test_a_ticket_that_is_taken_from_its_opportunity_is_no_second_acceptance() -> None:
    board = Board(Scene(access(accepted=("Approved",), lost=("Closed",))))
    scene = board.scene
    scene.psa.world.change("tickets", board.number, {"opportunity": {"id": scene.opportunity}})
    scene.psa.win(scene.opportunity)
    first = scene.look_up()[0]
    scene.psa.world.change("tickets", board.number, {"opportunity": None})
    scene.psa.set_ticket(board.number, "Approved")
    second = board.look_up()[0]
    scene.psa.set_ticket(board.number, "Closed")

    assert isinstance(first, OfferedQuote)
    assert isinstance(second, OfferedQuote)
    assert first.key == second.key == QuoteKey(system="psa", id=str(scene.opportunity))
    assert [type(found) for found in board.look_up()] == [Moved]


def test_a_ticket_of_another_board_or_one_that_is_gone_is_nothing() -> None:
    scene = Scene(board="2")
    board = Board(scene)
    assert [type(found) for found in board.look_up()] == [NotAccepted]
    assert [type(found) for found in scene.tool.look_up({"ticket": "999", "deleted": True})] == [NotAccepted]
