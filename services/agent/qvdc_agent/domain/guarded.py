"""Machines that HA may restart elsewhere, as the agent hands them to the guardian."""

from collections.abc import Mapping
from dataclasses import dataclass

from qvdc_agent.domain.machine import MachineUid, Response, WantedMachine


@dataclass(frozen=True, slots=True)
class Guarded:
    """One protected machine that runs here.

    Args:
        run_epoch: which start this is.
        grace_seconds: how long a guest that was asked to shut down may take.
        pid: of its QEMU.
        start_ticks: when that process started, in clock ticks since boot; tells it from a later
            one with the same number.
    """

    uid: MachineUid
    run_epoch: int
    response: Response
    pid: int
    start_ticks: int
    grace_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class HostProcess:
    """A process, told from a later one with the same number by when it started, in clock ticks
    since boot."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class GuardedNow:
    """What the guardian guards, and whose guests it wants asked to shut down."""

    machines: tuple[Guarded, ...] = ()
    asked: frozenset[MachineUid] = frozenset()


def guarded_by(machine: WantedMachine, run_epoch: int, process: HostProcess) -> Guarded:
    """The running start of `machine`, as it is to be guarded."""
    return Guarded(
        uid=machine.uid,
        run_epoch=run_epoch,
        response=machine.isolation,
        pid=process.pid,
        start_ticks=process.start_ticks,
        grace_seconds=machine.grace_seconds,
    )


def guarded_to_json(machine: Guarded) -> dict[str, object]:
    """One machine, in plain values."""
    return {
        "vm_uid": machine.uid,
        "run_epoch": machine.run_epoch,
        "response": machine.response.value,
        "grace_seconds": machine.grace_seconds,
        "pid": machine.pid,
        "start_ticks": machine.start_ticks,
    }


def guarded_from_json(found: Mapping[str, object]) -> Guarded:
    """Read what `guarded_to_json` wrote.

    Raises:
        ValueError: it is no such machine.
    """
    try:
        return Guarded(
            uid=MachineUid(str(found["vm_uid"])),
            run_epoch=int(str(found["run_epoch"])),
            response=Response(found["response"]),
            grace_seconds=float(str(found["grace_seconds"])),
            pid=int(str(found["pid"])),
            start_ticks=int(str(found["start_ticks"])),
        )
    except KeyError as error:
        raise ValueError(f"no {error} is given") from error
