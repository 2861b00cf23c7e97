"""Machines between wire and domain: total both ways, and every named value survives."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2

from quantix.cluster.v1 import placement_pb2
from quantix.operation.v1 import operation_pb2
from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_core.operation import OperationFailure
from qvdc_vm.domain.creation import Draft
from qvdc_vm.domain.host import ListFilter
from qvdc_vm.domain.placement import HostVerdict, PlacementPlan
from qvdc_vm.domain.protection import RestartPolicy, RestartWish
from qvdc_vm.domain.state import State
from qvdc_vm.domain.update import IMMUTABLE, Change
from qvdc_vm.domain.values import (
    DEFAULT_VCPU_COUNT,
    CloudInit,
    Disk,
    Firmware,
    Nic,
    PlacementWishes,
    Spec,
)
from qvdc_vm.domain.virtual_machine import VirtualMachine


def draft_from_wire(machine: pb.VirtualMachine) -> Draft:
    """A machine as somebody asks for it."""
    return Draft(
        spec=spec_from_wire(machine),
        display_name=machine.display_name,
        description=machine.description,
        labels=dict(machine.labels),
        notes=machine.notes,
        delete_protection=machine.delete_protection,
        restart=RestartWish(auto_restart=_auto_restart(machine), policy=_restart_policy(machine)),
        user_data=machine.cloud_init.user_data,
    )


def spec_from_wire(machine: pb.VirtualMachine) -> Spec:
    """The parts of a machine that are fixed at creation."""
    wishes = machine.placement
    return Spec(
        cluster=machine.cluster,
        memory_bytes=machine.memory_bytes,
        vcpu_count=machine.vcpu_count if machine.HasField("vcpu_count") else DEFAULT_VCPU_COUNT,
        disks=tuple(
            Disk(disk_id=each.disk_id, image=each.image, size_bytes=each.size_bytes, pool=each.pool)
            for each in machine.disks
        ),
        nics=tuple(
            Nic(network=each.network, mac=each.mac, address=each.address) for each in machine.nics
        ),
        firmware=_firmware(machine),
        cloud_init=CloudInit(
            hostname=machine.cloud_init.hostname,
            ssh_authorized_keys=tuple(machine.cloud_init.ssh_authorized_keys),
        ),
        wishes=PlacementWishes(
            required_nodes=tuple(wishes.required_nodes),
            excluded_nodes=tuple(wishes.excluded_nodes),
            node_labels=dict(wishes.node_labels),
        ),
    )


def change_from_wire(machine: pb.VirtualMachine, paths: frozenset[str]) -> Change:
    """What an update with these masked paths wants changed; output-only paths are ignored.

    With `*` every path is masked; immutable ones that say nothing are then left alone.
    """
    whole = frozenset(each.name for each in machine.DESCRIPTOR.fields) == paths
    said = frozenset(each.name for each, _ in machine.ListFields())
    named = frozenset(path.split(".")[0] for path in paths)
    return Change(
        display_name=machine.display_name if "display_name" in named else None,
        description=machine.description if "description" in named else None,
        labels=dict(machine.labels) if "labels" in named else None,
        notes=machine.notes if "notes" in named else None,
        delete_protection=machine.delete_protection if "delete_protection" in named else None,
        auto_restart=_auto_restart(machine) if "auto_restart" in named else None,
        restart_policy=_restart_policy(machine) if "restart_policy" in named else None,
        fixed=named & IMMUTABLE & (said if whole else named),
        spec=spec_from_wire(machine),
        user_data_given=bool(machine.cloud_init.user_data),
    )


def filter_from_wire(request: pb.ListVirtualMachinesRequest) -> ListFilter:
    """Which machines are asked for."""
    return ListFilter(
        name_prefix=request.name_prefix,
        labels=dict(request.labels),
        query=request.query,
        states=tuple(
            State(pb.VirtualMachine.State.Name(each).removeprefix("STATE_"))
            for each in request.states
        ),
        cluster=request.cluster,
        node=request.node,
    )


def machine_to_wire(machine: VirtualMachine, *, now: datetime) -> pb.VirtualMachine:
    """Write a machine; `now` decides whether what was seen is stale."""
    spec = machine.spec
    message = pb.VirtualMachine(
        name=machine.name,
        uid=machine.uid,
        display_name=machine.display_name,
        description=machine.description,
        labels=dict(machine.labels),
        etag=machine.etag,
        generation=machine.generation,
        create_time=_time(machine.create_time),
        update_time=_time(machine.update_time),
        cluster=spec.cluster,
        vcpu_count=spec.vcpu_count,
        memory_bytes=spec.memory_bytes,
        disks=[_disk_to_wire(each) for each in spec.disks],
        nics=[_nic_to_wire(each) for each in spec.nics],
        firmware=f"FIRMWARE_{spec.firmware.value}",
        cloud_init=_cloud_init_to_wire(spec.cloud_init),
        placement=_wishes_to_wire(spec.wishes),
        delete_protection=machine.delete_protection,
        auto_restart=machine.restart.auto_restart,
        restart_policy=f"RESTART_POLICY_{machine.restart.policy.value}",
        protection=_protection_to_wire(machine),
        notes=machine.notes,
        power_wish=f"POWER_WISH_{machine.power_wish.value}",
        state=f"STATE_{machine.state.value}",
        state_message=machine.state_message,
        state_time=_time(machine.state_time),
        node=machine.node,
        node_uid=machine.node_uid or "",
        run_epoch=machine.run_epoch,
        operation=f"operations/{machine.work.operation}" if machine.work else "",
        addresses=[
            address for nic in spec.nics if nic.port is not None for address in nic.port.addresses
        ],
    )
    _write_observation(message, machine, now)
    if machine.last_error is not None:
        message.last_error.CopyFrom(_error_to_wire(machine.last_error))
    return message


def plan_to_wire(plan: PlacementPlan) -> placement_pb2.PlacementPlan:
    """Write a placement decision."""
    return placement_pb2.PlacementPlan(
        node=plan.node,
        node_uid=plan.node_uid,
        verdicts=[_verdict_to_wire(each) for each in plan.verdicts],
        projection_age_seconds=plan.projection_age_seconds,
        stale=plan.stale,
    )


def _auto_restart(machine: pb.VirtualMachine) -> bool:
    """What is asked for; masked without a value it is the default."""
    return machine.auto_restart if machine.HasField("auto_restart") else True


def _restart_policy(machine: pb.VirtualMachine) -> RestartPolicy:
    """What is asked for; without a value it is the default."""
    name = pb.VirtualMachine.RestartPolicy.Name(machine.restart_policy)
    short = name.removeprefix("RESTART_POLICY_")
    return RestartPolicy.ALWAYS if short == "UNSPECIFIED" else RestartPolicy(short)


def _protection_to_wire(machine: VirtualMachine) -> pb.Protection:
    reason, held = machine.unprotected, machine.protection
    message = pb.Protection(protected=reason is None, reason=reason.value if reason else "")
    if held.protected:
        message.MergeFrom(
            pb.Protection(
                isolation_response=f"ISOLATION_RESPONSE_{held.response.value}",
                shutdown_grace_seconds=held.grace_seconds,
            )
        )
    return message


def _firmware(machine: pb.VirtualMachine) -> Firmware:
    name = pb.VirtualMachine.Firmware.Name(machine.firmware).removeprefix("FIRMWARE_")
    return Firmware.BIOS if name == "UNSPECIFIED" else Firmware(name)


def _disk_to_wire(disk: Disk) -> pb.VirtualDisk:
    return pb.VirtualDisk(
        disk_id=disk.disk_id,
        image=disk.image,
        size_bytes=disk.effective_size_bytes,
        pool=disk.pool,
    )


def _nic_to_wire(nic: Nic) -> pb.VirtualNic:
    message = pb.VirtualNic(network=nic.network, mac=nic.mac, address=nic.address)
    if nic.port is not None:
        message.port = nic.port.name
        message.addresses.extend(nic.port.addresses)
        message.effective_mac = nic.port.mac
    return message


def _cloud_init_to_wire(cloud_init: CloudInit) -> pb.CloudInit:
    return pb.CloudInit(
        hostname=cloud_init.hostname,
        ssh_authorized_keys=cloud_init.ssh_authorized_keys,
        user_data_set=cloud_init.user_data_set,
    )


def _wishes_to_wire(wishes: PlacementWishes) -> pb.PlacementWishes:
    return pb.PlacementWishes(
        required_nodes=wishes.required_nodes,
        excluded_nodes=wishes.excluded_nodes,
        node_labels=dict(wishes.node_labels),
    )


def _write_observation(message: pb.VirtualMachine, machine: VirtualMachine, now: datetime) -> None:
    seen = machine.observed
    if seen is None:
        return
    message.observe_time.FromDatetime(machine.observe_time or seen.observe_time)
    message.stale = machine.stale(now)
    if message.stale or not seen.state.up:
        return
    if seen.cpu_percent is not None:
        message.usage.cpu_percent = seen.cpu_percent
    if seen.memory_used_bytes is not None:
        message.usage.memory_used_bytes = seen.memory_used_bytes


def _verdict_to_wire(verdict: HostVerdict) -> placement_pb2.HostVerdict:
    return placement_pb2.HostVerdict(
        node=verdict.node,
        node_uid=verdict.node_uid,
        fits=verdict.fits,
        score=verdict.score,
        obstacles=[
            placement_pb2.Obstacle(
                reason=each.reason,
                message=each.message,
                needed=each.needed,
                available=each.available,
            )
            for each in verdict.obstacles
        ],
        score_parts=dict(verdict.score_parts),
    )


def _error_to_wire(failure: OperationFailure) -> operation_pb2.OperationError:
    return operation_pb2.OperationError(
        code=code_pb2.Code.Value(failure.kind.value),
        reason=failure.reason,
        message=failure.message,
        metadata=dict(failure.facts),
    )


def _time(moment: datetime) -> Timestamp:
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire
