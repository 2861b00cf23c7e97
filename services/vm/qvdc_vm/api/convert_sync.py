"""Where hosts and records differ, on the wire."""

from collections.abc import Sequence
from datetime import datetime

from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_vm.domain.observation import ConflictKind
from qvdc_vm.domain.report import difference
from qvdc_vm.domain.unmanaged import UnmanagedMachine
from qvdc_vm.domain.virtual_machine import VirtualMachine

_SAID = {
    ConflictKind.MISSING_ON_NODE: "{node} has nothing of it.",
    ConflictKind.STATE_MISMATCH: "{node} holds something older than it was told.",
    ConflictKind.WRONG_NODE: "{node} has it too, though it is not its host.",
    ConflictKind.STALE_EPOCH: "{node} runs an older start of it than the current one.",
}


def conflicts_to_wire(
    machine: VirtualMachine, elsewhere: Sequence[UnmanagedMachine]
) -> list[pb.MachineConflict]:
    """Write how hosts and the record of `machine` differ.

    Args:
        elsewhere: where else it was seen than on its own host.
    """
    own = difference(machine)
    found = [_conflict(own, machine.node)] if own is not None else []
    found += [_conflict(ConflictKind.WRONG_NODE, each.host_name or each.host) for each in elsewhere]
    return found


def unmanaged_to_wire(machine: UnmanagedMachine, *, now: datetime) -> pb.UnmanagedMachine:
    """Write an unmanaged machine; `now` decides whether what was seen is stale."""
    seen, domain = machine.observed, machine.domain
    message = pb.UnmanagedMachine(
        uid=machine.uid,
        domain_name=domain.name,
        node=machine.host_name,
        node_uid=machine.host,
        origin=f"ORIGIN_{machine.origin.value}",
        virtual_machine=machine.machine,
        state=f"STATE_{machine.state.value}",
        cause=seen.cause,
        vcpu_count=domain.vcpu_count,
        memory_bytes=domain.memory_bytes,
        stale=machine.stale(now),
    )
    message.observe_time.FromDatetime(machine.host_report_time or seen.observe_time)
    if seen.since_time is not None:
        message.since_time.FromDatetime(seen.since_time)
    return message


def _conflict(kind: ConflictKind, node: str) -> pb.MachineConflict:
    return pb.MachineConflict(
        kind=f"KIND_{kind.value}", node=node, message=_SAID[kind].format(node=node)
    )
