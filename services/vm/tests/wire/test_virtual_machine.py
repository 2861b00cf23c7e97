"""Machines over the wire: what callers meet, refusals included."""

import asyncio
import uuid

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.cluster.v1 import cluster_pb2
from quantix.event.v1 import event_pb2
from quantix.event.v1.event_pb2_grpc import EventServiceStub
from quantix.host.v1 import machine_sync_pb2
from quantix.host.v1.machine_sync_pb2_grpc import MachineSyncServiceStub
from quantix.node.v1 import node_pb2
from quantix.operation.v1 import operation_pb2
from quantix.operation.v1.operation_pb2_grpc import OperationServiceStub
from quantix.vm.v1 import virtual_machine_pb2 as pb
from quantix.vm.v1.virtual_machine_pb2_grpc import VirtualMachineServiceStub
from qvdc_core.units import GIB
from qvdc_rpc.status import RemoteRefusal
from qvdc_vm.domain.values import MachineUid
from tests.vm_testing.builders import HOST
from tests.vm_testing.site import BOOT
from tests.vm_testing.wired import Wired

STRANGER = "99999999-9999-4999-8999-999999999999"

SUCCEEDED = operation_pb2.Operation.STATE_SUCCEEDED


def _machine(
    *, cluster: str = "clusters/prod", memory_bytes: int = 2 * GIB, disk_size_bytes: int = 0
) -> pb.VirtualMachine:
    image = "" if disk_size_bytes else "images/debian-12"
    return pb.VirtualMachine(
        cluster=cluster,
        memory_bytes=memory_bytes,
        disks=[pb.VirtualDisk(image=image, size_bytes=disk_size_bytes)],
        nics=[pb.VirtualNic(network="networks/blue")],
        cloud_init=pb.CloudInit(user_data="#cloud-config\npassword: hunter2\n"),
    )


def _create(
    machine: pb.VirtualMachine | None = None,
    *,
    machine_id: str = "web-1",
    request_id: str = "",
    validate_only: bool = False,
) -> pb.CreateVirtualMachineRequest:
    return pb.CreateVirtualMachineRequest(
        virtual_machine_id=machine_id,
        virtual_machine=machine or _machine(),
        start_on_create=True,
        request_id=request_id,
        validate_only=validate_only,
    )


async def _running(wired: Wired) -> pb.VirtualMachine:
    operation = await wired.user.call("CreateVirtualMachine", _create())
    assert (await wired.done(operation)).state == SUCCEEDED
    return await wired.get()


async def test_a_machine_lives_its_whole_life(wired: Wired) -> None:
    machine = await _running(wired)
    assert machine.state == pb.VirtualMachine.STATE_RUNNING
    assert machine.node == "nodes/h1"
    assert machine.run_epoch == 1
    assert list(machine.addresses) == ["10.0.0.5"]
    assert machine.disks[0].size_bytes == 2 * GIB
    plan = await wired.user.call("GetPlacement", pb.GetPlacementRequest(name=machine.name))
    assert plan.verdicts[0].fits
    log = await wired.user.call(
        "GetSerialLog", pb.GetSerialLogRequest(name=machine.name, limit_bytes=15)
    )
    assert log.text == "hostname=web-1\n"

    shutdown = pb.ShutdownVirtualMachineRequest(name=machine.name, etag=machine.etag)
    operation = await wired.user.call("ShutdownVirtualMachine", shutdown)
    assert (await wired.done(operation)).state == SUCCEEDED
    assert (await wired.get()).state == pb.VirtualMachine.STATE_STOPPED
    start = pb.StartVirtualMachineRequest(name=machine.name)
    operation = await wired.user.call("StartVirtualMachine", start)
    assert (await wired.done(operation)).state == SUCCEEDED
    assert (await wired.get()).run_epoch == 2
    off = pb.PowerOffVirtualMachineRequest(name=machine.name)
    assert (await wired.done(await wired.user.call("PowerOffVirtualMachine", off))).state == (
        SUCCEEDED
    )
    delete = pb.DeleteVirtualMachineRequest(name=machine.name)
    operation = await wired.user.call("DeleteVirtualMachine", delete)
    assert (await wired.done(operation)).state == SUCCEEDED
    with pytest.raises(RemoteRefusal) as refused:
        await wired.get()
    assert refused.value.reason == "NOT_FOUND"
    around = wired.neighbours
    assert not around.cluster.claims
    assert not around.images.claims
    assert not around.network.ports


async def test_user_data_reaches_the_guest_and_nobody_else(wired: Wired) -> None:
    machine = await _running(wired)

    assert machine.cloud_init.user_data_set
    assert machine.cloud_init.user_data == ""
    assert "hunter2" in wired.neighbours.agent.applied[-1].seed.user_data
    events = await wired.callers.user(EventServiceStub).call(
        "ListEvents", event_pb2.ListEventsRequest(subject=machine.name)
    )
    kinds = [event.kind for event in events.events]
    assert kinds[-1] == "VirtualMachineCreated"
    assert kinds[0] == "VirtualMachineStarted"
    assert "hunter2" not in str(events)


async def test_a_repeated_request_gets_its_first_answer(wired: Wired) -> None:
    request = _create(request_id=str(uuid.uuid4()))
    first = await wired.user.call("CreateVirtualMachine", request)
    again = await wired.user.call("CreateVirtualMachine", request)
    assert again.name == first.name
    request.start_on_create = False
    with pytest.raises(RemoteRefusal) as refused:
        await wired.user.call("CreateVirtualMachine", request)

    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_a_deletion_repeated_after_its_end_succeeds(wired: Wired) -> None:
    machine = await _running(wired)
    request = pb.DeleteVirtualMachineRequest(
        name=machine.name, force=True, request_id=str(uuid.uuid4())
    )
    first = await wired.user.call("DeleteVirtualMachine", request)
    await wired.done(first)

    assert (await wired.user.call("DeleteVirtualMachine", request)).name == first.name


async def _refusal(wired: Wired, method: str, request: object) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as refused:
        await wired.user.call(method, request)
    return refused.value


async def test_refusals_name_reason_and_facts(wired: Wired) -> None:
    machine = await _running(wired)
    name = machine.name

    taken = await _refusal(wired, "CreateVirtualMachine", _create())
    assert (taken.code, taken.reason) == ("ALREADY_EXISTS", "VM_NAME_TAKEN")
    wrong = await _refusal(wired, "DeleteVirtualMachine", pb.DeleteVirtualMachineRequest(name=name))
    assert (wrong.code, wrong.reason) == ("FAILED_PRECONDITION", "INVALID_POWER_STATE")
    assert wrong.facts == {"vm": name, "state": "RUNNING", "verb": "delete"}
    stale = await _refusal(
        wired, "PowerOffVirtualMachine", pb.PowerOffVirtualMachineRequest(name=name, etag="old")
    )
    assert (stale.code, stale.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert stale.facts["changed_by"] == "user:ann"
    bad = await _refusal(
        wired,
        "CreateVirtualMachine",
        _create(_machine(memory_bytes=2 * GIB + 1), machine_id=""),
    )
    assert bad.fields[0].field == "virtual_machine.memory_bytes"
    shaped = await _refusal(wired, "CreateVirtualMachine", _create(_machine(cluster="prod")))
    assert shaped.code == "INVALID_ARGUMENT"


async def test_a_busy_or_protected_machine_says_so(wired: Wired) -> None:
    machine = await _running(wired)
    wired.neighbours.agent.ignores_shutdown = True
    operation = await wired.user.call(
        "ShutdownVirtualMachine", pb.ShutdownVirtualMachineRequest(name=machine.name)
    )
    busy = await _refusal(
        wired, "StartVirtualMachine", pb.StartVirtualMachineRequest(name=machine.name)
    )
    assert (busy.code, busy.reason) == ("ABORTED", "BUSY")
    assert busy.facts["operation"] == operation.name
    await wired.user.call(
        "UpdateVirtualMachine",
        pb.UpdateVirtualMachineRequest(
            virtual_machine=pb.VirtualMachine(name=machine.name, delete_protection=True)
        ),
    )
    protected = await _refusal(
        wired, "DeleteVirtualMachine", pb.DeleteVirtualMachineRequest(name=machine.name, force=True)
    )
    assert protected.reason == "DELETE_PROTECTED"


async def test_a_power_off_takes_the_machine_from_a_guest_that_ignores_its_shutdown(
    wired: Wired,
) -> None:
    machine = await _running(wired)
    wired.neighbours.agent.ignores_shutdown = True
    shutdown = await wired.user.call(
        "ShutdownVirtualMachine", pb.ShutdownVirtualMachineRequest(name=machine.name)
    )
    off = await wired.user.call(
        "PowerOffVirtualMachine", pb.PowerOffVirtualMachineRequest(name=machine.name)
    )

    assert (await wired.done(off)).state == SUCCEEDED
    assert (await wired.done(shutdown)).state == operation_pb2.Operation.STATE_CANCELLED
    assert (await wired.get()).state == pb.VirtualMachine.STATE_STOPPED


async def test_an_update_changes_what_was_sent(wired: Wired) -> None:
    machine = await _running(wired)
    changed = await wired.user.call(
        "UpdateVirtualMachine",
        pb.UpdateVirtualMachineRequest(
            virtual_machine=pb.VirtualMachine(
                name=machine.name, notes="ours", labels={"a": "b"}, etag=machine.etag
            )
        ),
    )
    assert (changed.notes, dict(changed.labels)) == ("ours", {"a": "b"})
    assert changed.etag != machine.etag
    cleared = await wired.user.call(
        "UpdateVirtualMachine",
        pb.UpdateVirtualMachineRequest(
            virtual_machine=pb.VirtualMachine(name=machine.name),
            update_mask=FieldMask(paths=["notes", "labels", "state"]),
        ),
    )
    assert (cleared.notes, dict(cleared.labels)) == ("", {})
    fixed = await _refusal(
        wired,
        "UpdateVirtualMachine",
        pb.UpdateVirtualMachineRequest(
            virtual_machine=pb.VirtualMachine(name=machine.name, memory_bytes=4 * GIB)
        ),
    )
    assert fixed.fields[0].field == "virtual_machine.memory_bytes"
    unknown = await _refusal(
        wired,
        "UpdateVirtualMachine",
        pb.UpdateVirtualMachineRequest(
            virtual_machine=pb.VirtualMachine(name=machine.name),
            update_mask=FieldMask(paths=["colour"]),
        ),
    )
    assert unknown.reason == "UNKNOWN_FIELD"


async def test_what_was_read_can_be_written_back(wired: Wired) -> None:
    machine = await _running(wired)
    written = await wired.user.call(
        "UpdateVirtualMachine", pb.UpdateVirtualMachineRequest(virtual_machine=machine)
    )

    assert written.etag == machine.etag


async def test_a_dry_run_tells_everything_at_once_and_keeps_nothing(wired: Wired) -> None:
    good = await wired.user.call("CreateVirtualMachine", _create(validate_only=True))
    assert good.target == "vms/web-1"
    wired.neighbours.cluster.room = 0
    bad = await _refusal(
        wired,
        "CreateVirtualMachine",
        _create(_machine(disk_size_bytes=1), validate_only=True),
    )
    assert {each.reason for each in bad.fields} == {"INVALID", "NO_PLACEMENT"}
    listed = await wired.user.call("ListVirtualMachines", pb.ListVirtualMachinesRequest())
    assert not listed.virtual_machines
    plan = await wired.user.call(
        "PlaceVirtualMachine", pb.PlaceVirtualMachineRequest(virtual_machine=_machine())
    )
    assert plan.node == ""
    assert plan.verdicts[0].obstacles[0].reason == "MEMORY"


async def test_a_disk_in_a_storage_pool_holds_room_there(wired: Wired) -> None:
    machine = _machine()
    machine.disks[0].pool = "storage-pools/fast"
    ended = await wired.done(await wired.user.call("CreateVirtualMachine", _create(machine)))
    made = await wired.get()

    assert ended.state == SUCCEEDED
    assert made.disks[0].pool == "storage-pools/fast"
    assert list(wired.neighbours.pools.claims.values()) == [2 * GIB]
    wired.neighbours.pools.room_bytes = 0
    refused = await wired.done(
        await wired.user.call("CreateVirtualMachine", _create(machine, machine_id="web-2"))
    )
    assert refused.error.message.startswith("storage-pools/fast has room for")

    delete = pb.DeleteVirtualMachineRequest(name=made.name, force=True)
    assert (
        await wired.done(await wired.user.call("DeleteVirtualMachine", delete))
    ).state == SUCCEEDED
    assert wired.neighbours.pools.claims == {}


async def test_no_placement_is_on_the_operation(wired: Wired) -> None:
    wired.neighbours.cluster.room = 0
    ended = await wired.done(await wired.user.call("CreateVirtualMachine", _create()))

    assert ended.error.reason == "NO_PLACEMENT"
    assert "nodes/h1: memory needs" in ended.error.metadata["verdicts"]
    machine = await wired.get()
    assert machine.state == pb.VirtualMachine.STATE_ERROR
    assert machine.last_error.reason == "NO_PLACEMENT"
    wired.neighbours.cluster.room = 1
    start = pb.StartVirtualMachineRequest(name=machine.name)
    assert (await wired.done(await wired.user.call("StartVirtualMachine", start))).state == (
        SUCCEEDED
    )


async def test_a_watch_tells_the_snapshot_and_each_change(wired: Wired) -> None:
    machine = await _running(wired)
    stream = wired.callers.service(VirtualMachineServiceStub, "cluster").stream(
        "WatchVirtualMachines", pb.WatchVirtualMachinesRequest()
    )
    first, synced = await anext(stream), await anext(stream)
    assert first.kind == event_pb2.WATCH_KIND_SNAPSHOT
    assert first.virtual_machine.name == machine.name
    assert synced.kind == event_pb2.WATCH_KIND_SYNCED
    wired.neighbours.agent.guest_powers_off(MachineUid(machine.uid))
    await wired.report(machine.uid)
    async with asyncio.timeout(10):
        changed = await anext(stream)
    assert changed.virtual_machine.state == pb.VirtualMachine.STATE_STOPPED
    assert changed.virtual_machine.power_wish == pb.VirtualMachine.POWER_WISH_ON
    delete = pb.DeleteVirtualMachineRequest(name=machine.name)
    await wired.done(await wired.user.call("DeleteVirtualMachine", delete))
    async with asyncio.timeout(10):
        async for item in stream:
            if item.kind == event_pb2.WATCH_KIND_DELETED:
                break
    assert item.virtual_machine.uid == machine.uid


async def test_a_dead_host_s_machines_are_unknown(wired: Wired) -> None:
    machine = await _running(wired)
    stream = wired.user.stream("WatchVirtualMachines", pb.WatchVirtualMachinesRequest())
    wired.neighbours.agent.away = True
    wired.neighbours.nodes.tell(node_pb2.Node.PHASE_OFFLINE)
    await _seen(stream, pb.VirtualMachine.STATE_UNKNOWN)
    away = await _refusal(wired, "GetSerialLog", pb.GetSerialLogRequest(name="vms/nobody"))
    assert away.code == "NOT_FOUND"
    assert (await wired.get()).stale
    wired.neighbours.agent.away = False
    wired.neighbours.nodes.tell(node_pb2.Node.PHASE_READY)
    await _seen(stream, pb.VirtualMachine.STATE_RUNNING)
    assert wired.neighbours.agent.starts == [(machine.uid, 1)]


async def _seen(stream: object, state: int) -> None:
    async with asyncio.timeout(15):
        async for item in stream:  # type: ignore[attr-defined]  # Client.stream says Any
            if item.virtual_machine.state == state:
                return


async def test_a_host_speaks_for_itself_alone(wired: Wired) -> None:
    machine = await _running(wired)
    answer = await wired.report(machine.uid, full=True)
    assert not answer.conflicts
    assert len(answer.state_hash) == 64
    with pytest.raises(RemoteRefusal) as refused:
        await wired.report(machine.uid, as_node="dddddddd-dddd-4ddd-8ddd-dddddddddddd")
    assert refused.value.code == "PERMISSION_DENIED"
    with pytest.raises(RemoteRefusal) as closed:
        await wired.callers.user(MachineSyncServiceStub).call("ReportMachines", _nothing())
    assert closed.value.code == "PERMISSION_DENIED"


async def test_what_a_host_has_beside_is_listed_by_node(wired: Wired) -> None:
    await _running(wired)
    request = machine_sync_pb2.ReportMachinesRequest(node_uid=HOST, boot_id=BOOT)
    found = request.machines.add(vm_uid=STRANGER, state="STATE_RUNNING", change_count=1)
    found.unmanaged.name = "by-hand"
    found.unmanaged.vcpu_count = 2
    await wired.callers.node(MachineSyncServiceStub, HOST).call("ReportMachines", request)

    reader = wired.user_with("vm.read")
    here = pb.ListUnmanagedMachinesRequest(node="nodes/h1")
    (shown,) = (await reader.call("ListUnmanagedMachines", here)).unmanaged_machines
    there = pb.ListUnmanagedMachinesRequest(node="nodes/h2")
    elsewhere = (await reader.call("ListUnmanagedMachines", there)).unmanaged_machines
    with pytest.raises(RemoteRefusal) as refused:
        await wired.user_with("node.read").call("ListUnmanagedMachines", here)

    assert (shown.uid, shown.domain_name, shown.node) == (STRANGER, "by-hand", "nodes/h1")
    assert shown.state == pb.VirtualMachine.STATE_RUNNING
    assert shown.origin == pb.UnmanagedMachine.ORIGIN_FOREIGN
    assert (shown.vcpu_count, shown.HasField("memory_bytes"), shown.stale) == (2, False, False)
    assert not elsewhere
    assert refused.value.code == "PERMISSION_DENIED"


async def test_who_may_not_is_denied(wired: Wired) -> None:
    reader = wired.user_with("vm.read")
    await reader.call("ListVirtualMachines", pb.ListVirtualMachinesRequest())
    with pytest.raises(RemoteRefusal) as refused:
        await reader.call("CreateVirtualMachine", _create())

    assert refused.value.code == "PERMISSION_DENIED"


async def test_a_refused_cancel_says_that_it_cannot(wired: Wired) -> None:
    wired.neighbours.cluster.away = True
    operation = await wired.user.call("CreateVirtualMachine", _create())
    with pytest.raises(RemoteRefusal) as refused:
        await wired.callers.user(OperationServiceStub).call(
            "CancelOperation", operation_pb2.CancelOperationRequest(name=operation.name)
        )
    assert refused.value.reason == "NOT_CANCELLABLE"


def _nothing() -> object:
    return machine_sync_pb2.ReportMachinesRequest(
        node_uid="dddddddd-dddd-4ddd-8ddd-dddddddddddd",
        boot_id="dddddddd-dddd-4ddd-8ddd-dddddddddddd",
    )


async def test_ha_settings_of_the_cluster_protect_a_running_machine(wired: Wired) -> None:
    machine = await _running(wired)
    assert machine.auto_restart
    assert machine.restart_policy == pb.VirtualMachine.RESTART_POLICY_ALWAYS
    assert not machine.protection.protected

    ha = cluster_pb2.HaSettings(
        enabled=True, isolation_response=cluster_pb2.HaSettings.ISOLATION_RESPONSE_SHUTDOWN
    )
    await wired.neighbours.clusters.set_ha(ha)
    machine = await _protection_of(wired, protected=True)
    assert machine.protection.isolation_response == ha.isolation_response
    assert machine.protection.shutdown_grace_seconds == 60

    never = pb.VirtualMachine(
        name=machine.name, restart_policy=pb.VirtualMachine.RESTART_POLICY_NEVER
    )
    mask = FieldMask(paths=["restart_policy"])
    request = pb.UpdateVirtualMachineRequest(virtual_machine=never, update_mask=mask)
    await wired.user.call("UpdateVirtualMachine", request)
    machine = await _protection_of(wired, protected=False)
    assert machine.protection.reason == "NEVER_RESTARTED"
    assert machine.run_epoch == 1


async def _protection_of(wired: Wired, *, protected: bool) -> pb.VirtualMachine:
    stream = wired.user.stream("WatchVirtualMachines", pb.WatchVirtualMachinesRequest())
    async with asyncio.timeout(60):
        async for item in stream:
            machine: pb.VirtualMachine = item.virtual_machine
            named = item.kind in (event_pb2.WATCH_KIND_SNAPSHOT, event_pb2.WATCH_KIND_CHANGED)
            if named and machine.protection.protected is protected:
                return machine
    raise AssertionError("the stream ended")
