"""The agent as a process of its own on a real host: images, disks, seeds, guests, reports."""

import hashlib
import signal
import uuid
from pathlib import Path
from typing import Any

import pytest

from quantix.agent.v1 import agent_pb2
from qvdc_rpc.status import RemoteRefusal

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

TICKET = "the-ticket"
TOLD_SECONDS = 2.0
Observed = agent_pb2.ObservedMachine


def a_machine(owners: Any, name: str = "web-1", **changes: Any) -> agent_pb2.WantedMachine:
    """A machine with the lab's guest on an overlay, and a seed that names it."""
    content = owners.image.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    base = agent_pb2.BaseImage(
        digest=digest,
        format="qcow2",
        size_bytes=len(content),
        urls=[f"{owners.url}/{digest}"],
        ticket=TICKET,
    )
    plain = agent_pb2.WantedMachine(
        vm_uid=str(uuid.uuid4()),
        vm=f"vms/{name}",
        generation=1,
        run_epoch=1,
        power=agent_pb2.WantedMachine.POWER_ON,
        vcpu_count=1,
        memory_bytes=256 * 2**20,
        disks=[agent_pb2.WantedDisk(disk_id="root", size_bytes=2**30, base=base, boot_index=1)],
        seed=agent_pb2.CloudInitSeed(
            meta_data=f"instance-id: {name}\nlocal-hostname: {name}\n", user_data="#cloud-config\n"
        ),
    )
    plain.MergeFrom(agent_pb2.WantedMachine(**changes))
    return plain


async def test_a_machine_is_made_runs_and_goes(agent: Any) -> None:
    owners = agent.owners
    first, second = a_machine(owners), a_machine(owners, "web-2")

    answer = await agent.apply(first)
    await agent.apply(second)
    running = await owners.until_machine(first.vm_uid, Observed.STATE_RUNNING)
    await owners.until_machine(second.vm_uid, Observed.STATE_RUNNING)
    said = await agent.until_said(first.vm_uid, "quantix-guest ready")

    assert (answer.state, answer.settled) == (Observed.STATE_PREPARING, False)
    assert (running.run_epoch, running.generation, running.node_uid) == (1, 1, agent.uid)
    assert "hostname=web-1" in said
    assert owners.pulls == [""], "one pull for two machines"
    await owners.until(lambda: [each.pin_count for each in owners.cache] == [2])
    info = agent.host.virsh("domblkinfo", "web-1", "vda")
    assert str(2**30) in info

    first.generation, first.power = 2, agent_pb2.WantedMachine.POWER_SHUTDOWN
    await agent.apply(first)
    stopped = await owners.until_machine(first.vm_uid, Observed.STATE_STOPPED)
    assert stopped.cause == "shutdown"

    gone = agent_pb2.WantedMachine(
        vm_uid=first.vm_uid,
        vm=first.vm,
        generation=3,
        run_epoch=1,
        power=agent_pb2.WantedMachine.POWER_OFF,
        absent=True,
    )
    await agent.apply(gone)
    await owners.until_machine(first.vm_uid, Observed.STATE_ABSENT)
    assert not (agent.pool / "machines" / first.vm_uid).exists()
    assert "web-1" not in agent.host.virsh("list", "--all", "--name")
    with pytest.raises(RemoteRefusal) as refused:
        await agent.apply(first)
    assert refused.value.reason == "STALE_GENERATION"


async def test_a_guest_that_ends_by_itself_is_told_and_stays_off(agent: Any) -> None:
    owners, machine = agent.owners, a_machine(agent.owners)
    await agent.apply(machine)
    await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)

    pid = (agent.host.folder / "run/libvirt/qemu/web-1.pid").read_text()
    agent.host.inside("kill", "-KILL", pid)
    crashed = await owners.until_machine(
        machine.vm_uid, Observed.STATE_CRASHED, within=TOLD_SECONDS
    )
    assert (crashed.cause, crashed.run_epoch) == ("crashed", 1)

    machine.generation = 2
    await agent.apply(machine)
    await owners.until(lambda: owners.machines[machine.vm_uid].generation == 2)
    assert owners.machines[machine.vm_uid].state == Observed.STATE_CRASHED

    machine.generation, machine.run_epoch = 3, 2
    await agent.apply(machine)
    again = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    assert again.run_epoch == 2
    assert again.change_count > crashed.change_count


async def test_a_killed_agent_finds_everything_as_it_was(agent: Any) -> None:
    owners, machine = agent.owners, a_machine(agent.owners)
    agent.revision = 9
    await agent.apply(machine)
    before = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    pid_file = agent.host.folder / "run/libvirt/qemu/web-1.pid"
    pid = pid_file.read_text()

    await agent.stop(signal.SIGKILL)
    owners.machines.clear()
    await agent.start()
    after = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)

    assert pid_file.read_text() == pid
    assert (after.run_epoch, after.generation) == (before.run_epoch, before.generation)
    assert after.change_count >= before.change_count
    with pytest.raises(RemoteRefusal) as refused:
        await agent.apply(machine, revision=8)
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "STALE_FENCE")


async def test_a_port_is_plugged_and_told(agent: Any) -> None:
    owners = agent.owners
    nic = agent_pb2.WantedNic(port_uid=str(uuid.uuid4()), mac="52:54:00:12:34:56", mtu=1442)
    machine = a_machine(owners, nics=[nic])

    await agent.apply(machine)
    await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    await owners.until(lambda: nic.port_uid in owners.ports)

    assert owners.chassis == "lab-chassis"
    assert owners.ports[nic.port_uid].interface.startswith("vnet")
    assert "<host csum='off'" in agent.host.virsh("dumpxml", "web-1"), "netdev drops such segments"


async def test_a_wrong_image_is_refused_and_named(agent: Any, tmp_path: Path) -> None:
    owners = agent.owners
    machine = a_machine(owners)
    machine.disks[0].base.digest = "0" * 64

    await agent.apply(machine)
    await owners.until(
        lambda: (
            owners.machines[machine.vm_uid].problem.reason == "DIGEST_MISMATCH"
            if machine.vm_uid in owners.machines
            else False
        )
    )

    told = owners.machines[machine.vm_uid]
    assert (told.state, told.problem.final) == (Observed.STATE_PREPARING, True)
    assert not (agent.pool / "images" / ("0" * 64)).exists()


async def test_only_the_vm_service_may_ask(agent: Any) -> None:
    request = agent_pb2.ListObservedMachinesRequest()

    with pytest.raises(RemoteRefusal) as refused:
        await agent.ask("ListObservedMachines", request, service="image")

    assert refused.value.code == "PERMISSION_DENIED"
    assert not (await agent.ask("ListObservedMachines", request)).machines
