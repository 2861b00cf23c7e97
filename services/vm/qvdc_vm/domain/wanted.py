"""What a host is told to hold of a machine, whole."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from qvdc_vm.domain.protection import NO_PROTECTION, Protection
from qvdc_vm.domain.seed import Seed, seed_of
from qvdc_vm.domain.state import HostPower
from qvdc_vm.domain.values import BaseImage, Firmware, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine, host_power


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """Where a host fetches an image's bytes, and the ticket that lets it.

    Args:
        ticket: a secret; never stored, asked for anew with each message that may need it.
    """

    base: BaseImage
    urls: tuple[str, ...] = ()
    ticket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDisk:
    """A disk as the host shall make it."""

    disk_id: str
    size_bytes: int
    pool: str
    source: ImageSource | None
    boot_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedNic:
    """A network card as the host shall plug it."""

    port_uid: str
    mac: str
    mtu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMachine:
    """All that a host shall hold of a machine; `absent`: nothing."""

    uid: MachineUid
    name: str
    generation: int
    run_epoch: int
    absent: bool
    power: HostPower
    vcpu_count: int
    memory_bytes: int
    disks: tuple[WantedDisk, ...]
    nics: tuple[WantedNic, ...]
    seed: Seed
    firmware: Firmware
    protection: Protection = NO_PROTECTION


def wanted_of(
    machine: VirtualMachine, *, user_data: str, sources: Mapping[str, ImageSource]
) -> WantedMachine:
    """Write what the host of `machine` shall hold now.

    Args:
        user_data: raw user-data; "" for none.
        sources: fresh sources by image name; an image that is not here is on the host already.
    """
    spec = machine.spec
    disks = tuple(
        WantedDisk(
            disk_id=disk.disk_id,
            size_bytes=disk.effective_size_bytes,
            pool=disk.pool_uid or "",
            source=sources.get(disk.image) or (ImageSource(base=disk.base) if disk.base else None),
            boot_index=position + 1,
        )
        for position, disk in enumerate(spec.disks)
    )
    if machine.removing:
        # Named, so that the host takes them out of shared pools too: they live nowhere else.
        disks = tuple(replace(each, source=None) for each in disks if each.pool and each.size_bytes)
    nics = tuple(
        WantedNic(port_uid=nic.port.uid, mac=nic.port.mac, mtu=nic.port.mtu)
        for nic in spec.nics
        if nic.port is not None
    )
    return WantedMachine(
        uid=machine.uid,
        name=machine.name,
        generation=machine.host_generation,
        run_epoch=machine.run_epoch,
        absent=machine.removing,
        power=host_power(machine),
        vcpu_count=spec.vcpu_count,
        memory_bytes=spec.memory_bytes,
        disks=disks,
        nics=() if machine.removing else nics,
        seed=seed_of(machine, user_data),
        firmware=spec.firmware,
        protection=NO_PROTECTION if machine.removing else machine.protection,
    )
