"""Who this host is: a uuid and a key made once, a certificate, and which start this is."""

import fcntl
import json
import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.files import write_whole

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOARD = ("product_uuid", "board_serial", "product_serial", "board_name")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this host is, in this life and this start of the guardian.

    Args:
        instance: counts the guardian's starts within one boot, from 1.
        fingerprint: SHA-256 over board and network cards: the same hardware has the same.
    """

    machine_uuid: str
    boot_id: str
    instance: int
    fingerprint: str


def establish(
    places: Places,
    *,
    macs: tuple[str, ...],
    boot_id_file: Path = BOOT_ID,
    board: Path = Path("/sys/class/dmi/id"),
    new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
) -> Identity:
    """Return who this host is now, and count this start.

    The uuid is made at the first call and never again.
    """
    boot_id = boot_id_file.read_text().strip()
    return Identity(
        machine_uuid=machine_uuid(places, new_uuid),
        boot_id=boot_id,
        instance=next_instance(places.instance, boot_id),
        fingerprint=fingerprint(board, macs),
    )


def machine_uuid(places: Places, new_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """The host's uuid, made when there is none."""
    path = places.machine_uuid
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        write_whole(path, f"{new_uuid()}\n".encode(), mode=0o644)
    return str(uuid.UUID(path.read_text().strip()))


def next_instance(path: Path, boot_id: str) -> int:
    """Count one more start within `boot_id`; two at once get different numbers."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        number = last_instance(path, boot_id) + 1
        counted = json.dumps({"boot_id": boot_id, "instance": number})
        write_whole(path, counted.encode(), durable=False)
        return number
    finally:
        os.close(lock)


def fingerprint(board: Path, macs: tuple[str, ...]) -> str:
    """Hash what tells this hardware from other hardware."""
    found = [_read(board / name) for name in _BOARD]
    return sha256("\n".join([*found, *sorted(macs)]).encode()).hexdigest()


def hostname() -> str:
    """The host's name for itself."""
    return socket.gethostname() or "localhost"


def last_instance(path: Path, boot_id: str) -> int:
    """The number of the last start within `boot_id`; 0 before the first."""
    try:
        found = json.loads(path.read_text())
        return int(found["instance"]) if found["boot_id"] == boot_id else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
