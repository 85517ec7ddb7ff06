"""PandaDoc's words, and the options of a connection that stand instead of them."""

from __future__ import annotations

from collections.abc import Sequence

BASE_URL = "https://api.pandadoc.com"
TITLE = "PandaDoc"

ACCEPTED = ("document.completed", "document.paid")
LOST = ("document.voided", "document.declined")
# The numbers of LOST in the list's filter.
LOST_NUMBERS = (11, 12)
STATE_CHANGED = "document_state_changed"

# Option `client_role`: the recipients' role that accepts for the customer. Assumed: what PandaDoc's templates call it.
CLIENT_ROLE = "Client"


def among(word: str, given: Sequence[str], otherwise: Sequence[str]) -> bool:
    """Whether a status is one of these."""
    return word in {each.strip() for each in given or otherwise}
