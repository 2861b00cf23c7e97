"""Machines that HA may restart elsewhere, as the agent hands them to the guardian."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NewType

VmUid = NewType("VmUid", str)


class Response(Enum):
    """What becomes of a machine when its host is cut off."""

    POWER_OFF = "power_off"
    """Paused, then killed."""
    SHUTDOWN = "shutdown"
    """Asked to shut down, and killed at the end of its grace."""
    LEAVE = "leave"
    """Never touched: only positive proof frees it."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """One protected machine that runs here.

    Args:
        run_epoch: which start this is.
        grace_seconds: how long a guest that was asked to shut down may take.
        pid: of its QEMU.
        start_ticks: when that process started, in clock ticks since boot; tells it from a later
            one with the same number.
        monitor: path of a QEMU monitor of our own, for SHUTDOWN; empty when there is none.
    """

    uid: VmUid
    run_epoch: int
    response: Response
    pid: int
    start_ticks: int
    grace_seconds: float = 60.0
    monitor: str = ""


def guarded_to_json(machine: Guarded) -> dict[str, object]:
    """One machine, in plain values."""
    return {
        "vm_uid": machine.uid,
        "run_epoch": machine.run_epoch,
        "response": machine.response.value,
        "grace_seconds": machine.grace_seconds,
        "pid": machine.pid,
        "start_ticks": machine.start_ticks,
        "monitor": machine.monitor,
    }


def guarded_from_json(found: Mapping[str, object]) -> Guarded:
    """Read what `guarded_to_json` wrote.

    Raises:
        ValueError: it is no such machine.
    """
    try:
        return Guarded(
            uid=VmUid(str(found["vm_uid"])),
            run_epoch=int(str(found["run_epoch"])),
            response=Response(found["response"]),
            grace_seconds=float(str(found["grace_seconds"])),
            pid=int(str(found["pid"])),
            start_ticks=int(str(found["start_ticks"])),
            monitor=str(found.get("monitor", "")),
        )
    except KeyError as error:
        raise ValueError(f"no {error} is given") from error
