"""A guardian as a process, and processes that stand for the machines that it guards."""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from quantix.host.v1 import session_pb2
from quantix.peer.v1 import peer_pb2_grpc
from qvdc_agent.adapters.feed import GuardianFeed
from qvdc_agent.adapters.handover import GuardianHandover
from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.host_report import HostReport, Inventory, System, Usage
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import SessionState
from qvdc_rpc.dial import call, dial
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


async def ask(host: Host, control_plane: Any, pki: Any, method: str, request: Any, me: Any) -> Any:
    tls = TlsFiles(me.cert_file, me.key_file, me.ca_file)
    port = peer_port(control_plane, host.uid)
    async with dial(f"127.0.0.1:{port}", name=node_name(host.uid), tls=tls) as channel:
        stub = peer_pb2_grpc.PeerServiceStub(channel)
        return await call(
            getattr(stub, method), request, timeout=timedelta(seconds=9), wait_for_ready=True
        )
