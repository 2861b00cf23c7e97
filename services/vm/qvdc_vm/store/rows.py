"""Machines to rows and back: total, and the same there and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from qvdc_core.errors import Kind
from qvdc_core.operation import OperationFailure
from qvdc_vm.domain.observation import Observed, ObservedState, Problem
from qvdc_vm.domain.protection import (
    HaPolicy,
    IsolationResponse,
    Protection,
    RestartPolicy,
    RestartWish,
)
from qvdc_vm.domain.state import State, Verb
from qvdc_vm.domain.values import (
    BaseImage,
    CloudInit,
    Disk,
    Firmware,
    HostUid,
    MachineUid,
    Nic,
    PlacementWishes,
    PortBinding,
    PowerWish,
    Spec,
)
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine, Work

Columns = dict[str, Any]


def machine_columns(machine: VirtualMachine) -> Columns:
    """The row of a machine, less its revision."""
    spec = machine.spec
    return {
        "uid": machine.uid,
        "id": machine.id,
        "display_name": machine.display_name,
        "description": machine.description,
        "labels": dict(machine.labels),
        "notes": machine.notes,
        "delete_protection": machine.delete_protection,
        "power_wish": machine.power_wish.value,
        "generation": machine.generation,
        "create_time": machine.create_time,
        "update_time": machine.update_time,
        "updated_by": machine.updated_by,
        "cluster": spec.cluster,
        "vcpu_count": spec.vcpu_count,
        "memory_bytes": spec.memory_bytes,
        "firmware": spec.firmware.value,
        "hostname": spec.cloud_init.hostname,
        "ssh_authorized_keys": list(spec.cloud_init.ssh_authorized_keys),
        "user_data_set": spec.cloud_init.user_data_set,
        "required_nodes": list(spec.wishes.required_nodes),
        "excluded_nodes": list(spec.wishes.excluded_nodes),
        "node_labels": dict(spec.wishes.node_labels),
        "state": machine.state.value,
        "state_message": machine.state_message,
        "state_time": machine.state_time,
        "terminate_time": machine.terminate_time,
        "swept": machine.swept,
    } | _held_columns(machine)


def _held_columns(machine: VirtualMachine) -> Columns:
    return {
        "node": machine.node,
        "node_uid": machine.node_uid,
        "host_generation": machine.host_generation,
        "run_epoch": machine.run_epoch,
        "removing": machine.removing,
        "released": sorted(each.value for each in machine.released),
        "auto_restart": machine.restart.auto_restart,
        "restart_policy": machine.restart.policy.value,
        "protected": machine.protection.protected,
        "isolation_response": machine.protection.response.value,
        "shutdown_grace_seconds": machine.protection.grace_seconds,
        "protection_generation": machine.protection_generation,
        "provisioned": machine.provisioned,
        "doubtful": machine.doubtful,
        **_failure_columns("error", machine.last_error),
        **_work_columns(machine.work),
        **_seen_columns(machine.observed),
    }


def _work_columns(work: Work | None) -> Columns:
    return {
        "work_verb": work.verb.value if work else None,
        "work_operation": work.operation if work else None,
        "work_start_time": work.start_time if work else None,
        "work_deadline": work.deadline if work else None,
        "work_grace_deadline": work.grace_deadline if work else None,
        "work_power_off_after_grace": work.power_off_after_grace if work else None,
        "work_cut": work.cut if work else None,
        **_failure_columns("failing", work.failing if work else None),
    }


def _failure_columns(prefix: str, failure: OperationFailure | None) -> Columns:
    return {
        f"{prefix}_kind": failure.kind.name if failure else None,
        f"{prefix}_reason": failure.reason if failure else None,
        f"{prefix}_message": failure.message if failure else None,
        f"{prefix}_facts": dict(failure.facts) if failure else None,
    }


def _seen_columns(seen: Observed | None) -> Columns:
    problem = seen.problem if seen else None
    return {
        "seen_state": seen.state.value if seen else None,
        "seen_generation": seen.generation if seen else None,
        "seen_run_epoch": seen.run_epoch if seen else None,
        "seen_observe_time": seen.observe_time if seen else None,
        "seen_settled": seen.settled if seen else None,
        "seen_change_count": seen.change_count if seen else None,
        "seen_cause": seen.cause if seen else None,
        "seen_since_time": seen.since_time if seen else None,
        "seen_stage": seen.stage if seen else None,
        "seen_done_bytes": seen.done_bytes if seen else None,
        "seen_total_bytes": seen.total_bytes if seen else None,
        "seen_problem_reason": problem.reason if problem else None,
        "seen_problem_message": problem.message if problem else None,
        "seen_problem_final": problem.final if problem else None,
        "seen_cpu_percent": seen.cpu_percent if seen else None,
        "seen_memory_used_bytes": seen.memory_used_bytes if seen else None,
        "seen_guarded": seen.guarded if seen else None,
    }


def disk_rows(machine: VirtualMachine) -> list[Columns]:
    """The rows of a machine's disks."""
    return [
        {
            "machine_uid": machine.uid,
            "position": position,
            "disk_id": disk.disk_id,
            "image": disk.image,
            "size_bytes": disk.size_bytes,
            "pool": disk.pool,
            "base_digest": disk.base.digest if disk.base else None,
            "base_format": disk.base.format if disk.base else None,
            "base_size_bytes": disk.base.size_bytes if disk.base else None,
            "base_virtual_size_bytes": disk.base.virtual_size_bytes if disk.base else None,
            "pool_uid": disk.pool_uid,
        }
        for position, disk in enumerate(machine.spec.disks)
    ]


def nic_rows(machine: VirtualMachine) -> list[Columns]:
    """The rows of a machine's network cards."""
    return [
        {
            "machine_uid": machine.uid,
            "position": position,
            "network": nic.network,
            "mac": nic.mac,
            "address": nic.address,
            "port": nic.port.name if nic.port else None,
            "port_uid": nic.port.uid if nic.port else None,
            "port_mac": nic.port.mac if nic.port else None,
            "port_mtu": nic.port.mtu if nic.port else None,
            "port_addresses": list(nic.port.addresses) if nic.port else None,
        }
        for position, nic in enumerate(machine.spec.nics)
    ]


def machine_of(
    row: Row[Any], disks: Sequence[Row[Any]], nics: Sequence[Row[Any]]
) -> VirtualMachine:
    """Read a machine from its rows."""
    return VirtualMachine(
        uid=MachineUid(row.uid),
        id=row.id,
        spec=_spec_of(row, disks, nics),
        create_time=row.create_time,
        update_time=row.update_time,
        updated_by=row.updated_by,
        display_name=row.display_name,
        description=row.description,
        labels=row.labels,
        notes=row.notes,
        delete_protection=row.delete_protection,
        power_wish=PowerWish(row.power_wish),
        generation=row.generation,
        revision=row.revision,
        work=_work_of(row),
        node=row.node,
        node_uid=HostUid(row.node_uid) if row.node_uid is not None else None,
        host_generation=row.host_generation,
        run_epoch=row.run_epoch,
        removing=row.removing,
        released=frozenset(Released(each) for each in row.released),
        restart=RestartWish(
            auto_restart=row.auto_restart, policy=RestartPolicy(row.restart_policy)
        ),
        protection=Protection(
            protected=row.protected,
            response=IsolationResponse(row.isolation_response),
            grace_seconds=row.shutdown_grace_seconds,
        ),
        protection_generation=row.protection_generation,
        last_error=_failure_of("error", row),
        observed=_seen_of(row),
        provisioned=row.provisioned,
        doubtful=row.doubtful,
        state=State(row.state),
        state_message=row.state_message,
        state_time=row.state_time,
        terminate_time=row.terminate_time,
        swept=row.swept,
        host_report_time=row.host_report_time,
        ha=_policy_of(row),
    )


def _policy_of(row: Row[Any]) -> HaPolicy | None:
    if row.ha_enabled is None:
        return None
    return HaPolicy(
        cluster=row.cluster,
        enabled=row.ha_enabled,
        response=IsolationResponse(row.ha_response),
        grace_seconds=row.ha_grace_seconds,
        detection_seconds=row.ha_detection_seconds,
    )


def _spec_of(row: Row[Any], disks: Sequence[Row[Any]], nics: Sequence[Row[Any]]) -> Spec:
    return Spec(
        cluster=row.cluster,
        memory_bytes=row.memory_bytes,
        vcpu_count=row.vcpu_count,
        disks=tuple(_disk_of(each) for each in disks),
        nics=tuple(_nic_of(each) for each in nics),
        firmware=Firmware(row.firmware),
        cloud_init=CloudInit(
            hostname=row.hostname,
            ssh_authorized_keys=tuple(row.ssh_authorized_keys),
            user_data_set=row.user_data_set,
        ),
        wishes=PlacementWishes(
            required_nodes=tuple(row.required_nodes),
            excluded_nodes=tuple(row.excluded_nodes),
            node_labels=row.node_labels,
        ),
    )


def _disk_of(row: Row[Any]) -> Disk:
    base = None
    if row.base_digest is not None:
        base = BaseImage(
            digest=row.base_digest,
            format=row.base_format,
            size_bytes=row.base_size_bytes,
            virtual_size_bytes=row.base_virtual_size_bytes,
        )
    return Disk(
        disk_id=row.disk_id,
        image=row.image,
        size_bytes=row.size_bytes,
        pool=row.pool,
        base=base,
        pool_uid=row.pool_uid,
    )


def _nic_of(row: Row[Any]) -> Nic:
    port = None
    if row.port is not None:
        port = PortBinding(
            name=row.port,
            uid=row.port_uid,
            mac=row.port_mac,
            mtu=row.port_mtu,
            addresses=tuple(row.port_addresses),
        )
    return Nic(network=row.network, mac=row.mac, address=row.address, port=port)


def _work_of(row: Row[Any]) -> Work | None:
    if row.work_verb is None:
        return None
    return Work(
        verb=Verb(row.work_verb),
        operation=row.work_operation,
        start_time=row.work_start_time,
        deadline=row.work_deadline,
        grace_deadline=row.work_grace_deadline,
        power_off_after_grace=row.work_power_off_after_grace,
        cut=row.work_cut,
        failing=_failure_of("failing", row),
    )


def _failure_of(prefix: str, row: Row[Any]) -> OperationFailure | None:
    kind = getattr(row, f"{prefix}_kind")
    if kind is None:
        return None
    return OperationFailure(
        kind=Kind[kind],
        reason=getattr(row, f"{prefix}_reason"),
        message=getattr(row, f"{prefix}_message"),
        facts=getattr(row, f"{prefix}_facts"),
    )


def _seen_of(row: Row[Any]) -> Observed | None:
    if row.seen_state is None:
        return None
    problem = None
    if row.seen_problem_reason is not None:
        problem = Problem(
            row.seen_problem_reason, row.seen_problem_message, final=row.seen_problem_final
        )
    return Observed(
        state=ObservedState(row.seen_state),
        generation=row.seen_generation,
        run_epoch=row.seen_run_epoch,
        observe_time=row.seen_observe_time,
        settled=row.seen_settled,
        change_count=row.seen_change_count,
        cause=row.seen_cause,
        since_time=row.seen_since_time,
        stage=row.seen_stage,
        done_bytes=row.seen_done_bytes,
        total_bytes=row.seen_total_bytes,
        problem=problem,
        cpu_percent=row.seen_cpu_percent,
        memory_used_bytes=row.seen_memory_used_bytes,
        guarded=bool(row.seen_guarded),
    )
