"""`quantix-node` on a host with a guardian: leave, reset-identity, status."""

import asyncio
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quantix.host.v1 import session_pb2
from qvdc_agent.adapters.handover import GuardianHandover
from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.domain.session import Phase
from qvdc_agent.guardian.joining import read_joining
from qvdc_core.errors import Kind
from tests.wire.test_guardian import Guardian

REBORN_EXIT = 4


@pytest.fixture
async def joined(tmp_path: Path, control_plane: Any) -> Guardian:
    made = Guardian(tmp_path)
    await made.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
    return made


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while True:
            if true():
                return
            await asyncio.sleep(0.1)


def short_terms() -> session_pb2.HostTerms:
    terms = session_pb2.HostTerms(version=3)
    for rung, seconds in (("refuse_work", 2.5), ("pause", 3), ("kill", 4), ("ladder_end", 7)):
        getattr(terms, rung).FromTimedelta(timedelta(seconds=seconds))
    return terms


async def a_protected_machine(guardian: Guardian) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec("sleep", "1000")
    uid = MachineUid(str(uuid.uuid4()))
    machine = Guarded(uid, 1, Response.POWER_OFF, process.pid, start_ticks(process.pid))
    await GuardianHandover(guardian.places.handover).guard(machine, started=True)
    return process


async def test_jn_4_a_host_leaves_says_so_and_joins_again_as_itself(
    joined: Guardian, control_plane: Any, tmp_path: Path
) -> None:
    double = control_plane.double
    async with joined.running():
        await double.until(registrations=1, beats=2)
        uid = joined.state.machine_uuid
        said = await joined.tool("leave")
        assert "The control plane knows: nodes/h1 is OFFLINE/LEFT" in said
        assert [each.machine_uuid for each in double.left] == [uid]
        assert joined.state.phase is Phase.LEFT
        assert read_joining(joined.places.join).left  # type: ignore[union-attr]
        assert not joined.places.certificate.exists()
        heard = len(double.beats)
        assert "this host has not joined" in await joined.tool("leave")
        assert "left" in await joined.tool("status")

        await joined.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
        await double.until(registrations=2, beats=heard + 1)
        await until(lambda: joined.state.phase is Phase.LIVE)
    assert double.registrations[-1].machine_uuid == uid
    assert double.registrations[-1].signing_request_pem


async def test_jn_4_leave_is_refused_while_protected_machines_run_and_forced_they_end(
    joined: Guardian, control_plane: Any
) -> None:
    control_plane.double.terms = short_terms()
    async with joined.running():
        await until(lambda: joined.places.session.exists())
        await until(lambda: joined.state.acknowledged_at is not None)
        machine = await a_protected_machine(joined)
        refused = await joined.tool("leave")
        assert "1 protected machines run here" in refused
        assert "--force" in refused
        assert joined.state.phase is Phase.LIVE
        assert machine.returncode is None
        assert "end by the host's ladder" in await joined.tool("leave", "--force")
        assert control_plane.double.left[0].protected_machine_count == 1
        async with asyncio.timeout(30):
            await machine.wait()


async def test_jn_4_a_host_that_cannot_tell_the_control_plane_says_so_and_leaves(
    joined: Guardian, control_plane: Any
) -> None:
    async with joined.running():
        await control_plane.double.until(registrations=1, beats=1)
    told = json.loads(joined.places.control_plane.read_text())
    nowhere = [{**each, "mesh": "127.0.0.1:1"} for each in told]
    joined.places.control_plane.write_text(json.dumps(nowhere))
    said = await joined.tool("leave")
    assert "The control plane could not be told" in said
    assert not joined.places.certificate.exists()
    assert control_plane.double.left == []


async def test_rg_7_a_copy_becomes_a_host_of_its_own_and_its_guardian_starts_anew(
    joined: Guardian, control_plane: Any, tmp_path: Path
) -> None:
    double = control_plane.double
    joined.places.database.parent.mkdir(parents=True, exist_ok=True)
    joined.places.database.write_bytes(b"what another host was told")
    async with joined.running() as process:
        await double.until(registrations=1, beats=1)
        before = joined.state.machine_uuid
        refused = await joined.tool("reset-identity")
        assert "3 machines run here" in refused, refused
        assert joined.places.machine_uuid.read_text().strip() == before
        joined.places.report.unlink()
        said = await joined.tool("reset-identity")
        assert f"This host was {before}" in said
        async with asyncio.timeout(30):
            assert await process.wait() == REBORN_EXIT
    after = joined.places.machine_uuid.read_text().strip()
    assert after != before
    aside = joined.places.state / f"agent-{before}.db"
    assert aside.read_bytes() == b"what another host was told"
    assert not joined.places.key.exists()

    await joined.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
    heard = len(double.registrations)
    async with joined.running():
        await double.until(registrations=heard + 1)
    assert double.registrations[-1].machine_uuid == after


async def test_ag_2_status_tells_the_last_refusal_and_what_to_do_pools_and_machines(
    joined: Guardian, control_plane: Any, decided: Any
) -> None:
    double = control_plane.double
    double.refuse_registrations = [decided(Kind.PRECONDITION, "HARDWARE_UNRECOGNISED")] * 20
    async with joined.running():
        await joined.until_refused()
        told = await joined.tool("status")
        assert "refused    HARDWARE_UNRECOGNISED" in told
        assert "to do      If this is the same host on new hardware" in told
        assert "machines   3" in told
        assert "pool       local HEALTHY, 0.0 GiB free of 0.0 GiB" in told
        whole = json.loads(await joined.tool("status", "--json"))
    assert whole["report"]["machine_count"] == 3
    assert whole["advice"]
    joined.places.report.unlink()
    assert "machines and pools are unknown" in await joined.tool("status")
