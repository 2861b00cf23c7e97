"""Gives back room in storage pools that nobody needs, while this copy leads `vm-pool-claims`.

The machine loop gives room back itself when a machine goes; this finds what it could not: room of a
machine that no record knows, as after an older state of the database was restored, or that ended
and was released everywhere else. A machine that exists keeps what it holds.
"""

from datetime import timedelta

from qvdc_core.errors import Kind, Refusal, StaleFence
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.pool_ports import StoragePools
from qvdc_vm.ports import Authority, Transactions
from qvdc_vm.reconcile.virtual_machine import Leader

LOOP = "vm-pool-claims"
EVERY = timedelta(minutes=10)
AWAY = (Kind.UNAVAILABLE, Kind.DEADLINE, Kind.CANCELLED, Kind.UNIMPLEMENTED)
"""What the node service answers that is away, or of a release without pools."""

log = get_logger(__name__)


class PoolClaimReconciler:
    """Compares what is held with the machines that there are. Safe to run twice."""

    def __init__(
        self,
        leader: Leader,
        pools: StoragePools,
        transactions: Transactions,
        *,
        authority: Authority,
    ) -> None:
        self._leader = leader
        self._pools = pools
        self._transactions = transactions
        self._authority = authority

    async def run(self) -> None:
        """Look every ten minutes while leading; never ends."""
        await self._leader.run(self.turn, every=EVERY)

    async def turn(self, fence: Fence) -> None:
        """Look once.

        Raises:
            LeadershipLost, StaleFence: another copy does this now.
            StoreUnavailable: PostgreSQL is away.
        """
        try:
            for uid in sorted({each.uid for each in await self._pools.held()}):
                if not await self._needed(uid):
                    await self._authority.check(fence)
                    await self._pools.release(uid, fence=fence)
                    log.info("pool_claims.released", machine=uid)
        except StaleFence:
            raise
        except Refusal as refusal:
            if refusal.kind not in AWAY:
                raise
            log.info("pool_claims.deferred", cause=refusal.reason)

    async def _needed(self, uid: MachineUid) -> bool:
        async with self._transactions() as work:
            machine = await work.machines.find(uid)
        return machine is not None and not (machine.terminate_time is not None and machine.swept)
