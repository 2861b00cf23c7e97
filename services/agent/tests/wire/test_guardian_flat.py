"""A guardian that works without rest stays small, and does not grow."""

import asyncio
import itertools
import json
import os
import re
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from quantix.access.v1 import fence_pb2
from quantix.host.v1 import session_pb2
from quantix.peer.v1 import peer_pb2
from qvdc_agent.adapters.feed import GuardianFeed
from qvdc_agent.domain.host_report import HostReport, Inventory, System, Usage
from qvdc_core.errors import Kind
from qvdc_testing.pki import Identity, Pki
from tests.doubles.guarded_host import Host, a_host, ask, member_set, short_terms, until
from tests.doubles.node_service import Decided

MOST_RESIDENT_KIB = 64 * 1024
NOISE_KIB = 1024
"""How far the middle of the last sixth may lie above that of the second: the first warms up."""
NOISE_DESCRIPTORS = 4
SHORT_SECONDS = 20.0
HOUR_SECONDS = float(os.environ.get("QVDC_SOAK_GUARDIAN_SECONDS", "3600"))
ROUND_SECONDS = 1.0
TOLD_EVERY = 120
TOLD = Path(__file__).parents[4] / "build/soak/guardian.json"


@dataclass
class Work:
    """Everything that is asked of a guardian, again and again."""

    host: Host
    control_plane: Any
    pki: Pki
    hosts: list[Host]
    asker: Identity
    asker_uid: str
    machines: int = 0

    async def beats_with_news(self, number: int) -> None:
        """The agent's report, and an acknowledged beat."""
        usage = Usage(cpu_percent=number % 100, load_1=0.5, machine_count=number % 7)
        await GuardianFeed(self.host.places.feed).send(
            HostReport(System("0.1.0", 1, 1), Inventory(), usage)
        )
        await self.control_plane.double.until(beats=len(self.control_plane.double.beats) + 1)

    async def hand_over(self, number: int) -> None:
        """A machine that is guarded and dies, or is released."""
        await until(lambda: self.host.state.acknowledged_at is not None)
        machine = await self.host.a_machine(started=True)
        if number % 2:
            await self.host.handover.release(machine.uid)
        process = self.host.machines.pop(machine.uid)
        process.kill()
        await process.wait()
        self.machines += 1

    async def promise(self, number: int) -> None:
        """A promise against a host, dropped when its incident is closed."""
        request = peer_pb2.PromiseRequest(
            incident=f"incident-{number}",
            node_uid=self.asker_uid,
            fence=fence_pb2.Fence(site_term=1, loop="failover", revision=number),
            fenced_revision=number,
        )
        await self._ask("Promise", request, self.pki.service("cluster"))
        self.control_plane.double.open_incidents = session_pb2.OpenIncidents(revision=number + 1)

    async def question(self, _: int) -> None:
        """Another host's question whether this one can renew."""
        await self._ask("Probe", peer_pb2.ProbeRequest(), self.asker)
        await self._ask("AskRenewal", peer_pb2.AskRenewalRequest(), self.asker)

    async def outage(self, _: int) -> None:
        """Nobody renews: the hosts ask each other, with a machine to protect."""
        machine = await self.host.a_machine(started=True)
        voted_at = self.host.state.voted_at
        self.control_plane.double.away = True
        await until(lambda: self.host.state.voted_at != voted_at, within=60)
        self.control_plane.double.away = False
        process = self.host.machines.pop(machine.uid)
        process.kill()
        await process.wait()

    async def new_members(self, number: int) -> None:
        """Another version of the member set."""
        held = member_set(self.control_plane, *self.hosts)
        held.version = number + 1
        self.control_plane.double.member_set = held

    async def registration(self, _: int) -> None:
        """A beat that is refused, and the registration after it."""
        heard = len(self.control_plane.double.registrations)
        refused = Decided(Kind.NOT_FOUND, "NODE_UNKNOWN")
        self.control_plane.double.refuse_beats = [refused]
        await self.control_plane.double.until(registrations=heard + 1)

    @property
    def rounds(self) -> tuple[Callable[[int], Coroutine[Any, Any, None]], ...]:
        """What is done, one after the other."""
        often = (self.beats_with_news, self.hand_over, self.promise, self.question)
        return (*often, *often, self.new_members, *often, self.outage, self.registration)

    async def _ask(self, method: str, request: Any, me: Identity) -> None:
        await ask(self.host, self.control_plane, self.pki, method, request, me)


@dataclass
class Sizes:
    """What a process used, as it was read again and again."""

    pid: int
    resident_kib: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Read once more."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        self.resident_kib.append(int(found[1]))
        self.descriptors.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))

    def tell(self) -> None:
        """Write down what was read so far: once every so many rounds."""
        TOLD.parent.mkdir(parents=True, exist_ok=True)
        every = slice(None, None, 30)
        told: dict[str, list[float]] = {"resident_kib": [*self.resident_kib[every]]}
        told["descriptors"] = [*self.descriptors[every]]
        if len(self.resident_kib) >= 6:
            told["growth"] = list(self.growth)
        TOLD.write_text(json.dumps(told))

    @property
    def growth(self) -> tuple[float, float]:
        """KiB and descriptors between the middles of the second and the last sixth."""
        return _growth(self.resident_kib), _growth(self.descriptors)


def _growth(read: list[int]) -> float:
    sixth = len(read) // 6
    return statistics.median(read[-sixth:]) - statistics.median(read[sixth : 2 * sixth])


@pytest.fixture
async def work(tmp_path: Path, control_plane: Any, pki: Pki) -> AsyncIterator[Work]:
    """Two hosts that vote for each other."""
    control_plane.double.terms = short_terms()
    async with AsyncExitStack() as stack:
        hosts = [
            await stack.enter_async_context(a_host(tmp_path / name, control_plane))
            for name in ("h1", "h2")
        ]
        await until(lambda: all(each.vouched for each in hosts), within=60)
        control_plane.double.member_set = member_set(control_plane, *hosts)
        await until(lambda: all(each.places.member_set.exists() for each in hosts))
        uid = str(uuid.uuid4())
        yield Work(hosts[0], control_plane, pki, hosts, pki.node(uid), uid)


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(SHORT_SECONDS, marks=pytest.mark.timeout(180)),
        pytest.param(
            HOUR_SECONDS, marks=[pytest.mark.slow, pytest.mark.timeout(2 * HOUR_SECONDS + 600)]
        ),
    ],
    ids=["short", "hour"],
)
async def test_a_guardian_is_small_and_flat(work: Work, seconds: float) -> None:
    """Beats, hand-overs, promises, votes, member sets, registrations, each again and again."""
    assert work.host.process is not None
    sizes, began = Sizes(work.host.process.pid), time.monotonic()
    steps = itertools.cycle(work.rounds)

    for number in itertools.count(2):
        if time.monotonic() - began >= seconds:
            break
        round_began = time.monotonic()
        await next(steps)(number)
        sizes.look()
        if number % TOLD_EVERY == 0:
            sizes.tell()
        await asyncio.sleep(max(0.0, ROUND_SECONDS - (time.monotonic() - round_began)))

    sizes.tell()
    assert max(sizes.resident_kib) < MOST_RESIDENT_KIB
    if seconds >= HOUR_SECONDS:
        kib, descriptors = sizes.growth
        assert kib <= NOISE_KIB, sizes.resident_kib[:: len(sizes.resident_kib) // 60]
        assert descriptors <= NOISE_DESCRIPTORS
