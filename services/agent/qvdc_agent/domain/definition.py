"""Everything a hypervisor needs to know to define a machine, as typed values."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from qvdc_agent.domain.machine import Firmware, ImageFormat, MachineUid, Nic


class VirtType(Enum):
    """How guests are run."""

    KVM = "kvm"
    QEMU = "qemu"
    """Emulated by QEMU alone: slow, and works everywhere."""


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A file shown to the guest as a disk; `medium` makes it a read-only CD-ROM.

    Args:
        boot_order: from 1; 0 leaves it out of the boot order.
    """

    path: Path
    format: ImageFormat
    serial: str
    boot_order: int = 0
    medium: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A machine as it is defined.

    Args:
        offloads: whether virtual NICs may leave checksums to the host; not with OVS's userspace
            datapath, which would drop every TCP segment.
        serial_log: where the guest's serial output is kept.
    """

    uid: MachineUid
    vm_id: str
    generation: int
    run_epoch: int
    virt_type: VirtType
    vcpu_count: int
    memory_bytes: int
    firmware: Firmware
    disks: tuple[DiskFile, ...]
    nics: tuple[Nic, ...]
    bridge: str
    offloads: bool
    serial_log: Path
