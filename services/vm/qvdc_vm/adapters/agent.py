"""The agents of hosts, dialled at the addresses that the node service told."""

from datetime import timedelta

import grpc

from quantix.agent.v1 import agent_pb2
from quantix.agent.v1.agent_pb2_grpc import AgentServiceStub
from qvdc_core.clock import Clock
from qvdc_core.errors import Kind
from qvdc_core.fence import Fence
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import node_name
from qvdc_vm.adapters.convert import fence_to_wire, sighting_from_wire, wanted_to_wire
from qvdc_vm.domain.host import Host
from qvdc_vm.domain.observation import Observed, Sighting, never_heard_of
from qvdc_vm.domain.refusals import NodeUnreachable
from qvdc_vm.domain.serial import SerialLog
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.domain.wanted import WantedMachine

CALL_DEADLINE = timedelta(seconds=5)
"""How long a host may take to store what it shall hold, or to say what it sees."""


class AgentMesh:
    """Calls agents; each host has a channel of its own."""

    def __init__(self, dialer: Dialer, *, clock: Clock) -> None:
        self._dialer = dialer
        self._clock = clock

    async def apply(self, host: Host, wanted: WantedMachine, *, fence: Fence) -> Observed:
        """Tell a host what it shall hold; answers what it sees now."""
        request = agent_pb2.ApplyMachineRequest(
            machine=wanted_to_wire(wanted), fence=fence_to_wire(fence)
        )
        seen = await self._call(host, "ApplyMachine", request, CALL_DEADLINE)
        assert isinstance(seen, agent_pb2.ObservedMachine), "the contract says so"
        return sighting_from_wire(seen, self._clock.now()).observed

    async def observe(self, host: Host, uid: MachineUid) -> Sighting:
        """Ask a host what it sees of one machine; one that it never heard of is ABSENT there."""
        request = agent_pb2.GetObservedMachineRequest(vm_uid=uid)
        now = self._clock.now()
        try:
            seen = await self._call(host, "GetObservedMachine", request, CALL_DEADLINE)
        except RemoteRefusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            return Sighting(uid, never_heard_of(now))
        assert isinstance(seen, agent_pb2.ObservedMachine), "the contract says so"
        return Sighting(uid, sighting_from_wire(seen, now).observed)

    async def serial_log(
        self,
        host: Host,
        uid: MachineUid,
        *,
        offset_bytes: int,
        limit_bytes: int,
        within: timedelta,
    ) -> SerialLog:
        """Read serial output; a negative offset counts from the end."""
        request = agent_pb2.ReadSerialLogRequest(
            vm_uid=uid, offset_bytes=offset_bytes, limit_bytes=limit_bytes
        )
        log = await self._call(host, "ReadSerialLog", request, within)
        assert isinstance(log, agent_pb2.ReadSerialLogResponse), "the contract says so"
        return SerialLog(
            content=log.content, offset_bytes=log.offset_bytes, size_bytes=log.size_bytes
        )

    async def _call(self, host: Host, method: str, request: object, within: timedelta) -> object:
        if not host.agent_addresses:
            raise NodeUnreachable(host.name, why="its address is not known")
        stub = AgentServiceStub(self._channel(host))
        try:
            return await call(getattr(stub, method), request, timeout=within)
        except RemoteRefusal as refusal:
            if refusal.kind in (Kind.UNAVAILABLE, Kind.DEADLINE):
                raise NodeUnreachable(host.name, why=refusal.code) from refusal
            raise

    def _channel(self, host: Host) -> grpc.aio.Channel:
        return self._dialer.channel(host.agent_addresses[0], name=node_name(host.uid))
