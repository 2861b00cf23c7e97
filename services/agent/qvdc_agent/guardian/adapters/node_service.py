"""Speaks with the node service: registration one address after another, beats to all at once."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message

from quantix.agent.v1 import agent_pb2
from quantix.host.v1 import pool_sync_pb2, session_pb2_grpc
from quantix.host.v1 import session_pb2 as wire
from quantix.node.v1 import node_pb2, storage_pool_pb2
from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import Response
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.pool import PoolUid, WantedPool
from qvdc_agent.domain.session import Endpoint
from qvdc_agent.guardian.adapters.calls import call
from qvdc_agent.guardian.adapters.channels import Channels
from qvdc_agent.guardian.domain.members import Member, MemberSet
from qvdc_agent.guardian.domain.promises import OpenIncidents
from qvdc_agent.guardian.domain.terms import terms_ending
from qvdc_agent.guardian.errors import Refused, Unanswered
from qvdc_agent.guardian.identity import Identity
from qvdc_agent.guardian.session import Confessed, Registered, Terms

SERVER_NAME = "node.quantix.internal"
REGISTER_DEADLINE = timedelta(seconds=15)
"""The control plane may listen some seconds for an older life of this host first."""
BEAT_DEADLINE = timedelta(seconds=1)
LEAVE_DEADLINE = timedelta(seconds=10)
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.default_authority", SERVER_NAME),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
]

_RESPONSES = {
    Response.LEAVE: agent_pb2.ISOLATION_RESPONSE_LEAVE,
    Response.SHUTDOWN: agent_pb2.ISOLATION_RESPONSE_SHUTDOWN,
    Response.POWER_OFF: agent_pb2.ISOLATION_RESPONSE_POWER_OFF,
}

_Answer = TypeVar("_Answer")
_Part = TypeVar("_Part", bound=Message)
Section = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Registration:
    """What the host says of itself; sections are the agent's own words."""

    identity: Identity
    hostname: str
    address: str
    port: int
    peer_port: int
    system: Section
    inventory: Section
    conditions: Sequence[Section]
    simulated: bool = False
    protected: Sequence[Guarded] = ()
    join_token: str = ""
    signing_request: str = ""
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat; sections are the agent's own words."""

    identity: Identity
    session_epoch: int
    sequence: int
    usage: Section
    pools: Sequence[Section]
    conditions: Sequence[Section]
    members: MemberSet
    terms_version: int = 0
    lease_id: int = 0
    protected_count: int = 0
    assigned_pools: AssignedPools = field(default_factory=AssignedPools)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The acknowledgement of a beat; None is what it did not tell."""

    terms: Terms
    full_sync: bool
    session_epoch: int
    control_plane: tuple[Endpoint, ...]
    members: MemberSet | None = None
    open_incidents: OpenIncidents | None = None
    assigned_pools: AssignedPools | None = None


class NodeService:
    """Speaks with the copies of the node service, with this host's certificate or to get one."""

    def __init__(self, places: Places) -> None:
        self._channels = Channels(places)

    async def register(
        self, registration: Registration, addresses: Sequence[str], *, enrol: bool
    ) -> Registered:
        """Register at the first address that answers.

        Args:
            enrol: without a certificate, at ports that ask for none.

        Raises:
            Unanswered: nobody answered.
            Refused: somebody refused.
        """
        request = _registration_to_wire(registration)
        unanswered = Unanswered("no address of the node service is known")
        for address in addresses:
            channel = self._enrol_channel(address) if enrol else self._channel(address)
            stub = session_pb2_grpc.SessionServiceStub(channel)
            try:
                answer = await call(stub.Register, request, REGISTER_DEADLINE)
                return _registered(answer)
            except Unanswered as error:
                unanswered = error
            finally:
                if enrol:
                    await channel.close()
        raise unanswered

    async def beat(self, beat: Beat, addresses: Sequence[str]) -> Acknowledged:
        """Send a beat to all addresses; the first acknowledgement counts.

        Raises:
            Unanswered: nobody acknowledged within a second, and nobody refused.
            Refused: nobody acknowledged, and somebody refused.
        """
        request = _beat_to_wire(beat)

        async def one(address: str) -> Acknowledged:
            stub = session_pb2_grpc.SessionServiceStub(self._channel(address))
            return _acknowledged(await call(stub.Heartbeat, request, BEAT_DEADLINE))

        return await first_answer([one(address) for address in addresses])

    async def leave(
        self, *, machine_uuid: str, boot_id: str, protected: int, addresses: Sequence[str]
    ) -> str:
        """Say that this host beats no more; return the name of its node.

        Raises:
            Unanswered: nobody answered.
            Refused: somebody refused.
        """
        request = wire.LeaveRequest(
            machine_uuid=machine_uuid, boot_id=boot_id, protected_machine_count=protected
        )

        async def one(address: str) -> str:
            stub = session_pb2_grpc.SessionServiceStub(self._channel(address))
            answer = await call(stub.Leave, request, LEAVE_DEADLINE)
            return str(answer.node)

        return await first_answer([one(address) for address in addresses])

    async def explain(
        self, *, machine_uuid: str, certificate_pem: str, servers: Sequence[str]
    ) -> None:
        """Ask, where no certificate is needed, why this host's opens nothing.

        Raises:
            Refused: that is why.
            Unanswered: nobody answered.
        """
        request = wire.ExplainRefusalRequest(
            machine_uuid=machine_uuid, certificate_pem=certificate_pem
        )
        unanswered = Unanswered("no server is known")
        for server in servers:
            async with self._enrol_channel(server) as channel:
                stub = session_pb2_grpc.SessionServiceStub(channel)
                try:
                    await call(stub.ExplainRefusal, request, LEAVE_DEADLINE)
                except Unanswered as error:
                    unanswered = error
                else:
                    return
        raise unanswered

    async def close(self) -> None:
        """Close every channel."""
        await self._channels.close()

    def _channel(self, address: str) -> grpc.aio.Channel:
        return self._channels.to(address, server_name=SERVER_NAME, options=_OPTIONS)

    def _enrol_channel(self, address: str) -> grpc.aio.Channel:
        return self._channels.enrolling(address, server_name=SERVER_NAME, options=_OPTIONS)


async def first_answer(calls: Sequence[Coroutine[Any, Any, _Answer]]) -> _Answer:
    """Return the first result of `calls` and give up the others.

    Raises:
        Refused: there was no result, and a refusal.
        Unanswered: there was neither.
    """
    pending = {asyncio.ensure_future(each) for each in calls}
    failure: Refused | Unanswered = Unanswered("no address of the node service is known")
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                try:
                    return task.result()
                except Refused as refused:
                    failure = refused
                except Unanswered as unanswered:
                    failure = failure if isinstance(failure, Refused) else unanswered
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    raise failure


def _registration_to_wire(said: Registration) -> wire.RegisterRequest:
    request = wire.RegisterRequest(
        machine_uuid=said.identity.machine_uuid,
        boot_id=said.identity.boot_id,
        instance=said.identity.instance,
        hardware_fingerprint=said.identity.fingerprint,
        hostname=said.hostname,
        system=_part(said.system, node_pb2.NodeSystem()),
        conditions=[_part(each, node_pb2.NodeCondition()) for each in said.conditions],
        join_token=said.join_token,
        signing_request_pem=said.signing_request,
        node_id=said.node_id,
        simulated=said.simulated,
    )
    if said.inventory:
        request.inventory.CopyFrom(_part(said.inventory, node_pb2.NodeInventory()))
    if said.address:
        request.addresses.add(
            ip=said.address, port=said.port, purpose=node_pb2.NodeAddress.PURPOSE_AGENT
        )
        request.addresses.add(
            ip=said.address, port=said.peer_port, purpose=node_pb2.NodeAddress.PURPOSE_GUARDIAN
        )
    for machine in said.protected:
        request.protected_machines.add(
            vm_uid=machine.uid, run_epoch=machine.run_epoch, response=_RESPONSES[machine.response]
        )
    return request


def _beat_to_wire(beat: Beat) -> wire.HeartbeatRequest:
    return wire.HeartbeatRequest(
        machine_uuid=beat.identity.machine_uuid,
        boot_id=beat.identity.boot_id,
        instance=beat.identity.instance,
        session_epoch=beat.session_epoch,
        sequence=beat.sequence,
        usage=_part(beat.usage, node_pb2.NodeUsage()),
        pools=[_part(each, node_pb2.PoolInventory()) for each in beat.pools],
        conditions=[_part(each, node_pb2.NodeCondition()) for each in beat.conditions],
        member_set_version=beat.members.version,
        member_set_site_term=beat.members.site_term,
        terms_version=beat.terms_version,
        lease_id=beat.lease_id,
        protected_machine_count=beat.protected_count,
        assigned_pools_generation=beat.assigned_pools.generation,
        assigned_pools_site_term=beat.assigned_pools.site_term,
    )


def _part(section: Section, message: _Part) -> _Part:
    """Read a section of the agent's report; a section that makes no sense is left out."""
    try:
        return json_format.ParseDict(dict(section), message, ignore_unknown_fields=True)
    except json_format.ParseError:
        message.Clear()
        return message


def _registered(answer: wire.RegisterResponse) -> Registered:
    return Registered(
        node=answer.node,
        outcome=wire.RegisterResponse.Outcome.Name(answer.outcome),
        session_epoch=answer.session_epoch,
        certificate_pem=answer.certificate_pem,
        ca_pem=answer.ca_pem,
        terms=_terms(answer.terms),
        control_plane=_endpoints(answer.control_plane),
        lease_id=answer.lease_id,
        was_fenced=answer.was_fenced,
        confessed=tuple(
            Confessed(each.vm_uid, each.keep, each.run_epoch) for each in answer.confessed
        ),
    )


def _acknowledged(answer: wire.HeartbeatResponse) -> Acknowledged:
    terms = _terms(answer.terms)
    interval = _duration(answer.next_interval) or terms.interval
    return Acknowledged(
        terms=replace(terms, interval=interval),
        full_sync=answer.request_full_sync,
        session_epoch=answer.session_epoch,
        control_plane=_endpoints(answer.control_plane),
        members=_members(answer.member_set) if answer.HasField("member_set") else None,
        open_incidents=(
            _open_incidents(answer.open_incidents) if answer.HasField("open_incidents") else None
        ),
        assigned_pools=(
            _assigned_pools(answer.assigned_pools) if answer.HasField("assigned_pools") else None
        ),
    )


def _terms(told: wire.HostTerms) -> Terms:
    end = _duration(told.ladder_end)
    rungs = [_duration(each) for each in (told.refuse_work, told.pause, told.kill)]
    refuse_work, pause, kill = (None if each is None else each.total_seconds() for each in rungs)
    ladder = end and terms_ending(
        end.total_seconds(),
        refuse_work=refuse_work,
        pause=pause,
        kill=kill,
        version=told.version,
    )
    return Terms(_duration(told.heartbeat_interval), _duration(told.session_ttl), ladder or None)


def _members(told: wire.MemberSet) -> MemberSet:
    members = tuple(Member(each.uid, each.address, each.port) for each in told.members)
    return MemberSet(told.site_term, told.version, members)


def _open_incidents(told: wire.OpenIncidents) -> OpenIncidents:
    found = frozenset((each.incident, each.node_uid) for each in told.incidents)
    return OpenIncidents(told.revision, found)


def _assigned_pools(told: pool_sync_pb2.AssignedPools) -> AssignedPools:
    pools = tuple(
        WantedPool(
            uid=PoolUid(each.pool_uid),
            name=each.pool,
            path=each.path,
            generation=each.generation,
            shared=each.type == storage_pool_pb2.StoragePool.TYPE_SHARED_DIR,
            initialise=each.initialise,
            release=each.release,
            wipe=each.wipe,
            reconnect_count=each.reconnect_count,
            rescan_count=each.rescan_count,
        )
        for each in told.pools
    )
    return AssignedPools(told.site_term, told.generation, pools)


def _duration(message: Any) -> timedelta | None:
    found: timedelta = message.ToTimedelta()
    return found if found > timedelta() else None


def _endpoints(messages: Sequence[Any]) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(each.service, each.mesh, each.http) for each in messages)
