"""The contract's requests as domain values; total on validated input."""

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2 as wire
from qvdc_agent.domain.machine import (
    DEFAULT_GRACE_SECONDS,
    DEFAULT_POOL,
    BaseImage,
    Digest,
    Disk,
    Firmware,
    ImageFormat,
    MachineUid,
    Nic,
    Power,
    Response,
    Seed,
    WantedMachine,
)
from qvdc_core.errors import InvalidField
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.units import MIB

_POWERS = {
    wire.WantedMachine.POWER_ON: Power.ON,
    wire.WantedMachine.POWER_OFF: Power.OFF,
    wire.WantedMachine.POWER_SHUTDOWN: Power.SHUTDOWN,
}
_RESPONSES = {
    wire.ISOLATION_RESPONSE_UNSPECIFIED: Response.POWER_OFF,
    wire.ISOLATION_RESPONSE_LEAVE: Response.LEAVE,
    wire.ISOLATION_RESPONSE_SHUTDOWN: Response.SHUTDOWN,
    wire.ISOLATION_RESPONSE_POWER_OFF: Response.POWER_OFF,
}
_FIRMWARES = {"": Firmware.BIOS, "BIOS": Firmware.BIOS, "UEFI": Firmware.UEFI}


def fence(message: fence_pb2.Fence) -> Fence:
    """A leader's right to act."""
    return Fence(message.site_term, message.loop, message.revision)


def wanted_machine(message: wire.WantedMachine) -> WantedMachine:
    """The wanted state of a machine.

    Raises:
        InvalidField: it cannot be what a machine is.
    """
    if message.firmware.upper() not in _FIRMWARES:
        raise InvalidField("machine.firmware", "must be BIOS or UEFI")
    if not message.absent:
        _check_size(message)
    return WantedMachine(
        uid=MachineUid(message.vm_uid),
        vm_id=Name.parse(message.vm, "vms", field="machine.vm").id,
        generation=message.generation,
        run_epoch=message.run_epoch,
        power=_POWERS[message.power],
        absent=message.absent,
        vcpu_count=message.vcpu_count or 1,
        memory_bytes=message.memory_bytes,
        disks=tuple(_disk(each) for each in message.disks),
        nics=tuple(Nic(each.port_uid, each.mac, each.mtu) for each in message.nics),
        seed=_seed(message.seed) if message.HasField("seed") else None,
        firmware=_FIRMWARES[message.firmware.upper()],
        protected=message.protected,
        isolation=_RESPONSES[message.isolation_response],
        grace_seconds=float(message.shutdown_grace_seconds or DEFAULT_GRACE_SECONDS),
    )


def _check_size(message: wire.WantedMachine) -> None:
    if message.memory_bytes < MIB:
        raise InvalidField("machine.memory_bytes", "must be at least 1 MiB")
    ids = [disk.disk_id for disk in message.disks]
    if len(set(ids)) != len(ids):
        raise InvalidField("machine.disks", "must have different disk_ids")


def _disk(message: wire.WantedDisk) -> Disk:
    return Disk(
        disk_id=message.disk_id,
        size_bytes=message.size_bytes,
        pool=message.pool or DEFAULT_POOL,
        base=_base(message.base) if message.HasField("base") else None,
        boot_index=message.boot_index,
    )


def _base(message: wire.BaseImage) -> BaseImage:
    return BaseImage(
        digest=Digest(message.digest),
        format=ImageFormat(message.format),
        size_bytes=message.size_bytes,
        virtual_size_bytes=message.virtual_size_bytes,
        urls=tuple(message.urls),
        ticket=message.ticket,
    )


def _seed(message: wire.CloudInitSeed) -> Seed:
    return Seed(message.meta_data, message.user_data, message.network_config)
