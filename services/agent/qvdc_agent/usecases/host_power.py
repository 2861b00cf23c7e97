"""Restarting this host, and turning it off."""

from qvdc_agent.domain.host_power import HostHasMachines, OtherBoot, PowerAction
from qvdc_agent.domain.machine import BootId
from qvdc_agent.ports import HostPower, MachineStore, RunningCount
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class HostPowerUseCase:
    """Does to the host what a leader asks, once it is sure that this life of it is meant.

    Args:
        running: counts the guests that run now, ours or not.
    """

    def __init__(
        self, store: MachineStore, running: RunningCount, power: HostPower, boot: BootId
    ) -> None:
        self._store = store
        self._running = running
        self._power = power
        self._boot = boot

    async def act(
        self, action: PowerAction, *, boot: BootId, machine_count: int, fence: Fence
    ) -> BootId:
        """Run the host's own command; return the life that ends. Repeating runs it again.

        Args:
            machine_count: guests that may run, and end with the host.

        Raises:
            StaleFence: a newer leader was seen.
            OtherBoot: the life that is meant has ended.
            HostHasMachines: more guests run.
            HypervisorAway: nobody can say how many run.
            PowerCommandFailed: the host's own system said no.
        """
        await self._store.heed(fence)
        if boot != self._boot:
            raise OtherBoot(boot, self._boot)
        count = await self._running()
        if count > machine_count:
            raise HostHasMachines(count, machine_count)
        log.warning("host.power", action=action.value, machines=count, fence=str(fence))
        await self._power.act(action)
        return self._boot
