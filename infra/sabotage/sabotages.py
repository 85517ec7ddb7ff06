"""What is taken away: one safeguard each, as a change of the source, and the test that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sabotage:
    """In `file`, `old`, which stands there once, becomes `new`. `test` is the part of the short form that must fail."""

    name: str
    what: str
    file: str
    old: str
    new: str
    test: str

    def do(self, folder: Path) -> None:
        """Changes the copy in the folder. Raises ValueError where the code no longer reads so."""
        path = folder / self.file
        source = path.read_text()
        if source.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: what is to be taken out of {self.file} stands there {source.count(self.old)} times"
            )
        path.write_text(source.replace(self.old, self.new))


SABOTAGES = (
    Sabotage(
        "claim-not-committed",
        "the claim's commit removed",
        "pipeline/claiming.py",
        "                made = self._claim(connection, run, wanted, claim_id)\n",
        "                made = self._claim(connection, run, wanted, claim_id)\n"
        "                connection.rollback()\n",
        "tests/drills/test_worlds.py",
    ),
    Sabotage(
        "version-not-checked",
        "the version check removed",
        "pipeline/store/steps.py",
        "    if shape.versioned:\n",
        "    if False:\n",
        "tests/drills/test_races.py",
    ),
    Sabotage(
        "send-by-ignored",
        "`send_by` ignored",
        "pipeline/marketplaces/deadline.py",
        "        if self._send_before is not None and self._clock() >= self._send_before:\n            raise TooLate\n",
        "",
        "tests/drills/test_points.py",
    ),
    Sabotage(
        "settling-removed",
        "the settling period removed",
        "pipeline/stages/reconcile.py",
        "    return sent + settle\n",
        "    return sent\n",
        "tests/drills/test_keyless.py",
    ),
    Sabotage(
        "adopted-at-first-look",
        "adoption at the first look",
        "pipeline/stages/reconcile.py",
        "    if isinstance(marketplace, FindsByReference) and len(found) == 1 and not doubts:\n",
        "    if len(found) == 1:\n",
        "tests/drills/test_keyless.py",
    ),
    Sabotage(
        "known-orders-ignored",
        "the known order ids ignored",
        "pipeline/store/known.py",
        "self._mine, KNOWN_ORDERS.c.seen_at > moment, ",
        "self._mine, ",
        "tests/drills/test_keyless.py",
    ),
    Sabotage(
        "answer-needs-version",
        "the answer written only if the version still matches",
        "pipeline/recording.py",
        "        if row is None or claim is None:\n            return None\n        answer",
        "        if row is None or claim is None or run.row.version != row.version:\n"
        "            return None\n        answer",
        "tests/drills/test_races.py",
    ),
    Sabotage(
        "retry-of-unknown",
        "`retry` allowed on an unknown submit",
        "pipeline/operations/acting.py",
        "    lost = row.unknown_submit or desk.open_purchase(connection, row) is not None\n    if lost and",
        "    lost = False\n    if lost and",
        "tests/drills/test_races.py",
    ),
    Sabotage(
        "advance-without-due-time",
        "`Advance` without a due time",
        "pipeline/moves.py",
        '            "due_at": FromNow(self._rules.lease),\n            "leased": True,',
        '            "due_at": None,\n            "leased": True,',
        "tests/drills/test_worlds.py",
    ),
)
