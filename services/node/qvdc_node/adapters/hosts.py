"""Calls the agents of hosts."""

from datetime import timedelta

import grpc

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import (
    host_log_pb2,
    host_log_pb2_grpc,
    host_power_pb2,
    host_power_pb2_grpc,
)
from qvdc_core.errors import Kind, Refusal
from qvdc_core.fence import Fence
from qvdc_node.domain.host_log import LogEnd, LogWish
from qvdc_node.domain.inventory import Purpose
from qvdc_node.domain.node import Node
from qvdc_node.domain.power import PowerAction, PowerVerb
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.tls import node_name

ANSWER_WITHIN = timedelta(seconds=8)
_ACTIONS = {
    PowerVerb.REBOOT: host_power_pb2.ActOnPowerRequest.ACTION_REBOOT,
    PowerVerb.SHUTDOWN: host_power_pb2.ActOnPowerRequest.ACTION_POWER_OFF,
}


class HostUnreachable(Refusal):
    """The host told no address of its agent."""

    kind = Kind.UNAVAILABLE
    reason = "HOST_UNREACHABLE"

    def __init__(self, node: str) -> None:
        super().__init__(f"No address of the agent of {node} is known.", node=node)


class AgentHosts:
    """Hosts by the agent's address that they registered."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def read_log(self, node: Node, wanted: LogWish) -> LogEnd:
        """Read the end of a log from the host.

        Raises:
            Refusal: the host said no, or did not answer.
        """
        stub = host_log_pb2_grpc.HostLogServiceStub(self._channel(node))
        request = host_log_pb2.ReadHostLogRequest(
            process=f"PROCESS_{wanted.process.value}",
            line_count=wanted.line_count,
            contains=wanted.contains,
        )
        answer = await call(stub.ReadHostLog, request, timeout=ANSWER_WITHIN)
        return LogEnd(tuple(answer.lines), truncated=answer.truncated)

    async def act_on_power(self, node: Node, action: PowerAction, fence: Fence) -> None:
        """Have the host run its own command.

        Raises:
            Refusal: the host said no, or did not answer.
        """
        stub = host_power_pb2_grpc.HostPowerServiceStub(self._channel(node))
        request = host_power_pb2.ActOnPowerRequest(
            action=_ACTIONS[action.verb],
            boot_id=action.boot_id,
            machine_count=action.machine_count,
            fence=fence_pb2.Fence(
                site_term=fence.site_term, loop=fence.loop, revision=fence.revision
            ),
        )
        await call(stub.ActOnPower, request, timeout=ANSWER_WITHIN)

    def _channel(self, node: Node) -> grpc.aio.Channel:
        addresses = [
            each for each in node.observed.addresses if each.purpose is Purpose.AGENT and each.port
        ]
        if not addresses:
            raise HostUnreachable(node.name)
        return self._dialer.channel(str(addresses[0]), name=node_name(node.uid))
