"""The guardian as a process: processes handed over, the ladder, votes and promises over mTLS."""

import asyncio
import json
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quantix.access.v1 import fence_pb2
from quantix.host.v1 import session_pb2
from quantix.peer.v1 import peer_pb2
from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.domain.refusals import StepRefused
from qvdc_core.errors import Kind
from qvdc_rpc.status import RemoteRefusal
from tests.doubles.guarded_host import (
    END,
    KILL,
    Host,
    a_host,
    ask,
    member_set,
    short_terms,
    until,
)
from tests.doubles.hanging_mount import HangingMount
from tests.doubles.node_service import Decided


@pytest.fixture
def short(control_plane: Any) -> Any:
    control_plane.double.terms = short_terms()
    return control_plane


@pytest.fixture
async def host(tmp_path: Path, short: Any) -> AsyncIterator[Host]:
    async with a_host(tmp_path / "h1", short) as host:
        await until(lambda: host.vouched)
        yield host


@pytest.fixture
async def steady(tmp_path: Path, control_plane: Any) -> AsyncIterator[Host]:
    """A host with the usual ladder: a guardian is back before it ends, on a busy machine too."""
    async with a_host(tmp_path / "h1", control_plane) as host:
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


async def test_what_died_unseen_is_not_taken_for_another_process(steady: Host) -> None:
    gone, kept = await steady.a_machine(), await steady.a_machine()
    await steady.stop(signal.SIGKILL)
    steady.machines[gone.uid].kill()
    await steady.machines[gone.uid].wait()
    listed = json.loads(steady.places.guarded.read_text())
    for each in listed["machines"]:
        if each["vm_uid"] == gone.uid:
            each["pid"] = os.getpid()
    steady.places.guarded.write_text(json.dumps(listed))
    await steady.start()

    assert [each.uid for each in await steady.guarded()] == [kept.uid]


async def test_a_host_confesses_and_kills_what_it_may_not_keep(
    steady: Host, control_plane: Any
) -> None:
    kept, lost = await steady.a_machine(), await steady.a_machine()
    control_plane.double.was_fenced = True
    control_plane.double.confessed = [
        session_pb2.ConfessedMachine(vm_uid=kept.uid, keep=True, run_epoch=2),
        session_pb2.ConfessedMachine(vm_uid=lost.uid),
    ]
    await steady.stop(signal.SIGKILL)
    await steady.start()
    await steady.death(lost, within=20)

    told = {each.vm_uid for each in control_plane.double.registrations[-1].protected_machines}
    assert told == {kept.uid, lost.uid}
    assert [(each.uid, each.run_epoch) for each in await steady.guarded()] == [(kept.uid, 2)]


async def test_machines_that_may_run_elsewhere_die_before_the_fence_is_lifted(
    host: Host, short: Any
) -> None:
    kept, lost = await host.a_machine(Response.LEAVE), await host.a_machine(Response.LEAVE)
    fenced = Decided(Kind.PRECONDITION, "NODE_FENCED", incident="incidents/i", kill=lost.uid)
    short.double.refuse_registrations = [fenced]
    heard = len(short.double.registrations)
    short.double.refuse_beats = [Decided(Kind.PRECONDITION, "NODE_FENCED")]
    await host.death(lost, within=20)
    await short.double.until(registrations=heard + 2)

    told = {each.vm_uid for each in short.double.registrations[-1].protected_machines}
    assert told == {kept.uid}
    assert host.state_of(kept) == "S"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
async def test_a_machine_that_survives_sigkill_is_told_and_stays_guarded(
    host: Host, short: Any, tmp_path: Path
) -> None:
    """A real process in uninterruptible sleep, as QEMU on storage that is gone."""
    storage = HangingMount(tmp_path / "storage")
    process = storage.ask()
    uid = MachineUid(str(uuid.uuid4()))
    machine = Guarded(uid, 1, Response.POWER_OFF, process.pid, start_ticks(process.pid))
    try:
        await host.handover.guard(machine, started=False)
        short.double.away = True
        await until(lambda: _kill_stuck(short) == ("SURVIVES_SIGKILL", uid), within=4 * END)
        assert host.state_of(machine) == "D"
        assert await host.guarded() == (machine,)
    finally:
        storage.close()
        assert await asyncio.to_thread(process.wait, 30) == -signal.SIGKILL

    short.double.away = False
    await until(lambda: _kill_stuck(short) == ("", ""), within=4 * END)
    assert await host.guarded() == ()


def _kill_stuck(short: Any) -> tuple[str, str]:
    """Reason and machines of the newest beat's condition."""
    beat = short.double.beats[-1]
    found = next(each for each in beat.conditions if each.type == "KillStuck")
    return found.reason, found.message


async def test_a_refused_host_asks_the_others_at_every_interval(host: Host, short: Any) -> None:
    """Alone in its set it carries each question: while its registration hangs, nothing stops."""
    machine = await host.a_machine()
    short.double.member_set = member_set(short, host)
    await until(lambda: host.places.member_set.exists())
    short.double.hangs = True
    short.double.refuse_beats = [Decided(Kind.NOT_FOUND, "NODE_UNKNOWN")]
    heard = len(short.double.registrations)
    await short.double.until(registrations=heard + 1)
    silent_since = time.monotonic()
    while time.monotonic() < silent_since + 2 * END:
        assert host.state_of(machine) == "S"
        await asyncio.sleep(0.25)

    assert len(short.double.registrations) == heard + 1


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
