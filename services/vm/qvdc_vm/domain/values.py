"""What a machine is made of: identities and the parts that people choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

from qvdc_core.units import MIB

MachineUid = NewType("MachineUid", str)
"""Server id of a machine."""
HostUid = NewType("HostUid", str)
"""Server id of a node."""

DEFAULT_VCPU_COUNT = 1
MIN_MEMORY_BYTES = 128 * MIB
POOL_PREFIX = "storage-pools/"
OWN_FOLDER = "local"
"""The pool that is each host's own folder."""


class PowerWish(Enum):
    """What people want the power to be."""

    ON = "ON"
    OFF = "OFF"


class Firmware(Enum):
    """How the machine begins."""

    BIOS = "BIOS"
    UEFI = "UEFI"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """The bytes that a disk begins with, as the image's owner told when it was claimed.

    Args:
        digest: SHA-256, lower-case hex.
        format: qcow2, raw or iso.
        virtual_size_bytes: what the guest sees of it.
    """

    digest: str
    format: str
    size_bytes: int
    virtual_size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk of a machine.

    Args:
        image: name of the image it begins from; "" is an empty disk.
        size_bytes: 0 means the image's virtual size.
        pool: `storage-pools/<id>`, or `local` for the host's own folder; "" until it is placed,
            then the cluster's default pool if it has one.
        base: known once the image is claimed.
        pool_uid: known once room in the pool is claimed.
    """

    disk_id: str
    image: str = ""
    size_bytes: int = 0
    pool: str = ""
    base: BaseImage | None = None
    pool_uid: str | None = None

    @property
    def pooled(self) -> bool:
        """Whether it lies in a storage pool."""
        return self.pool.startswith(POOL_PREFIX)

    @property
    def is_medium(self) -> bool:
        """Whether it is the image itself, read-only, rather than a disk with data."""
        return self.base is not None and self.base.format == "iso"

    @property
    def effective_size_bytes(self) -> int:
        """The size that the guest shall see; 0 while the image is not claimed yet."""
        if self.size_bytes or self.base is None:
            return self.size_bytes
        return -(-self.base.virtual_size_bytes // MIB) * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class PortBinding:
    """The port that a network card got."""

    name: str
    uid: str
    mac: str
    mtu: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A network card of a machine.

    Args:
        mac, address: wanted ones; "" lets the network choose.
        port: known once the port is made.
    """

    network: str
    mac: str = ""
    address: str = ""
    port: PortBinding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudInit:
    """What the guest is told at its first boot, less the raw user-data, which may hold secrets.

    Args:
        hostname: "" is the machine's id.
        user_data_set: raw user-data is stored beside the machine.
    """

    hostname: str = ""
    ssh_authorized_keys: tuple[str, ...] = ()
    user_data_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementWishes:
    """What a machine asks of its host; empty fields ask nothing. Nodes are resource names."""

    required_nodes: tuple[str, ...] = ()
    excluded_nodes: tuple[str, ...] = ()
    node_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """The hardware that a machine is shown and where it may run; fixed at creation."""

    cluster: str
    memory_bytes: int
    vcpu_count: int = DEFAULT_VCPU_COUNT
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()
    firmware: Firmware = Firmware.BIOS
    cloud_init: CloudInit = CloudInit()
    wishes: PlacementWishes = PlacementWishes()

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the images it needs, each once, in the order of its disks."""
        return tuple(dict.fromkeys(disk.image for disk in self.disks if disk.image))
