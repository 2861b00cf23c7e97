"""Restarts hosts and turns them off.

Acts every two seconds on the hosts that shall: asks the agent, with the fence of the loop, until
it confirms; then waits until it is seen: a new boot id registered, or silence. Fails the operation
when the host says no or takes too long. Does not act without an operation.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal
from qvdc_core.event import Severity
from qvdc_core.fence import Fence
from qvdc_core.operation import OperationFailure
from qvdc_node.domain.events import mark_events, node_event
from qvdc_node.domain.mark import HOST_POWER, cleared
from qvdc_node.domain.node import Node
from qvdc_node.domain.power import (
    PowerAction,
    PowerTimedOut,
    PowerVerb,
    Progress,
    progress,
)
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.ports.world import Presence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)
BEAT_EVERY = timedelta(seconds=20)
"""How often an operation that only waits says so; it counts as stalled after 60 s."""
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})
ENDED_ALREADY = "OTHER_BOOT"
"""What a host says of a life that has ended: it is on its way back."""


class Hosts(Protocol):
    """The hosts' agents."""

    async def act_on_power(self, node: Node, action: PowerAction, fence: Fence) -> None:
        """Have the host run its own command.

        Raises:
            Refusal: the host said no, or did not answer.
        """
        ...


class PowerReconciler:
    """Compares what is wanted of hosts' power with what is seen. Safe to run twice: a host that is
    asked again runs its command again, and only in the life that is meant."""

    def __init__(
        self,
        leadership: Leadership,
        hosts: Hosts,
        presence: Presence,
        unit_of_work: UnitsOfWork,
        clock: Clock,
    ) -> None:
        self._leadership = leadership
        self._hosts = hosts
        self._presence = presence
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every power action once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: a store is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            actions = await work.power_actions.all()
            nodes = {
                each.uid: each for each in await work.nodes.some([a.node_uid for a in actions])
            }
        for action in actions:
            await self._leadership.check(fence)
            await self._look(action, nodes.get(action.node_uid), fence)

    async def _look(self, action: PowerAction, node: Node | None, fence: Fence) -> None:
        if node is None:
            await self._end(action, fence, PowerTimedOut("a removed node", action))
            return
        live = self._presence.liveness(node.uid)
        step = progress(
            action,
            boot_id=node.observed.boot_id,
            session=None if live is None else live.session,
            now=self._clock.now(),
        )
        match step:
            case Progress.ASK:
                await self._ask(action, node, fence)
            case Progress.WAIT:
                await self._wait(action, fence)
            case Progress.DONE:
                await self._end(action, fence, None)
            case Progress.LATE:
                await self._end(action, fence, PowerTimedOut(node.name, action))

    async def _ask(self, action: PowerAction, node: Node, fence: Fence) -> None:
        try:
            await self._hosts.act_on_power(node, action, fence)
        except Refusal as refusal:
            if refusal.kind in _PASSING or refusal.reason == ENDED_ALREADY:
                await self._wait(action, fence, why=refusal.message)
                return
            if refusal.reason == "STALE_FENCE":
                raise
            await self._end(action, fence, refusal)
            return
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            await work.power_actions.put(replace(action, told_time=self._clock.now()))
            stage = "restarting" if action.verb is PowerVerb.REBOOT else "turning off"
            await work.operations.advance(action.operation, stage=stage, message="")
            await work.commit()
        log.info("power.confirmed", node=node.uid, verb=action.verb.value)

    async def _wait(self, action: PowerAction, fence: Fence, why: str = "") -> None:
        async with self._unit_of_work() as work:
            operation = await work.operations.get(action.operation)
            due = self._clock.now() - operation.last_beat_time >= BEAT_EVERY
            if not due and (not why or why == operation.message):
                return
            await work.fences.check(fence)
            await work.operations.advance(action.operation, message=why)
            await work.commit()

    async def _end(self, action: PowerAction, fence: Fence, refusal: Refusal | None) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            if refusal is None:
                await work.operations.succeed(action.operation)
            else:
                await work.operations.fail(action.operation, OperationFailure.of(refusal))
            await work.power_actions.remove(action.node_uid)
            await self._tell(work, action, refusal)
            await work.commit()
        why = "" if refusal is None else refusal.reason
        log.info("power.ended", node=action.node_uid, verb=action.verb.value, refused=why)

    async def _tell(self, work: UnitOfWork, action: PowerAction, refusal: Refusal | None) -> None:
        node = await work.nodes.lock(action.node_uid)
        if node is None:
            return
        saved = await work.nodes.save_marks(replace(node, marks=cleared(node.marks, HOST_POWER)))
        verb = action.verb.value
        text = f"{saved.name} was seen to {verb}."
        if refusal is not None:
            text = f"{saved.name} did not {verb}: {refusal.message}"
        await work.events.append(
            node_event(
                saved,
                "HostPowerEnded" if refusal is None else "HostPowerFailed",
                text,
                severity=Severity.INFO if refusal is None else Severity.ERROR,
                details={"operation": action.operation, "verb": verb},
            ),
            *mark_events(node, saved),
        )
