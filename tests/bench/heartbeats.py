"""What a beat costs the node service, beside a bare grpc.aio call plus a bare etcd keepalive.

One real node service over real stores; the hosts beat from processes of their own, so that only the
service's own processor time counts, taken from /proc over the same length of time for the service
and for both floors, at the same rate. `HOSTS=5000 make bench NAME=heartbeats` chooses how many;
more than the service bears at the usual interval beat at the longer one that it tells them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
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
from qvdc_node.domain.terms import least_interval

HOSTS = int(os.environ.get("HOSTS", "300"))
HOSTS_IN_A_PROCESS = 500
SILENT_OF = 10
"""One host of so many falls silent in the measurement of GEN-20."""
BEATS_PER_SECOND = int(os.environ.get("QVDC_BEATS_PER_SECOND", "600"))
INTERVAL = max(INTERVAL_SECONDS, least_interval(HOSTS, BEATS_PER_SECOND).total_seconds())
SETTLE_SECONDS = 4 * INTERVAL
SETTLED_WITHIN_SECONDS = 600.0
WINDOW_SECONDS = max(24.0, 4 * INTERVAL)
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
MILLISECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent on how many operations.

    Args:
        silent: beats that nobody answered in time.
        latency: of the answered ones in the middle, in seconds.
    """

    cpu_seconds: float
    count: int
    silent: int = 0
    latency: float = 0.0

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
        beside = await _beats(crowd, address, node.process.pid, dead=HOSTS // SILENT_OF)
        call = await _bare_calls(site, crowd)
        keepalive = await _bare_keepalives(site)
    floor = call.each + keepalive.each
    return [
        Figure(f"node service: one beat of {HOSTS} hosts", ours.each, "ms CPU", "lower", floor),
        Figure("of it: a bare call", call.each, "ms CPU", "lower", call.each),
        Figure("of it: a bare keepalive", keepalive.each, "ms CPU", "lower", keepalive.each),
        Figure(
            f"a beat beside {HOSTS // SILENT_OF} silent hosts",
            beside.latency * MILLISECONDS,
            "ms",
            "lower",
            ours.latency * MILLISECONDS,
        ),
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


async def _beats(crowd: Path, address: str, pid: int, *, dead: int = 0) -> Cost:
    """Measure process `pid` while all hosts beat at `address`.

    Args:
        dead: so many of them fall silent before, with their connections open.
    """
    with ExitStack() as stack:
        parts = [
            stack.enter_context(_running("beating", str(crowd), str(first), str(count), address))
            for first, count in _parts(dead, HOSTS)
        ]
        falling = [
            stack.enter_context(_running("beating", str(crowd), str(first), str(count), address))
            for first, count in _parts(0, dead)
        ]
        await _settled([*parts, *falling])
        for part in falling:
            part.send_signal(signal.SIGSTOP)
        await asyncio.sleep(SETTLE_SECONDS if falling else 0.0)
        _told(parts)
        before = _cpu_seconds(pid)
        await asyncio.sleep(WINDOW_SECONDS)
        answered, silent, took = _told(parts)
        return Cost(_cpu_seconds(pid) - before, answered, silent, statistics.median(took))


async def _settled(parts: list[subprocess.Popen[str]]) -> None:
    """Wait until every host was answered in every interval of a row of them.

    Thousands of hosts that come at once need a while for their handshakes and registrations, which
    are not what is measured.

    Raises:
        TimeoutError: they are not, however long one waits.
    """
    async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
        answered, silent = 0, 1
        while silent or answered < HOSTS * SETTLE_SECONDS / INTERVAL * 0.95:
            _told(parts)
            await asyncio.sleep(SETTLE_SECONDS)
            answered, silent, _ = _told(parts)


def _parts(first: int, end: int) -> Iterator[tuple[int, int]]:
    for begin in range(first, end, HOSTS_IN_A_PROCESS):
        yield begin, min(HOSTS_IN_A_PROCESS, end - begin)


async def _bare_calls(site: Site, crowd: Path) -> Cost:
    wanted = (str(secrets_folder(site.lab) / "node"), str(INTERVAL))
    with _running("bare_heart", "call", *wanted) as bare:
        port = await asyncio.to_thread(_line, bare)
        return await _beats(crowd, f"127.0.0.1:{port}", bare.pid)


async def _bare_keepalives(site: Site) -> Cost:
    wanted = (site.lab.etcd.endpoint, str(HOSTS), str(INTERVAL))
    with _running("bare_heart", "keepalive", *wanted) as bare:
        await asyncio.to_thread(_line, bare)
        before = _cpu_seconds(bare.pid)
        await asyncio.sleep(WINDOW_SECONDS)
        spent = _cpu_seconds(bare.pid) - before
    return Cost(spent, int(HOSTS * WINDOW_SECONDS / INTERVAL))


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


def _told(parts: list[subprocess.Popen[str]]) -> tuple[int, int, list[float]]:
    """Return of all parts since the last question: beats answered, beats not, seconds taken."""
    silent, took = 0, list[float]()
    for part in parts:
        assert part.stdin is not None
        part.stdin.write("\n")
        part.stdin.flush()
        told = json.loads(_line(part))
        silent += told["silent"]
        took += told["took"]
    return len(took), silent, took


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far, its own and the kernel's for it."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * TICK_SECONDS
