"""The supervisor of processes behind `quoteway up`: what runs, in which order, and what of it is alive."""

from workers.supervision.account import Account
from workers.supervision.errors import HostError
from workers.supervision.part import Part, PartEvent, PartState
from workers.supervision.status import PartStatus, Status, read_status
from workers.supervision.supervisor import Supervisor

__all__ = [
    "Account",
    "HostError",
    "Part",
    "PartEvent",
    "PartState",
    "PartStatus",
    "Status",
    "Supervisor",
    "read_status",
]
