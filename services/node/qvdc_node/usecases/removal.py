"""Removing nodes for good: a tombstone stays, the certificate opens nothing any more (ND-8)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InUse
from qvdc_core.event import Change
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import node_event
from qvdc_node.domain.node import Node, NodeAlive, NodeHasVms, Phase
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Sessions

_DEAD = frozenset({Phase.OFFLINE, Phase.FENCED})


class RemovalUseCase:
    """The ways in which a node goes."""

    def __init__(self, unit_of_work: UnitsOfWork, sessions: Sessions, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._clock = clock

    async def delete(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> None:
        """Remove a node for good, leave a tombstone, and end its session.

        Raises:
            NotFound, EtagMismatch: nothing was changed.
            InUse: it belongs to a cluster, machines are on it, or its own pools hold data.
        """
        await self._remove(
            name, Node.require_removable, "",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def decommission(
        self,
        name: str,
        *,
        reason: str,
        force: bool,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> None:
        """Remove a node for good and say why; `force` is for a dead one with machines on it.

        Raises:
            NotFound, EtagMismatch: nothing was changed.
            NodeHasVms: machines are on it.
            InUse: it belongs to a cluster, or its own pools hold data.
            NodeAlive: only what is dead is removed by force.
        """

        def allowed(node: Node, machines: Sequence[str], count: int) -> None:
            if force and node.phase not in _DEAD:
                raise NodeAlive(node.name, node.phase)
            if not force and count:
                raise NodeHasVms(node.name, machines, count)
            if not force and node.cluster:
                raise InUse(node.name, [node.cluster], 1)

        await self._remove(
            name, allowed, reason, force=force,
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def _remove(
        self,
        name: str,
        check: Callable[[Node, Sequence[str], int], None],
        reason: str,
        *,
        force: bool = False,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> None:
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            found = await work.nodes.get(name)
            node = await work.nodes.lock(found.uid) or found
            node.require(etag)
            check(node, *await work.placements.on(node.name))
            held = await work.pools.holding_data(node.uid)
            if held and not force:
                raise InUse(node.name, held, len(held))
            if validate_only:
                return
            await work.pools.forget_node(node.uid)
            stone = node.tombstone(removed_by=actor.subject, now=self._clock.now(), reason=reason)
            await work.nodes.remove(node)
            await work.tombstones.put(stone)
            if node.drain is not None:
                await work.operations.cancelled(node.drain.operation)
            gone = replace(node, revision=node.revision + 1)
            text = f"{node.name} was removed from the site."
            details = {"reason": reason} if reason else None
            await work.events.append(
                node_event(
                    gone,
                    "Removed",
                    text,
                    actor=actor.subject,
                    change=Change.DELETED,
                    details=details,
                )
            )
            await work.commit()
        await self._sessions.end(node.uid)
