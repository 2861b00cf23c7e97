"""Audit records: what was done through the door and what was refused at it."""

from dataclasses import dataclass
from datetime import datetime

GAP = "gap"
"""The method of a record that stands for lost ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One call that changed something or was refused; it holds no secrets.

    Args:
        id: order in which it was stored; 0 before.
        object: name of what it was about, where the call named one.
    """

    time: datetime
    actor: str
    address: str
    method: str
    object: str
    code: str
    reason: str
    request_id: str
    lost_count: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which records are asked for; "" and None ask for any."""

    actor: str = ""
    object: str = ""
    method_prefix: str = ""
    code: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
