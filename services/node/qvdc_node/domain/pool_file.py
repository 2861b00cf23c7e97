"""Files in storage pools, and disks of hosts."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class FileKind(Enum):
    """What a file is."""

    DISK = "DISK"
    IMAGE = "IMAGE"
    ISO = "ISO"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file as a host found it.

    Args:
        path: within the pool.
        owner_uid, disk_id: whose disk it is by its path; "" if the path tells nobody.
    """

    path: str
    kind: FileKind
    size_bytes: int = 0
    allocated_bytes: int = 0
    modify_time: datetime | None = None
    owner_uid: str = ""
    disk_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file beside its claim, or a claim without a file, whose path is "".

    Args:
        owner: name of who claims it; "" for nobody.
        claimed_bytes: None without a claim.
        orphan: a disk that nobody claims, or a claim without a file.
    """

    node: str
    found: FoundFile
    owner: str = ""
    claimed_bytes: int | None = None
    orphan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A disk or partition of a host."""

    node: str
    path: str
    stable_id: str
    model: str
    size_bytes: int | None
    observe_time: datetime
    stale: bool
