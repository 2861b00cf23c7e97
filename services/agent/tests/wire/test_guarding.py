"""The guardian as a process: processes handed over, the ladder, votes and promises over mTLS."""

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quantix.access.v1 import fence_pb2
from quantix.host.v1 import session_pb2
from quantix.peer.v1 import peer_pb2, peer_pb2_grpc
from qvdc_agent.adapters.feed import GuardianFeed
from qvdc_agent.adapters.handover import GuardianHandover
from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.host_report import HostReport, Inventory, System, Usage
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.session import SessionState
from qvdc_rpc.dial import call, dial
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles, node_name

PAUSE, KILL, END = 3.0, 5.0, 7.0
"""Rungs of the tests' ladder, in seconds; beats come every second."""


def short_terms(version: int = 3) -> session_pb2.HostTerms:
    terms = session_pb2.HostTerms(version=version)
    terms.refuse_work.FromTimedelta(timedelta(seconds=2.5))
    terms.pause.FromTimedelta(timedelta(seconds=PAUSE))
    terms.kill.FromTimedelta(timedelta(seconds=KILL))
    terms.ladder_end.FromTimedelta(timedelta(seconds=END))
    return terms


@dataclass
class Host:
    """A guardian process, its folders, and processes that stand for machines."""

    folder: Path
    machines: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def places(self) -> Places:
        return Places(state=self.folder / "state", run=self.folder / "run")

    @property
    def handover(self) -> GuardianHandover:
        return GuardianHandover(self.places.handover)

    @property
    def state(self) -> SessionState:
        return SessionState.from_text(self.places.session.read_text())

    @property
    def uid(self) -> str:
        return self.places.machine_uuid.read_text().strip()

    @property
    def vouched(self) -> bool:
        """Whether a beat was acknowledged."""
        return self.places.session.exists() and self.state.acknowledged_at is not None

    async def join(self, control_plane: Any) -> None:
        token = self.folder / "token"
        token.parent.mkdir(parents=True, exist_ok=True)
        token.write_text("the-token")
        code = "from qvdc_agent.node_cli import main; main()"
        said = ["join", "--server", control_plane.enrol, "--ca-hash", control_plane.ca_hash]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, *said, "--token-file", str(token), env=self.environment
        )
        assert await process.wait() == 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "QVDC_AGENT_STATE_DIR": str(self.places.state),
            "QVDC_AGENT_RUN_DIR": str(self.places.run),
            "QVDC_ADVERTISE_HOST": "127.0.0.1",
            "QVDC_PEER_LISTEN": "127.0.0.1:0",
            "QVDC_AGENT_WATCHDOG": "none",
        }

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "qvdc_agent.guardian", env=self.environment
        )
        report = HostReport(System("0.1.0", 1, 1), Inventory(), Usage())
        async with asyncio.timeout(20):
            while True:
                try:
                    return await GuardianFeed(self.places.feed).send(report)
                except OSError:
                    await asyncio.sleep(0.05)

    async def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        await self.process.wait()

    async def a_machine(
        self, response: Response = Response.POWER_OFF, *, started: bool = False
    ) -> Guarded:
        """Start a process and hand it over, as the agent does."""
        process = await asyncio.create_subprocess_exec("sleep", "1000")
        machine = Guarded(
            MachineUid(str(uuid.uuid4())), 1, response, process.pid, start_ticks(process.pid)
        )
        self.machines[machine.uid] = process
        await self.handover.guard(machine, started=started)
        return machine

    async def guarded(self) -> tuple[Guarded, ...]:
        """The guardian's own list."""
        return (await self.handover.guarded()).machines

    def state_of(self, machine: Guarded) -> str:
        """The letter of /proc: S sleeps, T is stopped, Z is dead."""
        stat = Path(f"/proc/{machine.pid}/stat").read_text()
        return stat[stat.rindex(")") + 2]

    async def death(self, machine: Guarded, within: float) -> float:
        """When the machine was dead, in seconds of CLOCK_BOOTTIME."""
        async with asyncio.timeout(within):
            await self.machines[machine.uid].wait()
        return time.clock_gettime(time.CLOCK_BOOTTIME)


@asynccontextmanager
async def a_host(folder: Path, control_plane: Any) -> AsyncIterator[Host]:
    host = Host(folder)
    await host.join(control_plane)
    await host.start()
    try:
        yield host
    finally:
        await host.stop()
        for process in host.machines.values():
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until(condition: Any, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.05)


@pytest.fixture
def short(control_plane: Any) -> Any:
    control_plane.double.terms = short_terms()
    return control_plane


@pytest.fixture
async def host(tmp_path: Path, short: Any) -> AsyncIterator[Host]:
    async with a_host(tmp_path / "h1", short) as host:
        await until(lambda: host.vouched)
        yield host


async def test_machines_end_with_their_hosts_session(host: Host, short: Any) -> None:
    off, left = await host.a_machine(), await host.a_machine(Response.LEAVE)
    short.double.away = True
    await until(lambda: host.state_of(off) == "T")
    died_at = await host.death(off, within=END)

    acknowledged_at = host.state.acknowledged_at
    assert acknowledged_at is not None
    assert KILL <= died_at - acknowledged_at < END
    assert host.state_of(left) == "S"
    assert [each.uid for each in await host.guarded()] == [left.uid]


async def test_an_acknowledgement_resumes_what_was_paused(host: Host, short: Any) -> None:
    machine = await host.a_machine()
    short.double.away = True
    await until(lambda: host.state_of(machine) == "T")
    short.double.away = False
    await until(lambda: host.state_of(machine) == "S")

    assert [each.uid for each in await host.guarded()] == [machine.uid]


async def test_no_machine_starts_while_nobody_vouches(host: Host, short: Any) -> None:
    short.double.away = True
    heard = len(short.double.beats)
    await short.double.until(beats=heard + 4)

    with pytest.raises(StepRefused) as refused:
        await host.a_machine()
    assert refused.value.reason == "SESSION_MISSING"


async def test_a_new_guardian_goes_on_from_where_the_old_one_was(host: Host, short: Any) -> None:
    machine = await host.a_machine()
    short.double.away = True
    acknowledged_at = host.state.acknowledged_at
    await host.stop(signal.SIGKILL)
    await host.start()
    died_at = await host.death(machine, within=END)

    assert acknowledged_at is not None
    assert died_at - acknowledged_at < END


async def test_what_died_unseen_is_not_taken_for_another_process(host: Host) -> None:
    gone, kept = await host.a_machine(), await host.a_machine()
    await host.stop(signal.SIGKILL)
    host.machines[gone.uid].kill()
    await host.machines[gone.uid].wait()
    listed = json.loads(host.places.guarded.read_text())
    for each in listed["machines"]:
        if each["vm_uid"] == gone.uid:
            each["pid"] = os.getpid()
    host.places.guarded.write_text(json.dumps(listed))
    await host.start()

    assert [each.uid for each in await host.guarded()] == [kept.uid]


async def test_a_host_confesses_and_kills_what_it_may_not_keep(host: Host, short: Any) -> None:
    kept, lost = await host.a_machine(), await host.a_machine()
    short.double.was_fenced = True
    short.double.confessed = [
        session_pb2.ConfessedMachine(vm_uid=kept.uid, keep=True, run_epoch=2),
        session_pb2.ConfessedMachine(vm_uid=lost.uid),
    ]
    await host.stop(signal.SIGKILL)
    await host.start()
    await host.death(lost, within=20)

    told = {each.vm_uid for each in short.double.registrations[-1].protected_machines}
    assert told == {kept.uid, lost.uid}
    assert [(each.uid, each.run_epoch) for each in await host.guarded()] == [(kept.uid, 2)]


async def test_beats_tell_what_the_host_holds(host: Host, short: Any) -> None:
    short.double.member_set = session_pb2.MemberSet(
        version=4, members=[session_pb2.Member(uid=host.uid, address="127.0.0.1", port=1)]
    )
    await host.a_machine()
    await until(lambda: short.double.beats[-1].member_set_version == 4)

    beat = short.double.beats[-1]
    assert (beat.terms_version, beat.protected_machine_count) == (3, 1)
    conditions = {each.type: each for each in beat.conditions}
    assert conditions["WatchdogArmed"].status == 2
    assert conditions["WatchdogArmed"].reason == "MISSING"
    assert json.loads(host.places.member_set.read_text())["version"] == 4


def peer_port(control_plane: Any, uid: str) -> int:
    registration = next(r for r in control_plane.double.registrations if r.machine_uuid == uid)
    return int(registration.addresses[1].port)


def member_set(control_plane: Any, *hosts: Host) -> session_pb2.MemberSet:
    return session_pb2.MemberSet(
        version=1,
        members=[
            session_pb2.Member(
                uid=each.uid, address="127.0.0.1", port=peer_port(control_plane, each.uid)
            )
            for each in hosts
        ],
    )


@pytest.fixture
async def three(tmp_path: Path, short: Any) -> AsyncIterator[list[Host]]:
    async with AsyncExitStack() as stack:
        opening = [a_host(tmp_path / f"h{number}", short) for number in (1, 2, 3)]
        hosts = list(await asyncio.gather(*(stack.enter_async_context(each) for each in opening)))
        await until(lambda: all(each.places.certificate.exists() for each in hosts))
        await until(lambda: len(short.double.registrations) >= 3)
        short.double.member_set = member_set(short, *hosts)
        await until(lambda: all(each.places.member_set.exists() for each in hosts))
        await until(lambda: all(each.vouched for each in hosts))
        yield hosts


@pytest.mark.timeout(120)
async def test_an_outage_of_the_control_plane_stops_nothing(three: list[Host], short: Any) -> None:
    machines = [(host, await host.a_machine()) for host in three]
    short.double.away = True
    silent_since = time.monotonic()
    while time.monotonic() < silent_since + END + 3:
        assert [host.state_of(machine) for host, machine in machines] == ["S", "S", "S"]
        await asyncio.sleep(0.25)

    assert all(host.state.voted_at is not None for host in three)
    with pytest.raises(StepRefused):
        await three[0].a_machine()


@pytest.mark.timeout(120)
async def test_a_host_that_is_alone_in_its_silence_stops(three: list[Host], short: Any) -> None:
    """The other two still renew, so they say *yes*; the third has its beats refused to it alone."""
    alone = three[0]
    machines = [(host, await host.a_machine()) for host in three]
    short.double.deaf_to = {alone.uid}
    await alone.death(machines[0][1], within=2 * END)

    assert [host.state_of(machine) for host, machine in machines[1:]] == ["S", "S"]
    assert alone.state.voted_at is None


@pytest.mark.timeout(120)
async def test_two_of_three_that_cannot_renew_keep_their_machines(
    three: list[Host], short: Any
) -> None:
    """More than half of the set, themselves counted, find nobody: no outage of two stops both."""
    machines = [(host, await host.a_machine()) for host in three[:2]]
    short.double.deaf_to = {host.uid for host in three[:2]}
    silent_since = time.monotonic()
    while time.monotonic() < silent_since + END + 1:
        assert [host.state_of(machine) for host, machine in machines] == ["S", "S"]
        await asyncio.sleep(0.25)

    assert all(host.state.voted_at is not None for host in three[:2])
    assert three[2].state.voted_at is None


async def ask(host: Host, control_plane: Any, pki: Any, method: str, request: Any, me: Any) -> Any:
    tls = TlsFiles(me.cert_file, me.key_file, me.ca_file)
    port = peer_port(control_plane, host.uid)
    async with dial(f"127.0.0.1:{port}", name=node_name(host.uid), tls=tls) as channel:
        stub = peer_pb2_grpc.PeerServiceStub(channel)
        return await call(
            getattr(stub, method), request, timeout=timedelta(seconds=9), wait_for_ready=True
        )


async def test_a_promise_keeps_a_host_from_voting(host: Host, short: Any, pki: Any) -> None:
    x = str(uuid.uuid4())
    service, asker = pki.service("cluster"), pki.node(x)
    request = peer_pb2.PromiseRequest(
        incident="i1",
        node_uid=x,
        fence=fence_pb2.Fence(site_term=1, loop="failover", revision=9),
        fenced_revision=50,
    )
    question, answers = peer_pb2.AskRenewalRequest(), peer_pb2.AskRenewalResponse
    short.double.away = True
    first = await ask(host, short, pki, "AskRenewal", question, asker)
    promised = await ask(host, short, pki, "Promise", request, service)
    second = await ask(host, short, pki, "AskRenewal", question, asker)

    assert (first.answer, second.answer) == (answers.ANSWER_NO, answers.ANSWER_YES)
    assert promised.last_no_age.ToTimedelta() < timedelta(seconds=5)
    request.fence.revision = 8
    with pytest.raises(RemoteRefusal) as stale:
        await ask(host, short, pki, "Promise", request, service)
    assert stale.value.reason == "STALE_FENCE"

    short.double.open_incidents = session_pb2.OpenIncidents(revision=60)
    short.double.away = False
    await until(lambda: not json.loads(host.places.promises.read_text())["given"])


async def test_a_probe_finds_who_lives_there_and_strangers_get_nothing(
    host: Host, short: Any, pki: Any
) -> None:
    found = await ask(
        host, short, pki, "Probe", peer_pb2.ProbeRequest(), pki.node(str(uuid.uuid4()))
    )

    assert (found.machine_uuid, found.boot_id) == (host.uid, host.state.boot_id)
    assert found.acknowledged_age.ToTimedelta() < timedelta(seconds=5)
    with pytest.raises(RemoteRefusal) as denied:
        await ask(host, short, pki, "Promise", peer_pb2.PromiseRequest(), pki.node(host.uid))
    assert denied.value.code == "PERMISSION_DENIED"
    with pytest.raises(RemoteRefusal) as denied:
        await ask(
            host, short, pki, "AskRenewal", peer_pb2.AskRenewalRequest(), pki.service("image")
        )
    assert denied.value.code == "PERMISSION_DENIED"
