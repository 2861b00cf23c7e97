"""The guardian as a process of its own, against the node service's contract."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quantix.node.v1 import node_pb2
from qvdc_agent.adapters.feed import GuardianFeed
from qvdc_agent.domain.host_report import (
    Condition,
    Cpu,
    HostReport,
    Inventory,
    Pool,
    PoolState,
    Status,
    System,
    Usage,
)
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Phase, SessionState
from qvdc_core.errors import Kind

MOST_RESIDENT_KIB = 64 * 1024
REPORT = HostReport(
    system=System("0.1.0", 1, 1, hypervisor_version="QEMU 7.2", virt_type="qemu"),
    inventory=Inventory(cpu=Cpu(model="Test CPU", cpu_count=2), memory_total_bytes=2**30),
    usage=Usage(cpu_percent=12.5, load_1=0.5, machine_count=3),
    pools=(Pool("local", PoolState.HEALTHY, "/pool", 100, 60),),
    conditions=(Condition("HypervisorReady", Status.TRUE),),
)


class Guardian:
    """A guardian process and the folders of its host."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(state=folder / "state", run=folder / "run")
        self.environment = {
            **os.environ,
            "QVDC_AGENT_STATE_DIR": str(self.places.state),
            "QVDC_AGENT_RUN_DIR": str(self.places.run),
            "QVDC_ADVERTISE_HOST": "10.9.8.7",
            "QVDC_MESH_LISTEN": "0.0.0.0:7443",
            "QVDC_PEER_LISTEN": "127.0.0.1:0",
            "QVDC_AGENT_WATCHDOG": "none",
        }

    async def tool(self, *arguments: str) -> str:
        """Run quantix-node."""
        code = "from qvdc_agent.node_cli import main; main()"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            *arguments,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return output.decode()

    async def join(self, server: str, ca_hash: str, token: str, folder: Path) -> str:
        """Tell the host to join."""
        (folder / "token").write_text(f"{token}\n")
        return await self.tool(
            "join", "--server", server, "--ca-hash", ca_hash, "--token-file", str(folder / "token")
        )

    @asynccontextmanager
    async def running(self, *, agent: bool = True) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the guardian and report to it once, if there is an agent; SIGTERM at the end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "qvdc_agent.guardian", env=self.environment
        )
        try:
            if agent:
                await self.feed()
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def until_refused(self) -> None:
        """Wait until the guardian says that it was refused."""
        async with asyncio.timeout(20):
            while True:
                if self.places.session.exists() and self.state.refusal:
                    return
                await asyncio.sleep(0.1)

    @property
    def state(self) -> SessionState:
        """What the guardian wrote last."""
        return SessionState.from_text(self.places.session.read_text())

    async def feed(self) -> None:
        """Report once, as the agent does, as soon as the guardian listens."""
        async with asyncio.timeout(20):
            while True:
                try:
                    await GuardianFeed(self.places.feed).send(REPORT)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    return


def read_process(pid: int) -> tuple[str, str]:
    """A process's status, and what it has mapped."""
    folder = Path("/proc") / str(pid)
    return (folder / "status").read_text(), (folder / "maps").read_text()


@pytest.fixture
def guardian(tmp_path: Path) -> Guardian:
    return Guardian(tmp_path)


@pytest.fixture
async def joined(guardian: Guardian, control_plane: Any, tmp_path: Path) -> Guardian:
    await guardian.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
    return guardian


async def test_a_host_joins_and_beats(joined: Guardian, control_plane: Any) -> None:
    double = control_plane.double
    async with joined.running():
        await double.until(registrations=1, beats=3)
        status = await joined.tool("status")

    registration = double.registrations[0]
    assert registration.join_token == "the-token"
    assert registration.instance == 1
    assert registration.inventory.cpu.model == "Test CPU"
    assert registration.system.virt_type == "qemu"
    agent, guardian = registration.addresses
    assert (agent.ip, agent.port) == ("10.9.8.7", 7443)
    assert guardian.ip == "10.9.8.7"
    assert guardian.purpose == node_pb2.NodeAddress.PURPOSE_GUARDIAN
    beat = double.beats[-1]
    assert beat.usage.machine_count == 3
    assert beat.pools[0].state == node_pb2.PoolInventory.STATE_HEALTHY
    conditions = {each.type: each.status for each in beat.conditions}
    assert conditions["AgentSilent"] == node_pb2.NodeCondition.STATUS_FALSE
    assert [each.sequence for each in double.beats] == list(range(1, len(double.beats) + 1))
    assert joined.state.phase is Phase.LIVE
    assert joined.state.meshes("vm") == ("127.0.0.1:1",)
    assert re.search(r"state +connected", status)
    assert re.search(r"clock +\d\.\d s since the last beat acknowledged: all is well", status)
    assert re.search(r"protected +none", status)
    assert json.loads(joined.places.join.read_text())["token"] == ""


async def test_a_host_joins_without_its_agent(joined: Guardian, control_plane: Any) -> None:
    async with joined.running(agent=False):
        await control_plane.double.until(registrations=1, beats=1)
        await joined.feed()
        await control_plane.double.until(registrations=2)

    first, second = control_plane.double.registrations[:2]
    assert first.system.protocol_lowest == first.system.protocol_highest == 1
    assert first.system.kernel
    assert not first.HasField("inventory")
    assert second.inventory.cpu.cpu_count == 2


async def test_a_restarted_guardian_is_the_same_host(joined: Guardian, control_plane: Any) -> None:
    double = control_plane.double
    for start in (1, 2, 3):
        async with joined.running():
            await double.until(registrations=start, beats=start)

    assert {each.machine_uuid for each in double.registrations} == {joined.state.machine_uuid}
    assert [each.instance for each in double.registrations] == [1, 2, 3]
    assert double.registrations[2].signing_request_pem == ""


async def test_an_unknown_host_registers_again_as_itself(
    joined: Guardian, control_plane: Any, decided: Any
) -> None:
    double = control_plane.double
    async with joined.running():
        await double.until(registrations=1, beats=1)
        double.refuse_beats = [decided(Kind.NOT_FOUND, "NODE_UNKNOWN")]
        await double.until(registrations=2)
        heard = len(double.beats)
        await double.until(beats=heard + 1)

    first, second = double.registrations[:2]
    assert (first.machine_uuid, first.instance) == (second.machine_uuid, second.instance)
    assert second.join_token == ""


async def test_a_superseded_guardian_ends(
    joined: Guardian, control_plane: Any, decided: Any
) -> None:
    async with joined.running() as process:
        await control_plane.double.until(beats=1)
        control_plane.double.refuse_beats = [decided(Kind.ABORTED, "STALE_INSTANCE")]
        async with asyncio.timeout(15):
            assert await process.wait() == 3


async def test_a_stranger_gets_no_token(
    guardian: Guardian, control_plane: Any, tmp_path: Path
) -> None:
    await guardian.join(control_plane.enrol, "0" * 64, "the-token", tmp_path)
    async with guardian.running():
        await guardian.until_refused()

    assert guardian.state.refusal == "TLS_UNTRUSTED"
    assert control_plane.double.registrations == []


async def test_a_certificate_is_renewed_while_beats_go_on(
    joined: Guardian, control_plane: Any
) -> None:
    control_plane.double.age = control_plane.double.life * 2
    async with joined.running():
        await control_plane.double.until(registrations=1)
        control_plane.double.age = timedelta(seconds=1)
        await control_plane.double.until(registrations=2)
        heard = len(control_plane.double.beats)
        await control_plane.double.until(beats=heard + 2)

    assert "CERTIFICATE REQUEST" in control_plane.double.registrations[1].signing_request_pem


async def test_jn_4_a_certificate_that_is_taken_away_is_silence_and_not_the_guardians_end(
    joined: Guardian, control_plane: Any
) -> None:
    double, away = control_plane.double, joined.places.state / "aside.pem"
    async with joined.running() as process:
        await double.until(registrations=1, beats=2)
        joined.places.certificate.rename(away)
        beaten = len(double.beats)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await double.until(beats=beaten + 2)
        assert process.returncode is None
        away.rename(joined.places.certificate)
        await double.until(beats=beaten + 2)


async def test_a_guardian_stays_small(joined: Guardian, control_plane: Any) -> None:
    async with joined.running() as process:
        await control_plane.double.until(beats=5)
        status, loaded = read_process(process.pid)

    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident is not None
    assert int(resident[1]) < MOST_RESIDENT_KIB
    assert "libvirt" not in loaded
    assert "sqlite" not in loaded
