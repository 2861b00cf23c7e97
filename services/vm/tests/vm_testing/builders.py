"""Machines for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qvdc_core.units import GIB
from qvdc_vm.domain.creation import Draft, completed, created
from qvdc_vm.domain.observation import Observed, ObservedState
from qvdc_vm.domain.values import (
    BaseImage,
    CloudInit,
    Disk,
    HostUid,
    MachineUid,
    Nic,
    PortBinding,
    Spec,
)
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle

NOW = datetime(2026, 1, 1, tzinfo=UTC)
UID = MachineUid("11111111-1111-4111-8111-111111111111")
HOST = HostUid("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
WITHIN = timedelta(minutes=30)
BASE = BaseImage(digest="0" * 64, format="qcow2", size_bytes=1 * GIB, virtual_size_bytes=2 * GIB)


def a_spec() -> Spec:
    """One disk from an image, one network card."""
    return Spec(
        cluster="clusters/prod",
        vcpu_count=2,
        memory_bytes=2 * GIB,
        disks=(Disk(disk_id="", image="images/debian-12"),),
        nics=(Nic(network="networks/blue"),),
        cloud_init=CloudInit(ssh_authorized_keys=("ssh-ed25519 AAAA me",)),
    )


def a_draft(spec: Spec | None = None) -> Draft:
    """A machine as somebody asks for it."""
    return Draft(spec=spec or a_spec(), labels={"tier": "web"})


def a_new_machine(*, start: bool = True, machine_id: str = "web-1") -> VirtualMachine:
    """A machine that was just asked for."""
    return created(
        completed(a_draft()),
        uid=UID,
        machine_id=machine_id,
        operation="vm-create",
        start=start,
        actor="user:ann",
        now=NOW,
        within=WITHIN,
    )


def a_port(position: int = 0) -> PortBinding:
    """The port of a network card."""
    return PortBinding(
        name=f"ports/vm-{UID}-{position}",
        uid="bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb",
        mac="52:54:00:00:00:01",
        mtu=1442,
        addresses=("10.0.0.5",),
    )


def seen(
    state: ObservedState,
    *,
    generation: int = 1,
    run_epoch: int = 1,
    settled: bool = True,
    change_count: int = 1,
    at: timedelta = timedelta(),
) -> Observed:
    """What a host tells."""
    return Observed(
        state=state,
        generation=generation,
        run_epoch=run_epoch,
        settled=settled,
        change_count=change_count,
        observe_time=NOW + at,
    )


def a_machine(state: ObservedState = ObservedState.RUNNING) -> VirtualMachine:
    """A machine at rest on its host, seen in `state`."""
    new = a_new_machine(start=state.up)
    spec = new.spec
    machine = replace(
        new,
        spec=replace(
            spec,
            disks=tuple(replace(disk, base=BASE) for disk in spec.disks),
            nics=tuple(replace(nic, port=a_port()) for nic in spec.nics),
        ),
        work=None,
        node="nodes/h1",
        node_uid=HOST,
        observed=seen(state, run_epoch=new.run_epoch),
        provisioned=True,
    )
    return settle(machine, NOW)
