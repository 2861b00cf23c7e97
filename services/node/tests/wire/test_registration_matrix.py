"""The registration contract, a row for each case of RG-4 to RG-9.

A row says what the host does, what the service answers (outcome, or code and reason), and what is
told as an event about it.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.host.v1 import session_pb2, session_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
CARD = "3c:fd:fe:00:00:01"


@dataclass
class Stage:
    """A site with a host `h1` that has joined, and a second host that has not."""

    site: Site
    host: Host
    other: Host
    etcd: str

    @property
    def user(self) -> Any:
        return self.site.user(node_pb2_grpc.NodeServiceStub)

    async def silence(self, host: Host) -> None:
        """Let the host's session have ended, as after a silence of T."""
        async with Etcd(EtcdConfig.parse(self.etcd)) as client:
            await client.delete(session_key(host.uid))

    async def rebooted(self) -> None:
        await self.silence(self.host)
        self.host.boot_id, self.host.instance = str(uuid.uuid4()), 1

    async def join(self, host: Host, **fields: Any) -> Any:
        return await host.join((await a_token(self.site)).secret, **fields)

    async def node(self, name: str = "nodes/h1") -> Any:
        return await self.user.call("GetNode", node_pb2.GetNodeRequest(name=name))


def inventory(*macs: str, memory_bytes: int = 16 << 30) -> node_pb2.NodeInventory:
    cards = [node_pb2.NicInventory(name=f"eth{i}", mac=mac) for i, mac in enumerate(macs)]
    return node_pb2.NodeInventory(
        cpu=node_pb2.CpuInventory(model="EPYC", cpu_count=8),
        memory_total_bytes=memory_bytes,
        nics=cards,
    )


async def higher_instance(on: Stage) -> Any:
    on.host.instance = 2
    return await on.host.register()


async def lower_instance(on: Stage) -> Any:
    await higher_instance(on)
    on.host.instance = 1
    return await on.host.register()


async def reboot(on: Stage) -> Any:
    await on.rebooted()
    return await on.host.register()


async def new_hostname(on: Stage) -> Any:
    return await on.host.register(hostname="renamed")


async def new_address(on: Stage) -> Any:
    moved = node_pb2.NodeAddress(ip="FD00:0::7", port=7999, purpose="PURPOSE_AGENT")
    return await on.host.register(addresses=[moved])


async def no_address(on: Stage) -> Any:
    wrong = node_pb2.NodeAddress(ip="somewhere", port=1, purpose="PURPOSE_AGENT")
    return await on.host.register(addresses=[wrong])


async def shared_hostname(on: Stage) -> Any:
    return await on.join(on.other, hostname="h1")


async def a_card_came_along(on: Stage) -> Any:
    await on.host.register(inventory=inventory(CARD))
    await on.rebooted()
    on.host.fingerprint = "e" * 64
    new = inventory(CARD, "3c:fd:fe:00:00:02", memory_bytes=32 << 30)
    return await on.host.register(inventory=new)


async def all_new_hardware(on: Stage) -> Any:
    await on.rebooted()
    on.host.fingerprint = "e" * 64
    return await on.host.register()


async def all_new_hardware_confirmed(on: Stage) -> Any:
    with pytest.raises(RemoteRefusal):
        await all_new_hardware(on)
    shown = await on.node()
    assert {c.type: c.reason for c in shown.conditions}["HardwareChanged"] == "UNCONFIRMED"
    await on.user.call("ConfirmHardware", node_pb2.ConfirmHardwareRequest(name="nodes/h1"))
    assert "HardwareChanged" not in {c.type for c in (await on.node()).conditions}
    return await on.host.register()


async def all_new_hardware_with_a_token_of_any_host(on: Stage) -> Any:
    token = await a_token(on.site)
    await on.rebooted()
    on.host.fingerprint = "e" * 64
    return await on.host.register(join_token=token.secret)


async def all_new_hardware_with_its_token(on: Stage) -> Any:
    token = await a_token(on.site, node="nodes/h1")
    await on.rebooted()
    on.host.fingerprint = "e" * 64
    return await on.host.register(join_token=token.secret)


async def clone(on: Stage) -> Any:
    await on.host.beat()
    proven, on.host.boot_id = on.host.boot_id, str(uuid.uuid4())
    copy = on.host.register(hostname="copy")
    refused = asyncio.ensure_future(copy)
    while not refused.done():
        await on.host.beat(boot_id=proven)
        await asyncio.wait({refused}, timeout=1)
    return await refused


async def reinstalled(on: Stage) -> Any:
    await on.silence(on.host)
    on.other.fingerprint = on.host.fingerprint
    return await on.join(on.other, hostname="h1")


async def reinstalled_and_adopted(on: Stage) -> Any:
    label = node_pb2.Node(name="nodes/h1", labels={"rack": "r7"})
    await on.user.call("UpdateNode", node_pb2.UpdateNodeRequest(node=label))
    answer = await reinstalled(on)
    adopting = node_pb2.AdoptIdentityRequest(name=answer.node, request_id=str(uuid.uuid4()))
    adopted = await on.user.call("AdoptIdentity", adopting)
    assert (adopted.name, adopted.uid) == ("nodes/h1", on.other.uid)
    assert adopted.labels == {"rack": "r7"}
    assert (await on.user.call("AdoptIdentity", adopting)).etag == adopted.etag
    with pytest.raises(RemoteRefusal) as refused:
        await on.host.register()
    assert refused.value.reason == "NODE_REMOVED"
    again = await on.other.register(hostname="h1")
    assert again.node == "nodes/h1"
    return again


async def reinstalled_and_accepted(on: Stage) -> Any:
    answer = await reinstalled(on)
    accepting = node_pb2.AcceptIdentityRequest(name=answer.node)
    assert (await on.user.call("AcceptIdentity", accepting)).adoption_proposal == ""
    return await on.other.register(hostname="h1")


async def reinstalled_with_its_token(on: Stage) -> Any:
    token = await a_token(on.site, node="nodes/h1")
    await on.silence(on.host)
    answer = await on.other.join(token.secret)
    assert answer.node == "nodes/h1"
    again = await on.other.join(token.secret)
    assert (again.node, again.session_epoch) == (answer.node, answer.session_epoch)
    return answer


async def its_token_while_it_lives(on: Stage) -> Any:
    token = await a_token(on.site, node="nodes/h1")
    return await on.other.join(token.secret)


async def no_token(on: Stage) -> Any:
    return await on.other.join("")


async def unknown_token(on: Stage) -> Any:
    return await on.other.join("qj1_nobody-made-this")


async def expired_token(on: Stage) -> Any:
    token = await a_token(on.site)
    await on.site.execute("update join_tokens set expire_time = now() - interval '1 second'")
    return await on.other.join(token.secret)


async def used_up_token(on: Stage) -> Any:
    token = await a_token(on.site)
    await on.other.join(token.secret)
    return await Host(on.site, on.other.folder.parent, "h3").join(token.secret)


async def token_of_another_range(on: Stage) -> Any:
    token = await a_token(on.site, allowed_range="10.9.0.0/16")
    return await on.other.join(token.secret)


async def token_of_this_range(on: Stage) -> Any:
    token = await a_token(on.site, allowed_range="127.0.0.0/8")
    return await on.other.join(token.secret)


async def token_of_another_node(on: Stage) -> Any:
    token = await a_token(on.site, node="nodes/h9")
    return await on.host.join(token.secret)


async def token_of_a_node_to_come(on: Stage) -> Any:
    token = await a_token(on.site, node="nodes/h9")
    answer = await on.other.join(token.secret)
    assert answer.node == "nodes/h9"
    return answer


async def foreign_key(on: Stage) -> Any:
    token = await a_token(on.site)
    on.other.uid = on.host.uid
    return await on.other.join(token.secret)


async def foreign_certificate(on: Stage) -> Any:
    await on.join(on.other)
    mine = on.site.host(session_pb2_grpc.SessionServiceStub, on.host.files)
    return await mine.call("Register", on.other.registration())


async def beat_for_another(on: Stage) -> Any:
    await on.join(on.other)
    mine = on.site.host(session_pb2_grpc.SessionServiceStub, on.host.files)
    beat = session_pb2.HeartbeatRequest(
        machine_uuid=on.other.uid, boot_id=on.other.boot_id, instance=1, session_epoch=1, sequence=1
    )
    return await mine.call("Heartbeat", beat)


async def old_protocol(on: Stage) -> Any:
    system = node_pb2.NodeSystem(protocol_lowest=7, protocol_highest=9)
    return await on.host.register(system=system)


async def removed(on: Stage) -> Any:
    await on.user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    return await on.host.register()


@dataclass(frozen=True)
class Row:
    """One case: the answer is `outcome`, or `code` and `reason`; `told` is part of the event."""

    does: Callable[[Stage], Awaitable[Any]]
    event: str
    outcome: str = ""
    code: str = ""
    reason: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


CREATED, BACK, CHANGED = "CREATED", "RECONNECTED", "RECONNECTED_CHANGED"
DENIED, UNKNOWN = "PERMISSION_DENIED", "UNAUTHENTICATED"
PRECONDITION, REFUSED = "FAILED_PRECONDITION", "RegistrationRefused"
HARDWARE = "HARDWARE_UNRECOGNISED"
MATRIX = {
    "RG-4 higher instance": Row(higher_instance, "NodeReconnected", outcome=BACK),
    "RG-4 lower instance": Row(lower_instance, REFUSED, code="ABORTED", reason="STALE_INSTANCE"),
    "RG-4 reboot": Row(reboot, "NodeReconnected", outcome=BACK),
    "RG-5 hostname": Row(
        new_hostname,
        "NodeChanged",
        outcome=CHANGED,
        told={"fields": "hostname", "hostname_before": "h1", "hostname": "renamed"},
    ),
    "RG-5 address": Row(
        new_address,
        "NodeChanged",
        outcome=CHANGED,
        told={"addresses_before": "10.0.0.7:7444", "addresses": "[fd00::7]:7999"},
    ),
    "RG-5 no address": Row(
        no_address, "NodeJoined", code="INVALID_ARGUMENT", reason="INVALID_ARGUMENT"
    ),
    "RG-6 hostname of another": Row(
        shared_hostname,
        "ConditionChanged",
        outcome=CREATED,
        told={"type": "DuplicateHostname", "status": "TRUE"},
    ),
    "RG-6 part of the hardware": Row(
        a_card_came_along,
        "NodeChanged",
        outcome=CHANGED,
        told={
            "hardware": f"memory: {16 << 30} -> {32 << 30} bytes; nic: +eth1 3c:fd:fe:00:00:02",
        },
    ),
    "RG-6 all hardware": Row(all_new_hardware, REFUSED, code=PRECONDITION, reason=HARDWARE),
    "RG-6 all hardware, confirmed": Row(
        all_new_hardware_confirmed, "HardwareConfirmed", outcome=CHANGED
    ),
    "RG-6 all hardware, a token of any host": Row(
        all_new_hardware_with_a_token_of_any_host, REFUSED, code=PRECONDITION, reason=HARDWARE
    ),
    "RG-6 all hardware, its token": Row(
        all_new_hardware_with_its_token, "NodeChanged", outcome=CHANGED
    ),
    "RG-7 clone": Row(
        clone,
        "CloneDetected",
        code=PRECONDITION,
        reason="NODE_CLONE_DETECTED",
        told={"proven_hostname": "h1", "refused_hostname": "copy"},
    ),
    "RG-8 reinstalled": Row(
        reinstalled, "IdentityProposed", outcome=CREATED, told={"proposal": "nodes/h1"}
    ),
    "RG-8 reinstalled, adopted": Row(reinstalled_and_adopted, "IdentityAdopted", outcome=BACK),
    "RG-8 reinstalled, accepted": Row(reinstalled_and_accepted, "IdentityAccepted", outcome=BACK),
    "RG-8 reinstalled, its token": Row(
        reinstalled_with_its_token, "IdentityAdopted", outcome=CREATED
    ),
    "RG-8 its token while it lives": Row(
        its_token_while_it_lives, REFUSED, code=PRECONDITION, reason="IDENTITY_IN_USE"
    ),
    "RG-9 no token": Row(no_token, REFUSED, code=UNKNOWN, reason="TOKEN_INVALID"),
    "RG-9 unknown token": Row(unknown_token, REFUSED, code=UNKNOWN, reason="TOKEN_INVALID"),
    "RG-9 expired token": Row(expired_token, REFUSED, code=UNKNOWN, reason="TOKEN_EXPIRED"),
    "RG-9 used-up token": Row(used_up_token, REFUSED, code=UNKNOWN, reason="TOKEN_EXHAUSTED"),
    "JN-1 token of another range": Row(
        token_of_another_range, REFUSED, code=UNKNOWN, reason="TOKEN_INVALID"
    ),
    "JN-1 token of this range": Row(token_of_this_range, "NodeJoined", outcome=CREATED),
    "JN-1 token of another node": Row(
        token_of_another_node, REFUSED, code=UNKNOWN, reason="TOKEN_INVALID"
    ),
    "JN-1 token of a node to come": Row(token_of_a_node_to_come, "NodeJoined", outcome=CREATED),
    "RG-9 foreign key": Row(foreign_key, REFUSED, code=DENIED, reason="IDENTITY_MISMATCH"),
    "RG-9 foreign certificate": Row(
        foreign_certificate, REFUSED, code=DENIED, reason="IDENTITY_MISMATCH"
    ),
    "JN-3 beat for another": Row(
        beat_for_another, "HeartbeatRefused", code=DENIED, reason="IDENTITY_MISMATCH"
    ),
    "RG-9 old protocol": Row(
        old_protocol, REFUSED, code=PRECONDITION, reason="VERSION_UNSUPPORTED"
    ),
    "ND-9 removed": Row(removed, REFUSED, code=PRECONDITION, reason="NODE_REMOVED"),
}


@pytest.fixture
async def stage(site: Site, etcd: EtcdServer, tmp_path: Path, eventually: Eventually) -> Stage:
    """A site with one host that has joined."""
    made = Stage(site, Host(site, tmp_path, "h1"), Host(site, tmp_path, "h2"), etcd.endpoint)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.host.join(secret)).certificate_pem)

    await eventually(joined)
    return made


@pytest.mark.parametrize("case", MATRIX, ids=list(MATRIX))
async def test_registration_contract(stage: Stage, case: str, eventually: Eventually) -> None:
    row = MATRIX[case]

    if row.outcome:
        answer = await row.does(stage)
        outcome = session_pb2.RegisterResponse.Outcome.Name(answer.outcome)
        assert outcome == f"OUTCOME_{row.outcome}"
    else:
        with pytest.raises(RemoteRefusal) as refused:
            await row.does(stage)
        assert (refused.value.code, refused.value.reason) == (row.code, row.reason)

    told = dict(row.told)
    if row.event.endswith("Refused"):
        told |= {"code": row.code, "reason": row.reason}
    events = stage.site.user(event_pb2_grpc.EventServiceStub)

    async def told_of_it() -> bool:
        listed = await events.call("ListEvents", event_pb2.ListEventsRequest(page_size=100))
        return any(
            event.kind == row.event and told.items() <= dict(event.details).items()
            for event in listed.events
        )

    await eventually(told_of_it)


async def test_a_shared_hostname_is_shown_on_both_until_it_is_not(
    stage: Stage, eventually: Eventually
) -> None:
    name = (await shared_hostname(stage)).node

    async def shown(*, wanted: bool) -> bool:
        nodes = [await stage.node(), await stage.node(name)]
        return all(
            ("DuplicateHostname" in {each.type for each in node.conditions}) is wanted
            for node in nodes
        )

    await eventually(lambda: shown(wanted=True))
    await stage.other.register(hostname="h2")
    await eventually(lambda: shown(wanted=False))


async def test_a_reinstalled_host_waits_pending_for_a_decision(
    stage: Stage, eventually: Eventually
) -> None:
    name = (await reinstalled(stage)).node
    await stage.other.beat()

    async def waits() -> bool:
        node = await stage.node(name)
        proposed = (node.phase_reason, node.adoption_proposal)
        return bool(proposed == ("IDENTITY_PROPOSED", "nodes/h1"))

    await eventually(waits)
    assert (await stage.node(name)).phase == node_pb2.Node.PHASE_PENDING
    await stage.user.call("AcceptIdentity", node_pb2.AcceptIdentityRequest(name=name))

    async def ready() -> bool:
        return bool((await stage.node(name)).phase == node_pb2.Node.PHASE_READY)

    await eventually(ready)


async def test_an_identity_is_not_taken_while_its_host_lives(stage: Stage) -> None:
    name = (await reinstalled(stage)).node
    await stage.host.beat()
    with pytest.raises(RemoteRefusal) as refused:
        await stage.user.call("AdoptIdentity", node_pb2.AdoptIdentityRequest(name=name))
    assert (refused.value.code, refused.value.reason) == (PRECONDITION, "IDENTITY_IN_USE")
    with pytest.raises(RemoteRefusal) as refused:
        await stage.user.call("AdoptIdentity", node_pb2.AdoptIdentityRequest(name="nodes/h1"))
    assert refused.value.reason == "NOTHING_TO_ADOPT"
