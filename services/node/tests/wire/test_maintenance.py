"""Maintenance on the wire: states, operations, and intent that nothing but a person changes."""

import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from quantix.node.v1 import node_pb2, node_pb2_grpc
from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from qvdc_rpc.status import RemoteRefusal
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
DRAINING = node_pb2.Node.PHASE_DRAINING
MAINTENANCE = node_pb2.Node.PHASE_MAINTENANCE
READY = node_pb2.Node.PHASE_READY


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined and is READY."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(joined)
    await in_phase(site, made, READY, eventually)
    return made


async def in_phase(site: Site, host: Host, phase: int, eventually: Eventually) -> Any:
    async def reached() -> bool:
        await host.beat()
        return bool((await node_of(site)).phase == phase)

    await eventually(reached)
    return await node_of(site)


async def node_of(site: Site) -> Any:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    return await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))


async def placed(site: Site, machine: str, state: str) -> None:
    """Let the projection say so, as the vm service's Watch would."""
    await site.execute(
        f"insert into placements values ('{machine}', 'nodes/h1', '{state}')"
        f" on conflict (machine) do update set state = '{state}'"
    )


async def state_of(site: Site, name: str) -> Any:
    user = site.user(operation_pb2_grpc.OperationServiceStub)
    return await user.call("GetOperation", operation_pb2.GetOperationRequest(name=name))


async def test_maintenance_waits_for_running_machines_and_says_which(
    site: Site, host: Host, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await placed(site, "vms/web", "RUNNING")
    await placed(site, "vms/old", "STOPPED")
    entering = node_pb2.EnterMaintenanceRequest(name="nodes/h1", request_id=str(uuid.uuid4()))
    operation = await user.call("EnterMaintenance", entering)
    assert (operation.target, operation.verb) == ("nodes/h1", "enterMaintenance")
    assert (await user.call("EnterMaintenance", entering)).name == operation.name

    node = await in_phase(site, host, DRAINING, eventually)
    assert node.mode == node_pb2.Node.MODE_MAINTENANCE

    async def named() -> bool:
        blockers = (await node_of(site)).drain.blockers
        return [(each.virtual_machine, each.reason) for each in blockers] == [
            ("vms/web", "NOT_MOVABLE")
        ]

    await eventually(named)
    assert "vms/web" in (await state_of(site, operation.name)).message

    await placed(site, "vms/web", "STOPPED")
    node = await in_phase(site, host, MAINTENANCE, eventually)
    assert not node.HasField("drain")
    ended = await state_of(site, operation.name)
    assert ended.state == operation_pb2.Operation.STATE_SUCCEEDED


async def test_maintenance_survives_reboot_registration_and_restart(
    site: Site, host: Host, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    taint = node_pb2.Taint(key="gpu", value="a100", effect="EFFECT_NO_SCHEDULE")
    await user.call("AddTaint", node_pb2.AddTaintRequest(name="nodes/h1", taint=taint))
    wanted = node_pb2.Node(
        name="nodes/h1", roles=["ROLE_STORAGE"], reserved_cores=2, reserved_memory_bytes=1 << 30
    )
    await user.call("UpdateNode", node_pb2.UpdateNodeRequest(node=wanted))
    await user.call("EnterMaintenance", node_pb2.EnterMaintenanceRequest(name="nodes/h1"))
    await in_phase(site, host, MAINTENANCE, eventually)
    before = await node_of(site)

    host.instance += 1
    await host.register()
    host.boot_id, host.instance, host.sequence = str(uuid.uuid4()), 1, 0
    await host.register()
    await host.beat()
    async with site.copy("node-2"):
        await host.beat(at="node-2")
    node = await in_phase(site, host, MAINTENANCE, eventually)

    assert node.generation == before.generation
    assert (list(node.taints), list(node.roles)) == ([taint], [node_pb2.Node.ROLE_STORAGE])
    assert (node.reserved_cores, node.reserved_memory_bytes) == (2, 1 << 30)
    left = await user.call("ExitMaintenance", node_pb2.ExitMaintenanceRequest(name="nodes/h1"))
    assert left.mode == node_pb2.Node.MODE_ACTIVE
    await in_phase(site, host, READY, eventually)


async def test_a_second_drain_is_busy_and_cancel_leaves_the_cordon(
    site: Site, host: Host, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await placed(site, "vms/web", "RUNNING")
    operation = await user.call("DrainNode", node_pb2.DrainNodeRequest(name="nodes/h1"))
    for method, request in (
        ("DrainNode", node_pb2.DrainNodeRequest(name="nodes/h1")),
        ("UncordonNode", node_pb2.UncordonNodeRequest(name="nodes/h1")),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await user.call(method, request)
        assert (refused.value.code, refused.value.reason) == ("ABORTED", "BUSY")
        assert refused.value.facts["operation"] == operation.name
    entered = await user.call("EnterMaintenance", node_pb2.EnterMaintenanceRequest(name="nodes/h1"))
    assert entered.name == operation.name

    operations = site.user(operation_pb2_grpc.OperationServiceStub)
    await operations.call(
        "CancelOperation", operation_pb2.CancelOperationRequest(name=operation.name)
    )

    async def given_up() -> bool:
        ended = await state_of(site, operation.name)
        return bool(ended.state == operation_pb2.Operation.STATE_CANCELLED)

    await eventually(given_up)
    node = await node_of(site)
    assert (node.mode, node.HasField("drain")) == (node_pb2.Node.MODE_CORDONED, False)


async def test_what_is_only_asked_or_refused_changes_nothing(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    before = await node_of(site)
    checked = node_pb2.EnterMaintenanceRequest(name="nodes/h1", validate_only=True)
    await user.call("EnterMaintenance", checked)
    reader = site.user(node_pb2_grpc.NodeServiceStub, "node.read")
    too_much = node_pb2.Node(name="nodes/h1", reserved_cores=7)
    for caller, method, request, code in (
        (reader, "DrainNode", node_pb2.DrainNodeRequest(name="nodes/h1"), "PERMISSION_DENIED"),
        (user, "DrainNode", node_pb2.DrainNodeRequest(name="nodes/h7"), "NOT_FOUND"),
        (user, "DrainNode", node_pb2.DrainNodeRequest(name="nodes/h1", etag="old"), "ABORTED"),
        (user, "UpdateNode", node_pb2.UpdateNodeRequest(node=too_much), "INVALID_ARGUMENT"),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await caller.call(method, request)
        assert refused.value.code == code
    assert (await node_of(site)).etag == before.etag


async def test_taints_come_and_go_and_tokens_bring_them(
    site: Site, host: Host, tmp_path: Path
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    taint = node_pb2.Taint(key="gpu", effect="EFFECT_NO_SCHEDULE")
    added = await user.call("AddTaint", node_pb2.AddTaintRequest(name="nodes/h1", taint=taint))
    again = await user.call("AddTaint", node_pb2.AddTaintRequest(name="nodes/h1", taint=taint))
    assert (list(added.taints), again.etag) == ([taint], added.etag)
    removing = node_pb2.RemoveTaintRequest(name="nodes/h1", key="gpu")
    removed = await user.call("RemoveTaint", removing)
    assert (await user.call("RemoveTaint", removing)).etag == removed.etag
    assert not removed.taints

    token = await a_token(site, node_taints=[taint], node_roles=["ROLE_GATEWAY"])
    joined = await Host(site, tmp_path, "h2").join(token.secret)
    assert list(joined.stored.taints) == [taint]
    assert list(joined.stored.roles) == [node_pb2.Node.ROLE_GATEWAY]


async def test_nd_11_a_no_execute_taint_says_which_machines_it_asks_to_leave(
    site: Site, host: Host, eventually: Eventually
) -> None:
    await placed(site, "vms/web-1", "RUNNING")
    await placed(site, "vms/web-2", "STOPPED")
    user = site.user(node_pb2_grpc.NodeServiceStub)
    taint = node_pb2.Taint(key="broken", effect="EFFECT_NO_EXECUTE")
    await user.call("AddTaint", node_pb2.AddTaintRequest(name="nodes/h1", taint=taint))

    async def asked() -> bool:
        return list((await node_of(site)).eviction.virtual_machines) == ["vms/web-1"]

    async def over() -> bool:
        return not (await node_of(site)).HasField("eviction")

    await eventually(asked)
    node = await node_of(site)
    said = {each.type: each.message for each in node.conditions}["EvictionPending"]
    assert "broken asks 1 machines to leave" in said
    await user.call("RemoveTaint", node_pb2.RemoveTaintRequest(name="nodes/h1", key="broken"))
    await eventually(over)
    assert "EvictionPending" not in {each.type for each in (await node_of(site)).conditions}
