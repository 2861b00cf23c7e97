"""What the machine loop does in the world: one call for each step, each under the fence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal, StaleFence
from qvdc_core.fence import Fence
from qvdc_core.operation import OperationFailure
from qvdc_vm.domain import plan, records
from qvdc_vm.domain.host import Host
from qvdc_vm.domain.observation import Observed
from qvdc_vm.domain.placement import PlacementPlan, demand_of
from qvdc_vm.domain.refusals import NodeUnreachable, NoPlacement
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine
from qvdc_vm.domain.wanted import ImageSource, wanted_of
from qvdc_vm.pool_ports import StoragePools
from qvdc_vm.ports import Agents, Authority, Cluster, Images, Network, Transactions

FINAL = frozenset({Kind.INVALID, Kind.PRECONDITION, Kind.EXHAUSTED, Kind.NOT_FOUND, Kind.EXISTS})
"""Refusals that the same call would meet again; all others are waited out."""

VERDICTS_WITHIN = timedelta(seconds=5)
"""How long the cluster may take to say what each host lacks."""

Record = Callable[[VirtualMachine], VirtualMachine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What came of a step.

    Args:
        record: what to write down about the machine.
        plan: a placement decision to keep.
        seen: what the host saw, to be taken in as an observation.
    """

    record: Record | None = None
    plan: PlacementPlan | None = None
    seen: Observed | None = None


class Effects:
    """Performs steps. Every one may be repeated, by this copy or by its successor."""

    def __init__(
        self,
        transactions: Transactions,
        *,
        cluster: Cluster,
        images: Images,
        pools: StoragePools,
        network: Network,
        agents: Agents,
        authority: Authority,
    ) -> None:
        self._transactions = transactions
        self._cluster = cluster
        self._images = images
        self._pools = pools
        self._network = network
        self._agents = agents
        self._authority = authority

    async def perform(
        self, machine: VirtualMachine, host: Host | None, step: plan.Step, fence: Fence
    ) -> Effect:
        """Do what `step` asks of others; what it asks of the record is left to the caller.

        Raises:
            LeadershipLost, StaleFence: somebody else leads; stop.
            Refusal: it could not be done now.
        """
        await self._authority.check(fence)
        try:
            return await self._perform(machine, host, step, fence)
        except StaleFence:
            raise
        except Refusal as refusal:
            if refusal.reason == StaleFence.reason:
                newest = refusal.facts.get("newest", "another")
                raise StaleFence(fence.loop, presented=fence, newest=newest) from refusal
            return await self._refused(machine, step, refusal)

    async def _perform(
        self, machine: VirtualMachine, host: Host | None, step: plan.Step, fence: Fence
    ) -> Effect:
        match step:
            case plan.ClaimPlacement():
                claim = await self._cluster.claim(machine, demand_of(machine.spec), fence=fence)
                return Effect(record=lambda each: records.placed(each, claim), plan=claim.plan)
            case plan.ClaimImage(image):
                source = await self._images.claim(machine, image, fence=fence)
                return Effect(record=lambda each: records.image_claimed(each, image, source.base))
            case plan.ClaimPool(disk_id):
                disk = next(each for each in machine.spec.disks if each.disk_id == disk_id)
                pool_uid = await self._pools.claim(machine, disk, fence=fence)
                return Effect(record=lambda each: records.room_claimed(each, disk_id, pool_uid))
            case plan.CreatePort(position):
                port = await self._network.create(machine, position)
                return Effect(record=lambda each: records.port_made(each, position, port))
            case plan.Apply():
                return await self._apply(machine, _reachable(machine, host), fence)
            case plan.Observe():
                sighting = await self._agents.observe(_reachable(machine, host), machine.uid)
                return Effect(seen=sighting.observed)
            case plan.Release(what):
                await self._release(machine, what, fence)
                return Effect(record=lambda each: records.released(each, what))
            case plan.Sweep():
                for part in Released:
                    await self._release(machine, part, fence)
                return Effect(record=records.swept)
            case _:
                return Effect()

    async def _apply(self, machine: VirtualMachine, host: Host, fence: Fence) -> Effect:
        sources: dict[str, ImageSource] = {}
        if not machine.provisioned and not machine.removing:
            for image in machine.spec.images:
                sources[image] = await self._images.claim(machine, image, fence=fence)
        async with self._transactions() as work:
            user_data = await work.machines.user_data(machine.uid)
        wanted = wanted_of(machine, user_data=user_data, sources=sources)
        await self._authority.check(fence)
        try:
            return Effect(seen=await self._agents.apply(host, wanted, fence=fence))
        except Refusal as refusal:
            if refusal.reason != "STALE_GENERATION":
                raise
            newer = (await self._agents.observe(host, machine.uid)).observed.generation
            return Effect(record=lambda each: records.overtaken(each, newer))

    async def _release(self, machine: VirtualMachine, what: Released, fence: Fence) -> None:
        match what:
            case Released.PORTS:
                for position in range(len(machine.spec.nics)):
                    await self._authority.check(fence)
                    await self._network.delete(machine, position)
            case Released.IMAGES:
                for image in machine.spec.images:
                    await self._images.release(machine.uid, image, fence=fence)
            case Released.POOLS:
                if any(disk.pooled for disk in machine.spec.disks):
                    await self._pools.release(machine.uid, fence=fence)
            case Released.PLACEMENT:
                await self._cluster.release(machine.uid, fence=fence)

    async def _refused(self, machine: VirtualMachine, step: plan.Step, refusal: Refusal) -> Effect:
        claims = plan.ClaimPlacement | plan.ClaimImage | plan.ClaimPool | plan.CreatePort
        makes = isinstance(step, claims | plan.Apply)
        if refusal.kind not in FINAL or not makes or not _undoable(machine):
            raise refusal
        verdicts = None
        if isinstance(step, plan.ClaimPlacement) and refusal.reason == NoPlacement.reason:
            verdicts = await self._cluster.plan(demand_of(machine.spec), within=VERDICTS_WITHIN)
            refusal = NoPlacement(machine.name, verdicts) if not verdicts.node else refusal
        failure = OperationFailure.of(refusal)
        return Effect(record=lambda each: records.undone(each, failure), plan=verdicts)


def _undoable(machine: VirtualMachine) -> bool:
    work = machine.work
    return work is not None and work.verb.makes and work.failing is None


def _reachable(machine: VirtualMachine, host: Host | None) -> Host:
    if host is None:
        raise NodeUnreachable(machine.node, vm=machine.name, why="its address is not known")
    return host
