"""What runs on this host, as far as it can be seen without the hypervisor."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qvdc_agent.domain.guarded import Guarded, guarded_from_json
from qvdc_agent.domain.places import Places

FRESH_SECONDS = 15.0
"""Age up to which the agent's word counts: three of its reports."""
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Report:
    """The agent's last report; `age_seconds` says how old it is."""

    age_seconds: float
    machine_count: int | None
    pools: tuple[dict[str, object], ...]
    conditions: tuple[dict[str, object], ...]

    @property
    def fresh(self) -> bool:
        """Whether it still tells how the host is."""
        return 0 <= self.age_seconds <= FRESH_SECONDS


def last_report(places: Places, now: float) -> Report | None:
    """Return what the agent told last in this life of the host; `now` is CLOCK_BOOTTIME."""
    try:
        found = json.loads(places.report.read_text())
        usage = found.get("usage") or {}
        count = usage.get("machine_count")
        return Report(
            age_seconds=now - float(found["told_at"]),
            machine_count=None if count is None else int(count),
            pools=tuple(found.get("pools") or ()),
            conditions=tuple(found.get("conditions") or ()),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def guarded(places: Places, boot_id: str) -> tuple[Guarded, ...]:
    """Return the protected machines that the guardian keeps a list of in this life of the host."""
    try:
        found = json.loads(places.guarded.read_text())
        if found["boot_id"] != boot_id:
            return ()
        return tuple(guarded_from_json(each) for each in found["machines"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def emulators() -> Sequence[int]:
    """Return the processes of QEMU on this host: those in the network namespace of the caller."""
    own = os.stat(PROC / "self/ns/net").st_ino
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            emulates = (folder / "comm").read_text().startswith("qemu-system")
            if emulates and os.stat(folder / "ns/net").st_ino == own:
                found.append(int(folder.name))
    return sorted(found)


def machine_count(places: Places, now: float) -> int:
    """Return how many machines run here; the agent's word counts while it is fresh."""
    report = last_report(places, now)
    told = report.machine_count if report is not None and report.fresh else None
    return max(told or 0, len(emulators()))
