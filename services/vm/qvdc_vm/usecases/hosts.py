"""The projection of nodes: where they are and whether they live."""

from collections.abc import Collection

from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_vm.domain import records
from qvdc_vm.domain.host import Host
from qvdc_vm.domain.telling import told
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import settle
from qvdc_vm.ports import Transactions
from qvdc_vm.usecases.unmanaged import forget_unnamed

ACTOR = "service/node"


class HostProjection:
    """Keeps what this service knows of nodes, under the fence of its loop."""

    def __init__(self, transactions: Transactions, *, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def position(self) -> str:
        """Where to go on; "" from the beginning."""
        async with self._transactions() as work:
            return await work.hosts.position()

    async def put(self, host: Host, *, token: str, fence: Fence) -> None:
        """Take in what a node is now; when it stopped living, its machines become UNKNOWN.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        if not host.alive:
            await self._doubt(host.uid, fence)
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.hosts.put(host)
            if token:
                await work.hosts.set_position(token)
            await work.commit()

    async def remove(self, uid: HostUid, *, token: str, fence: Fence) -> None:
        """Take in that a node is gone for good.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        await self._doubt(uid, fence)
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.hosts.remove(uid)
            await forget_unnamed(work, uid, ())
            if token:
                await work.hosts.set_position(token)
            await work.commit()

    async def synced(self, named: Collection[HostUid], *, token: str, fence: Fence) -> None:
        """Take in that `named` are all nodes that there are.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        async with self._transactions() as work:
            known = await work.hosts.all()
        for host in known:
            if host.uid not in named and not host.removed:
                await self.remove(host.uid, token="", fence=fence)
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.hosts.set_position(token)
            await work.commit()

    async def begin_again(self, fence: Fence) -> None:
        """Forget where to go on: the next stream begins with all nodes.

        Raises:
            StaleFence: another copy keeps the projection now.
        """
        async with self._transactions() as work:
            await work.fences.check(fence)
            await work.hosts.set_position("")
            await work.commit()

    async def _doubt(self, uid: HostUid, fence: Fence) -> None:
        async with self._transactions() as work:
            there = [each.uid for each in await work.machines.of_host(uid)]
        for machine in there:
            await self._doubt_one(machine, uid, fence)

    async def _doubt_one(self, uid: MachineUid, host: HostUid, fence: Fence) -> None:
        async with self._transactions() as work:
            await work.fences.check(fence)
            machine = await work.machines.find(uid, lock=True)
            if machine is None or machine.node_uid != host or machine.doubtful:
                return
            after = settle(records.doubted(machine), self._clock.now())
            if after == machine:
                return
            stored = await work.machines.save(after)
            await work.events.append(told(machine, stored, actor=ACTOR))
            await work.commit()
