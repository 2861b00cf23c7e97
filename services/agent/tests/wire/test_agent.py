"""AgentService: the generated client against the whole agent, with a simulated hypervisor."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2, agent_pb2_grpc
from qvdc_agent.adapters.simulated_hypervisor import SimulatedHypervisor
from qvdc_agent.app import build, build_host
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.settings import Settings
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_core.fence import Fence
from qvdc_obs.metrics import Metrics
from qvdc_rpc.dial import call, dial
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles, node_name
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki

UID = "0b0f9a4e-3a52-4d0c-9a55-0c8d1b1f7a10"
Observed = agent_pb2.ObservedMachine
Wanted = agent_pb2.WantedMachine
LOOP = "machine"
LONG = timedelta(seconds=30)


class Client:
    """The vm service's way to the agent, and the guests behind it."""

    def __init__(self, port: int, pki: Pki, guests: SimulatedHypervisor) -> None:
        self._port = port
        self._pki = pki
        self.guests = guests

    async def ask(self, method: str, request: Any, *, service: str = "vm") -> Any:
        identity = self._pki.service(service)
        tls = TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)
        channel = dial(f"127.0.0.1:{self._port}", name=node_name(UID), tls=tls)
        async with channel:
            return await call(getattr(agent_pb2_grpc.AgentServiceStub(channel), method), request)

    async def apply(
        self, machine: Wanted, *, term: int = 1, revision: int = 5, loop: str = "machine"
    ) -> Any:
        fence = fence_pb2.Fence(site_term=term, loop=loop, revision=revision)
        request = agent_pb2.ApplyMachineRequest(machine=machine, fence=fence)
        return await self.ask("ApplyMachine", request)

    async def look(self, uid: str) -> Any:
        request = agent_pb2.GetObservedMachineRequest(vm_uid=uid)
        return await self.ask("GetObservedMachine", request)

    async def until(self, uid: str, state: int) -> Any:
        """Wait until a machine is settled in `state`."""
        async with asyncio.timeout(20):
            while True:
                seen = await self.look(uid)
                if seen.settled and seen.state == state:
                    return seen
                await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(folder: Path, pki: Pki) -> AsyncIterator[Client]:
    """The agent of a joined host, as the next process finds its folders."""
    settings = Settings(
        mesh_listen="127.0.0.1:0",
        http_listen="",
        agent_state_dir=folder / "state",
        agent_run_dir=folder / "run",
        agent_hypervisor="simulated",
        agent_reconcile_period_seconds=1.0,
    )
    identity, places = pki.node(UID), settings.places
    places.identity.mkdir(parents=True, exist_ok=True)
    places.machine_uuid.write_text(UID)
    places.key.write_bytes(identity.key_file.read_bytes())
    places.certificate.write_bytes(identity.cert_file.read_bytes())
    places.ca.write_bytes(identity.ca_file.read_bytes())
    metrics = Metrics()
    host = build_host(settings, metrics)
    assert isinstance(host.hypervisor, SimulatedHypervisor)
    process, store = build(settings, host, metrics)
    await store.open()
    async with process.running():
        yield Client(process.mesh_port, pki, host.hypervisor)


@pytest.fixture
async def agent(pki: Pki, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(tmp_path, pki) as client:
        yield client


def a_machine(**changes: Any) -> Wanted:
    plain = Wanted(
        vm_uid=str(uuid.uuid4()),
        vm="vms/web-1",
        generation=1,
        run_epoch=1,
        power=Wanted.POWER_ON,
        vcpu_count=1,
        memory_bytes=64 * 2**20,
    )
    plain.MergeFrom(Wanted(**changes))
    return plain


async def refusal_of(asking: Any) -> tuple[str, str]:
    with pytest.raises(RemoteRefusal) as refused:
        await asking
    return refused.value.code, refused.value.reason


async def test_a_machine_comes_to_run_and_says_so(agent: Client) -> None:
    machine = a_machine()

    answer = await agent.apply(machine)
    seen = await agent.until(machine.vm_uid, Observed.STATE_RUNNING)
    log = await agent.ask("ReadSerialLog", agent_pb2.ReadSerialLogRequest(vm_uid=machine.vm_uid))

    assert (answer.vm_uid, answer.generation, answer.node_uid) == (machine.vm_uid, 1, UID)
    assert (seen.generation, seen.run_epoch) == (1, 1)
    assert b"ready hostname=web-1" in log.content
    assert log.size_bytes == len(log.content)
    listed = await agent.ask("ListObservedMachines", agent_pb2.ListObservedMachinesRequest())
    assert [each.vm_uid for each in listed.machines] == [machine.vm_uid]


async def test_an_older_leader_is_refused_also_by_the_next_process(
    pki: Pki, tmp_path: Path
) -> None:
    machine = a_machine()
    async with serving(tmp_path, pki) as agent:
        await agent.apply(machine, term=2, revision=5)
        await agent.until(machine.vm_uid, Observed.STATE_RUNNING)
    stale = ("FAILED_PRECONDITION", "STALE_FENCE")

    async with serving(tmp_path, pki) as agent:
        assert await refusal_of(agent.apply(machine, term=2, revision=4)) == stale
        assert await refusal_of(agent.apply(machine, term=1, revision=9)) == stale
        await agent.apply(machine, term=1, revision=1, loop="failover")
        seen = await agent.until(machine.vm_uid, Observed.STATE_RUNNING)

    assert seen.run_epoch == 1


async def test_older_states_and_starts_are_refused(agent: Client) -> None:
    machine = a_machine(generation=4, run_epoch=3)
    await agent.apply(machine)
    older, earlier = Wanted(), Wanted()
    older.CopyFrom(machine)
    older.generation = 3
    earlier.CopyFrom(machine)
    earlier.run_epoch = 2

    assert await refusal_of(agent.apply(older)) == ("FAILED_PRECONDITION", "STALE_GENERATION")
    assert await refusal_of(agent.apply(earlier)) == ("FAILED_PRECONDITION", "STALE_EPOCH")


async def test_a_crashed_guest_waits_for_a_newer_start(agent: Client) -> None:
    machine = a_machine()
    await agent.apply(machine)
    await agent.until(machine.vm_uid, Observed.STATE_RUNNING)

    agent.guests.crash(MachineUid(machine.vm_uid))
    crashed = await agent.until(machine.vm_uid, Observed.STATE_CRASHED)
    machine.generation = 2
    await agent.apply(machine)
    still = await agent.until(machine.vm_uid, Observed.STATE_CRASHED)
    machine.generation, machine.run_epoch = 3, 2
    await agent.apply(machine)
    again = await agent.until(machine.vm_uid, Observed.STATE_RUNNING)

    assert crashed.cause == still.cause == "crashed"
    assert again.run_epoch == 2


@pytest.mark.parametrize(
    ("power", "cause"), [(Wanted.POWER_OFF, "destroyed"), (Wanted.POWER_SHUTDOWN, "shutdown")]
)
async def test_power_goes_off_the_way_it_was_asked(agent: Client, power: Any, cause: str) -> None:
    machine = a_machine()
    await agent.apply(machine)
    await agent.until(machine.vm_uid, Observed.STATE_RUNNING)

    machine.generation, machine.power = 2, power
    await agent.apply(machine)

    assert (await agent.until(machine.vm_uid, Observed.STATE_STOPPED)).cause == cause


async def test_a_removed_machine_is_gone_and_remembered(agent: Client) -> None:
    machine = a_machine()
    await agent.apply(machine)
    await agent.until(machine.vm_uid, Observed.STATE_RUNNING)
    gone = Wanted()
    gone.CopyFrom(machine)
    gone.generation, gone.absent, gone.power = 2, True, Wanted.POWER_OFF

    await agent.apply(gone)
    seen = await agent.until(machine.vm_uid, Observed.STATE_ABSENT)

    assert seen.generation == 2
    assert agent.guests.names() == set()
    assert (await refusal_of(agent.apply(machine)))[1] == "STALE_GENERATION"


async def test_a_protected_machine_does_not_start_without_a_session(agent: Client) -> None:
    machine = a_machine(protected=True)
    await agent.apply(machine)

    async with asyncio.timeout(10):
        while (seen := await agent.look(machine.vm_uid)).problem.reason != "SESSION_MISSING":
            pass
    assert seen.state == Observed.STATE_STOPPED
    assert not seen.settled


async def test_what_makes_no_sense_is_refused(agent: Client) -> None:
    unknown = agent_pb2.GetObservedMachineRequest(vm_uid=str(uuid.uuid4()))

    assert (await refusal_of(agent.apply(a_machine(firmware="CFE"))))[0] == "INVALID_ARGUMENT"
    assert (await refusal_of(agent.apply(a_machine(vm_uid="no"))))[0] == "INVALID_ARGUMENT"
    assert (await refusal_of(agent.ask("GetObservedMachine", unknown)))[0] == "NOT_FOUND"


async def test_other_services_and_hosts_may_not_ask(agent: Client) -> None:
    request = agent_pb2.ListObservedMachinesRequest()

    for service in ("network", "console"):
        asked = agent.ask("ListObservedMachines", request, service=service)
        assert (await refusal_of(asked))[0] == "PERMISSION_DENIED"


async def test_gen_19_a_leader_held_between_its_check_and_its_send_is_refused_by_the_agent(
    agent: Client, etcd: EtcdServer
) -> None:
    """The old leader checked, was held, was replaced, and powers the machine off late."""
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: Fence) -> None:
        held.set()
        await go_on.wait()

    machine = a_machine()
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:
        old, new = _leadership(client, leases, "old", hold), _leadership(client, leases, "new")
        async with aclosing(old.turns(every=LONG)) as old_turns:
            old_fence = await anext(old_turns)

            async def power_off() -> None:
                await old.check(old_fence)
                off = a_machine(vm_uid=machine.vm_uid, generation=2, power=Wanted.POWER_OFF)
                await agent.apply(off, term=1, revision=old_fence.revision, loop=LOOP)

            late = asyncio.create_task(power_off())
            await held.wait()
            await old.resign()
            async with aclosing(new.turns(every=LONG)) as new_turns:
                new_fence = await anext(new_turns)
                await agent.apply(machine, term=1, revision=new_fence.revision, loop=LOOP)
                await agent.until(machine.vm_uid, Observed.STATE_RUNNING)
                go_on.set()

                assert await refusal_of(late) == ("FAILED_PRECONDITION", "STALE_FENCE")

    seen = await agent.look(machine.vm_uid)
    assert (seen.state, seen.generation) == (Observed.STATE_RUNNING, 1)


def _leadership(
    client: Etcd,
    leases: Leases,
    instance: str,
    before_effect: Callable[[Fence], Awaitable[None]] | None = None,
) -> Leadership:
    async def site_term() -> int:
        return 1

    return Leadership(
        client,
        leases,
        LOOP,
        site_term=site_term,
        instance=instance,
        before_effect=before_effect,
    )
