"""What the machine loop needs of storage pools."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qvdc_core.fence import Fence
from qvdc_vm.domain.values import Disk, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class HeldRoom:
    """Room that a machine's disk holds in a pool."""

    uid: MachineUid
    disk_id: str
    pool: str


class StoragePools(Protocol):
    """The node service's claims of room in storage pools; whatever it refuses is raised as the
    Refusal that it sent."""

    async def claim(self, machine: VirtualMachine, disk: Disk, *, fence: Fence) -> str:
        """Hold room for a disk on the machine's node; return the pool's uid. Asking again answers
        the same.

        Raises:
            Refusal: POOL_OVERCOMMITTED, POOL_NOT_ASSIGNED, POOL_NOT_READY, NOT_FOUND, STALE_FENCE,
                UNAVAILABLE and so on.
        """
        ...

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        """Give all room of a machine back; a no-op if none is held."""
        ...

    async def held(self) -> Sequence[HeldRoom]:
        """All room that machines hold."""
        ...
