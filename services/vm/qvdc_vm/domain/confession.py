"""What becomes of the protected machines of a fenced host that comes back (PROTOCOLS 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qvdc_vm.domain.values import HostUid, MachineUid


@dataclass(frozen=True, slots=True, kw_only=True)
class Confession:
    """What a fenced host tells: its living protected machines, and which start each of them is."""

    host: HostUid
    incident: str
    epochs: Mapping[MachineUid, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of one: it goes on as start `run_epoch`, or its host kills it."""

    uid: MachineUid
    keep: bool
    run_epoch: int


def settled(confession: Confession, current: Mapping[MachineUid, int]) -> Sequence[Settled]:
    """Return what becomes of each confessed machine.

    Args:
        current: the run epochs of the host's machines after each was raised once for the incident.
            One that is not here, or whose epoch moved otherwise, belongs to another start.
    """
    return [
        Settled(uid, keep=current.get(uid) == epoch + 1, run_epoch=epoch + 1)
        for uid, epoch in confession.epochs.items()
    ]
