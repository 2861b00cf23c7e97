"""Reads the host's hardware and use from /proc and /sys; what cannot be read stays unset."""

import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qvdc_agent.domain.host_report import (
    BlockDevice,
    Cpu,
    NetworkCard,
    Pool,
    PoolState,
    Usage,
)

SECTOR_BYTES = 512
_UNREAL_DISKS = ("loop", "ram", "zram", "nbd", "dm-", "md", "sr", "fd")
_FREE_SHARE_DEGRADED = 0.05
"""A pool with less of its room free is degraded: the next writes of guests may fail."""


@dataclass(frozen=True, slots=True)
class CpuTicks:
    """Processor time since boot, in ticks."""

    busy: int
    total: int


def cpu(proc: Path = Path("/proc")) -> Cpu:
    """The host's processors."""
    blocks = [_fields(block) for block in _read(proc / "cpuinfo").strip().split("\n\n")]
    first = blocks[0] if blocks else {}
    sockets = {block["physical id"] for block in blocks if "physical id" in block}
    cores = _int(first.get("cpu cores"))
    siblings = _int(first.get("siblings"))
    mhz = first.get("cpu MHz")
    return Cpu(
        model=first.get("model name", ""),
        socket_count=len(sockets) or None,
        core_count=cores,
        thread_count=siblings // cores if cores and siblings else None,
        frequency_mhz=int(float(mhz)) if mhz else None,
        flags=tuple(sorted(first.get("flags", "").split())),
        cpu_count=os.cpu_count(),
    )


def memory_bytes(proc: Path = Path("/proc")) -> tuple[int | None, int | None]:
    """Total memory, and what is used and not reclaimable, in bytes."""
    found = _fields(_read(proc / "meminfo"))
    total, available = _kib(found.get("MemTotal")), _kib(found.get("MemAvailable"))
    return total, total - available if total is not None and available is not None else None


def disks(sys: Path = Path("/sys")) -> tuple[BlockDevice, ...]:
    """The host's disks, without what is only made of other disks or files."""
    found = []
    for folder in _folders(sys / "block"):
        size_bytes = (_int(_read(folder / "size")) or 0) * SECTOR_BYTES
        if folder.name.startswith(_UNREAL_DISKS) or size_bytes == 0:
            continue
        stable = _read(folder / "device/wwid") or _read(folder / "serial")
        model = _read(folder / "device/model")
        found.append(BlockDevice(f"/dev/{folder.name}", stable, model, size_bytes))
    return tuple(found)


def nics(sys: Path = Path("/sys")) -> tuple[NetworkCard, ...]:
    """The host's network cards: those with a device, and wired pairs of namespaces."""
    found = []
    for folder in _folders(sys / "class/net"):
        driver = folder / "device/driver"
        name = folder.name
        if not driver.exists() and not _is_pair(folder):
            continue
        speed = _int(_read(folder / "speed"))
        carrier = _read(folder / "carrier")
        found.append(
            NetworkCard(
                name=name,
                mac=_read(folder / "address"),
                driver=driver.resolve().name if driver.exists() else "veth",
                speed_mbps=speed if speed is not None and speed > 0 else None,
                mtu=_int(_read(folder / "mtu")),
                carrier=carrier == "1" if carrier else None,
            )
        )
    return tuple(found)


def ticks(proc: Path = Path("/proc")) -> CpuTicks | None:
    """Processor time since boot; the use of an interval is the difference of two."""
    words = _read(proc / "stat").partition("\n")[0].split()
    numbers = [int(word) for word in words[1:9] if word.isdigit()]
    if len(numbers) < 5:
        return None
    idle = numbers[3] + numbers[4]
    return CpuTicks(busy=sum(numbers) - idle, total=sum(numbers))


def usage(
    before: CpuTicks | None,
    now: CpuTicks | None,
    *,
    machine_count: int | None,
    proc: Path = Path("/proc"),
) -> Usage:
    """How busy the host was between two readings of `ticks`."""
    percent = None
    if before is not None and now is not None and now.total > before.total:
        percent = round(100.0 * (now.busy - before.busy) / (now.total - before.total), 1)
    load = [float(word) for word in _read(proc / "loadavg").split()[:3]]
    one, five, fifteen = load if len(load) == 3 else (None, None, None)
    return Usage(percent, memory_bytes(proc)[1], one, five, fifteen, machine_count)


def pool(name: str, path: Path) -> Pool:
    """How the pool at `path` stands."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
        room = shutil.disk_usage(path)
    except OSError as error:
        return Pool(name, PoolState.ERROR, str(path), error=str(error))
    state, words = PoolState.HEALTHY, ""
    if not os.access(path, os.W_OK):
        state, words = PoolState.ERROR, "It cannot be written to."
    elif room.free < room.total * _FREE_SHARE_DEGRADED:
        state, words = PoolState.DEGRADED, "It is almost full."
    return Pool(name, state, str(path), room.total, room.free, words)


def operating_system(etc: Path = Path("/etc")) -> str:
    """The distribution's own name for itself."""
    lines = _read(etc / "os-release").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return values.get("PRETTY_NAME", "").strip('"')


def kernel() -> str:
    """The kernel's version."""
    return platform.release()


def boot_time(proc: Path = Path("/proc")) -> str | None:
    """When the kernel started, in RFC 3339."""
    for line in _read(proc / "stat").splitlines():
        if line.startswith("btime "):
            moment = datetime.fromtimestamp(int(line.split()[1]), UTC)
            return moment.isoformat().replace("+00:00", "Z")
    return None


def _is_pair(folder: Path) -> bool:
    """Whether it is one end of a veth pair: its peer has another index, and it is no tap."""
    index, link = _read(folder / "ifindex"), _read(folder / "iflink")
    virtual = (folder / "tun_flags").exists() or (folder / "bridge").exists()
    return bool(index) and index != link and not virtual


def _folders(parent: Path) -> Iterator[Path]:
    try:
        names: Sequence[str] = sorted(os.listdir(parent))
    except OSError:
        return
    for name in names:
        yield parent / name


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _int(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _kib(text: str | None) -> int | None:
    number = _int(text.split()[0]) if text else None
    return None if number is None else number * 1024
