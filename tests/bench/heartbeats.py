"""What a beat costs the node service, beside a bare grpc.aio call plus a bare etcd keepalive.

One real node service over real stores; the hosts beat from processes of their own, so that only the
service's own processor time counts, taken from /proc over the same length of time for the service
and for both floors, at the same rate. `HOSTS=5000 make bench NAME=heartbeats` chooses how many;
more than the service bears at the usual interval beat at the longer one that it tells them. At the
end the service, etcd and both lose their power under all hosts.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.beaters import Beaters, beating, line_of, running
from tests.bench.figure import Figure
from tests.mesh.crowd import INTERVAL_SECONDS, Crowd, make_tokens
from tests.mesh.site import Site, installed_site

from qvdc_lab.control_plane.services import secrets_folder
from qvdc_node.domain.terms import least_interval

HOSTS = int(os.environ.get("HOSTS", "300"))
SILENT_OF = 10
"""One host of so many falls silent in the measurement of GEN-20."""
BEATS_PER_SECOND = int(os.environ.get("QVDC_BEATS_PER_SECOND", "600"))
INTERVAL = max(INTERVAL_SECONDS, least_interval(HOSTS, BEATS_PER_SECOND).total_seconds())
SETTLE_SECONDS = 4 * INTERVAL
PATIENCE_SECONDS = 600.0
LOOK_EVERY_SECONDS = 1.0
WINDOW_SECONDS = max(24.0, 4 * INTERVAL)
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
MILLISECONDS = 1000.0
CUTS = (("the service", "node", False), ("etcd", "", True), ("both", "node", True))
"""What loses its power together: its name, the service, etcd."""


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
    """Return the processor time of a beat, the share of beats answered, and all returns."""
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
        returns = await _returns(site, crowd, address)
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
        *returns,
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
    with (
        beating(crowd, address, dead, HOSTS) as living,
        beating(crowd, address, 0, dead) as falling,
    ):
        await _settled(living, HOSTS - dead)
        if dead:
            await _settled(falling, dead)
            falling.freeze()
            await asyncio.sleep(SETTLE_SECONDS)
        living.told()
        before = _cpu_seconds(pid)
        await asyncio.sleep(WINDOW_SECONDS)
        told = living.told()
        spent = _cpu_seconds(pid) - before
    return Cost(spent, len(told.took), told.silent, statistics.median(told.took))


async def _settled(beaters: Beaters, hosts: int) -> None:
    """Wait until each of `hosts` was answered in every interval of a row of them.

    Thousands of hosts that come at once need a while for their handshakes and registrations, which
    are not what is measured.

    Raises:
        TimeoutError: they are not, however long one waits.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            beaters.told()
            await asyncio.sleep(SETTLE_SECONDS)
            told = beaters.told()
            if not told.silent and len(told.took) >= hosts * SETTLE_SECONDS / INTERVAL * 0.95:
                return


async def _returns(site: Site, crowd: Path, address: str) -> list[Figure]:
    """Measure how long it takes until every host has its session again after power cuts.

    The floor is an interval: a host beats no sooner.
    """
    figures = []
    with beating(crowd, address, 0, HOSTS) as beaters:
        await _settled(beaters, HOSTS)
        for name, service, etcd in CUTS:
            await asyncio.to_thread(site.cut_power, service, etcd=etcd)
            took = await _all_back(site, beaters)
            name = f"all {HOSTS} hosts back after {name} restarted"
            figures.append(Figure(name, took, "s", "lower", INTERVAL))
        sessions = len(await asyncio.to_thread(site.sessions))
    return [*figures, Figure("sessions in etcd beside nodes", sessions, "", "higher", HOSTS)]


async def _all_back(site: Site, beaters: Beaters) -> float:
    """Return after how many seconds every host was acknowledged and etcd holds its session."""
    began, back = time.monotonic(), set[str]()
    beaters.told()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(back) < HOSTS or len(await asyncio.to_thread(site.sessions)) < HOSTS:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            back |= beaters.told().hosts
    return time.monotonic() - began


async def _bare_calls(site: Site, crowd: Path) -> Cost:
    wanted = (str(secrets_folder(site.lab) / "node"), str(INTERVAL))
    with running("bare_heart", "call", *wanted) as bare:
        port = await asyncio.to_thread(line_of, bare)
        return await _beats(crowd, f"127.0.0.1:{port}", bare.pid)


async def _bare_keepalives(site: Site) -> Cost:
    wanted = (site.lab.etcd.endpoint, str(HOSTS), str(INTERVAL))
    with running("bare_heart", "keepalive", *wanted) as bare:
        await asyncio.to_thread(line_of, bare)
        before = _cpu_seconds(bare.pid)
        await asyncio.sleep(WINDOW_SECONDS)
        spent = _cpu_seconds(bare.pid) - before
    return Cost(spent, int(HOSTS * WINDOW_SECONDS / INTERVAL))


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far, its own and the kernel's for it."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * TICK_SECONDS
