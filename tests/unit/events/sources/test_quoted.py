"""What a person wrote, apart from what is quoted."""

import pytest

from events.sources.quoted import own_words

MARK = "[order-ref: QW-1 state: asking version: 3]"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("approve", "approve", id="nothing is quoted"),
        pytest.param("K7Q4: a\nSam", "K7Q4: a\nSam", id="several lines"),
        pytest.param(f"approve\n\n{MARK}\nWhich price?\napprove - buy", "approve", id="above a note of ours"),
        pytest.param(f"approve\n\nOn Friday Quoteway wrote:\n{MARK}\ncancel", "approve", id="above one with a head"),
        pytest.param(f"> {MARK}\n> approve - buy\n\ncancel", "cancel", id="below a quoted one"),
        pytest.param(f"Quoteway wrote:\n> {MARK}\n> Which?\nK7Q4: a", "K7Q4: a", id="below a quoted one with a head"),
        pytest.param("  > approve\ncancel", "cancel", id="a quote of something else"),
        pytest.param(f"{MARK}\nWhich price?\napprove", "", id="a note of ours"),
        pytest.param(f"cancel {MARK}", "", id="a mark among words"),
    ],
)
def test_only_what_a_person_wrote_is_left(text: str, own: str) -> None:
    assert own_words(text) == own
    assert own_words(own) == own
