"""What a machine shall be on this host: values, as the control plane gave them."""

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, NewType

MachineUid = NewType("MachineUid", str)
Digest = NewType("Digest", str)
"""SHA-256 of an image's bytes, lower-case hex."""
BootId = NewType("BootId", str)
"""The kernel's random/boot_id: tells one life of the host from the next."""

DEFAULT_POOL = "local"
DEFAULT_GRACE_SECONDS = 60.0


class Power(Enum):
    """What the power of a machine shall be."""

    ON = "on"
    OFF = "off"
    """Off at once."""
    SHUTDOWN = "shutdown"
    """The guest is asked, and left running while it ignores that."""


class Response(Enum):
    """What becomes of a machine when its host is cut off."""

    POWER_OFF = "power_off"
    """Paused, then killed."""
    SHUTDOWN = "shutdown"
    """Asked to shut down, and killed at the end of its grace."""
    LEAVE = "leave"
    """Never touched: only positive proof frees it."""


class ImageFormat(Enum):
    """How an image's bytes are to be read; never guessed from the bytes."""

    QCOW2 = "qcow2"
    RAW = "raw"
    ISO = "iso"


class Firmware(Enum):
    """What starts the guest."""

    BIOS = "bios"
    UEFI = "uefi"


@dataclass(frozen=True, slots=True)
class BaseImage:
    """Where a disk's first contents come from.

    Args:
        size_bytes: of the file that is pulled.
        virtual_size_bytes: of the disk that the file describes; 0 when not told.
        urls: any one will do.
        ticket: bearer secret for the pull.
    """

    digest: Digest
    format: ImageFormat
    size_bytes: int
    virtual_size_bytes: int = 0
    urls: tuple[str, ...] = ()
    ticket: str = field(default="", repr=False)


class BasePlace(NamedTuple):
    """An image in the cache of one pool."""

    pool: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that a machine shall have; `disk_id` names it within the machine.

    `pool` is the uid of a storage pool, or names the host's own folder.
    A base of format ISO makes it a read-only CD-ROM of the cached image, with no file of its own.
    """

    disk_id: str
    size_bytes: int
    pool: str = DEFAULT_POOL
    base: BaseImage | None = None
    boot_index: int = 0

    @property
    def is_medium(self) -> bool:
        """Whether it is the image itself, read-only, rather than a disk with data."""
        return self.base is not None and self.base.format is ImageFormat.ISO


@dataclass(frozen=True, slots=True)
class Nic:
    """A network card that a machine shall have; mtu 0 leaves it to the network."""

    port_uid: str
    mac: str
    mtu: int = 0


@dataclass(frozen=True, slots=True)
class Seed:
    """What a guest is told at its first boot."""

    meta_data: str = ""
    user_data: str = field(default="", repr=False)
    network_config: str = ""

    @property
    def fingerprint(self) -> str:
        """Names this content: equal seeds have equal fingerprints."""
        whole = "\0".join((self.meta_data, self.user_data, self.network_config))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class WantedMachine:
    """The whole wanted state of a machine on this host.

    Args:
        vm_id: names the domain.
        generation: of the wanted state; never goes down.
        run_epoch: which start is the current one; never goes down.
        absent: it shall not exist here; the rest is then without meaning.
        protected: HA may restart it elsewhere.
        isolation: what becomes of a protected machine when its host is cut off.
        grace_seconds: how long its guest may take to shut down then.
    """

    uid: MachineUid
    vm_id: str
    generation: int
    run_epoch: int
    power: Power
    absent: bool = False
    vcpu_count: int = 1
    memory_bytes: int = 0
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()
    seed: Seed | None = None
    firmware: Firmware = Firmware.BIOS
    protected: bool = False
    isolation: Response = Response.POWER_OFF
    grace_seconds: float = DEFAULT_GRACE_SECONDS

    @property
    def bases(self) -> tuple[BaseImage, ...]:
        """The images its disks stand on, each digest once."""
        found = {disk.base.digest: disk.base for disk in self.disks if disk.base is not None}
        return tuple(found.values())

    @property
    def bases_by_place(self) -> dict["BasePlace", BaseImage]:
        """The images its disks stand on, each in the pool of its disk."""
        return {
            BasePlace(disk.pool, disk.base.digest): disk.base
            for disk in self.disks
            if disk.base is not None
        }

    @property
    def pools(self) -> frozenset[str]:
        """The pools that its disks lie in, less the host's own folder."""
        return frozenset(disk.pool for disk in self.disks) - {DEFAULT_POOL}
