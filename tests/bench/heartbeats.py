"""What a beat costs the node service, beside a bare grpc.aio call plus a bare etcd keepalive.

One real node service over real stores; the hosts beat from processes of their own, so that only the
service's own processor time counts, taken from /proc over the same length of time for the service
and for both floors, at the same rate. `HOSTS=5000 make bench NAME=heartbeats` chooses how many.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figure import Figure
from tests.mesh.crowd import INTERVAL_SECONDS, Crowd, make_tokens
from tests.mesh.site import Site, installed_site

from qvdc_lab.control_plane.services import secrets_folder

HOSTS = int(os.environ.get("HOSTS", "300"))
HOSTS_IN_A_PROCESS = 500
SETTLE_SECONDS = 4 * INTERVAL_SECONDS
WINDOW_SECONDS = 8 * INTERVAL_SECONDS
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
MILLISECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent on how many operations.

    Args:
        silent: beats that nobody answered in time.
    """

    cpu_seconds: float
    count: int
    silent: int = 0

    @property
    def each(self) -> float:
        """Milliseconds of processor time for one."""
        return self.cpu_seconds / self.count * MILLISECONDS


async def measure() -> list[Figure]:
    """Return the processor time of a beat, and the share of beats that were answered."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        site = stack.enter_context(installed_site(Path(folder), network=False))
        node = site.start("node")
        await asyncio.to_thread(site.wait_ready, node)
        address = f"127.0.0.1:{node.mesh_port}"
        crowd = await _joined(site, address)
        assert node.process is not None
        ours = await _beats(crowd, address, node.process.pid)
        call = await _bare_calls(site, crowd)
        keepalive = await _bare_keepalives(site)
    floor = call.each + keepalive.each
    return [
        Figure(f"node service: one beat of {HOSTS} hosts", ours.each, "ms CPU", "lower", floor),
        Figure("of it: a bare call", call.each, "ms CPU", "lower", call.each),
        Figure("of it: a bare keepalive", keepalive.each, "ms CPU", "lower", keepalive.each),
        Figure("beats answered", 1 - ours.silent / (ours.count + ours.silent), "", "higher", 1.0),
    ]


async def _joined(site: Site, address: str) -> Path:
    """Let all hosts join; return the folder that keeps them."""
    secrets = secrets_folder(site.lab)
    crowd = Crowd(site.folder / "crowd")
    tokens = await make_tokens(address, secrets, HOSTS)
    ca_pem = (secrets / "node/ca.pem").read_bytes()
    await crowd.join(f"127.0.0.1:{site.enrol_port}", ca_pem, tokens)
    return crowd.folder


async def _beats(crowd: Path, address: str, pid: int) -> Cost:
    """Measure process `pid` while all hosts beat at `address`."""
    with ExitStack() as stack:
        parts = [
            stack.enter_context(_running("beating", str(crowd), str(first), str(count), address))
            for first, count in _parts()
        ]
        await asyncio.sleep(SETTLE_SECONDS)
        before = _told(parts), _cpu_seconds(pid)
        await asyncio.sleep(WINDOW_SECONDS)
        after = _told(parts), _cpu_seconds(pid)
    answered, silent = (after[0][each] - before[0][each] for each in (0, 1))
    return Cost(after[1] - before[1], answered, silent)


def _parts() -> Iterator[tuple[int, int]]:
    for first in range(0, HOSTS, HOSTS_IN_A_PROCESS):
        yield first, min(HOSTS_IN_A_PROCESS, HOSTS - first)


async def _bare_calls(site: Site, crowd: Path) -> Cost:
    with _running("bare_heart", "call", str(secrets_folder(site.lab) / "node")) as bare:
        port = await asyncio.to_thread(_line, bare)
        return await _beats(crowd, f"127.0.0.1:{port}", bare.pid)


async def _bare_keepalives(site: Site) -> Cost:
    with _running("bare_heart", "keepalive", site.lab.etcd.endpoint, str(HOSTS)) as bare:
        await asyncio.to_thread(_line, bare)
        before = _cpu_seconds(bare.pid)
        await asyncio.sleep(WINDOW_SECONDS)
        spent = _cpu_seconds(bare.pid) - before
    return Cost(spent, int(HOSTS * WINDOW_SECONDS / INTERVAL_SECONDS))


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _told(parts: list[subprocess.Popen[str]]) -> tuple[int, int]:
    """Return how many beats of all parts were answered, and how many were not."""
    answered = silent = 0
    for part in parts:
        assert part.stdin is not None
        part.stdin.write("\n")
        part.stdin.flush()
        one, other = _line(part).split()
        answered, silent = answered + int(one), silent + int(other)
    return answered, silent


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far, its own and the kernel's for it."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * TICK_SECONDS
