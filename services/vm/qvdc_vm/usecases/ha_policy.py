"""The projection of clusters' HA settings: who is protected follows from it."""

from collections.abc import Collection

from qvdc_core.fence import Fence
from qvdc_vm.domain.protection import HaPolicy
from qvdc_vm.ports import Transactions


class HaPolicies:
    """Keeps what this service knows of clusters, under the fence of its loop.

    The machine loop compares it with what hosts hold, so nothing else has to be told.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def put(self, policy: HaPolicy, *, fence: Fence) -> None:
        """Take in what a cluster's settings are now. Safe to repeat.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.ha_policies.put(policy)
            await work.commit()

    async def keep_only(self, clusters: Collection[str], *, fence: Fence) -> None:
        """Take in that `clusters` are all that there are. Safe to repeat.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.ha_policies.keep_only(clusters)
            await work.commit()
