"""HostPowerService: the power of this host."""

from quantix.agent.v1 import host_power_pb2 as wire_pb2
from qvdc_agent.api import convert
from qvdc_agent.domain.host_power import PowerAction
from qvdc_agent.domain.machine import BootId
from qvdc_agent.usecases.host_power import HostPowerUseCase
from qvdc_rpc.context import RequestContext

HOST_POWER_SERVICE = wire_pb2.DESCRIPTOR.services_by_name["HostPowerService"]
_ACTIONS = {
    wire_pb2.ActOnPowerRequest.ACTION_REBOOT: PowerAction.REBOOT,
    wire_pb2.ActOnPowerRequest.ACTION_POWER_OFF: PowerAction.POWER_OFF,
}


class HostPowerServicer:
    """Turns the wire into domain values and back."""

    def __init__(self, power: HostPowerUseCase) -> None:
        self._power = power

    async def act_on_power(
        self, request: wire_pb2.ActOnPowerRequest, _: RequestContext
    ) -> wire_pb2.ActOnPowerResponse:
        """Restart the host or turn it off."""
        boot = await self._power.act(
            _ACTIONS[request.action],
            boot=BootId(request.boot_id),
            machine_count=request.machine_count,
            fence=convert.fence(request.fence),
        )
        return wire_pb2.ActOnPowerResponse(boot_id=boot)
