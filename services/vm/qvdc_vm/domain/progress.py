"""How far an operation is, from the step that runs now and what the host tells."""

from dataclasses import dataclass, replace

from qvdc_vm.domain.plan import (
    Apply,
    ClaimImage,
    ClaimPlacement,
    ClaimPool,
    CreatePort,
    Release,
    Step,
    Wait,
)
from qvdc_vm.domain.virtual_machine import VirtualMachine

_STAGE_PERCENT = {
    "placing": 5,
    "claiming": 10,
    "ports": 15,
    "applying": 20,
    "pulling": 25,
    "disks": 80,
    "seed": 85,
    "defining": 90,
    "starting": 95,
    "releasing": 90,
}
_PULL_BEGINS, _PULL_ENDS = 25, 80


@dataclass(frozen=True, slots=True)
class Progress:
    """What to tell of an operation; bytes are None where none are moved."""

    stage: str
    message: str = ""
    percent: int = 0
    done_bytes: int | None = None
    total_bytes: int | None = None


def progress_of(machine: VirtualMachine, step: Step) -> Progress:
    """Say how far the work on `machine` is when `step` comes next."""
    match step:
        case ClaimPlacement():
            return _at("placing")
        case ClaimImage() | ClaimPool():
            return _at("claiming")
        case CreatePort():
            return _at("ports")
        case Apply():
            return _at("applying")
        case Release():
            return _at("releasing")
        case Wait(stage, message):
            return _waiting(machine, stage, message)
        case _:
            return Progress("")


def following(before: Progress, after: Progress) -> Progress:
    """`after`, told after `before`: past the pulling, all of its bytes are there."""
    pulled = before.total_bytes is not None and after.percent >= _PULL_ENDS
    if not pulled or after.done_bytes is not None:
        return after
    return replace(after, done_bytes=before.total_bytes, total_bytes=before.total_bytes)


def _at(stage: str) -> Progress:
    return Progress(stage, percent=_STAGE_PERCENT[stage])


def _waiting(machine: VirtualMachine, stage: str, message: str) -> Progress:
    seen = machine.observed
    percent = _STAGE_PERCENT.get(stage, 0)
    if seen is None or not machine.held or seen.done_bytes is None:
        return Progress(stage, message, percent)
    if stage == "pulling" and seen.total_bytes:
        share = min(seen.done_bytes / seen.total_bytes, 1.0)
        percent = _PULL_BEGINS + int(share * (_PULL_ENDS - _PULL_BEGINS))
    return Progress(stage, message, percent, seen.done_bytes, seen.total_bytes)
