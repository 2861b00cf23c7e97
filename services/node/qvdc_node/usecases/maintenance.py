"""Emptying nodes and keeping them empty: intent and an operation; a loop does the rest."""

from collections.abc import Callable

from qvdc_core.actor import Actor
from qvdc_core.operation import Operation
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import node_event
from qvdc_node.domain.maintenance import draining, in_maintenance, out_of_maintenance
from qvdc_node.domain.node import Node
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.usecases.node import NodesUseCase, Seen


class MaintenanceUseCase:
    """The verbs of maintenance."""

    def __init__(
        self, unit_of_work: UnitsOfWork, nodes: NodesUseCase, wake: Callable[[], None]
    ) -> None:
        self._unit_of_work = unit_of_work
        self._nodes = nodes
        self._wake = wake

    async def drain(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Operation:
        """Cordon a node and empty it of running machines.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            Busy: it is being emptied already.
        """
        return await self._begin(
            "drain", name, draining, etag=etag, actor=actor, key=key, validate_only=validate_only
        )

    async def enter(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Operation:
        """Empty a node and keep it empty; a drain under way goes on and is what is returned.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """
        return await self._begin(
            "enterMaintenance", name, in_maintenance,
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def exit(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """End maintenance; a drain under way is cancelled. No machine is moved or started.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self._nodes.seen(first)
            node = await _locked(work, name)
            node.require(etag)
            changed = out_of_maintenance(node)
            if validate_only:
                return self._nodes.seen(changed)
            if changed != node:
                if node.drain is not None:
                    await work.operations.cancelled(node.drain.operation)
                changed = await work.nodes.save_intent(changed, actor=actor.subject)
                text = f"{changed.name} left maintenance."
                await work.events.append(
                    node_event(changed, "MaintenanceExited", text, actor=actor.subject)
                )
            await work.requests.remember(key, changed)
            await work.commit()
        return self._nodes.seen(changed)

    async def _begin(
        self,
        verb: str,
        name: str,
        begun: Callable[[Node, str], Node],
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Operation:
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
            node = await _locked(work, name)
            node.require(etag)
            if node.drain is None:
                operation = await work.operations.start(
                    verb,
                    target=node.name,
                    target_uid=node.uid,
                    requester=actor.subject,
                    cancellable=True,
                )
            else:
                operation = await work.operations.get(node.drain.operation)
            wanted = begun(node, operation.id)
            if validate_only:
                return operation
            if wanted != node:
                saved = await work.nodes.save_intent(wanted, actor=actor.subject)
                text = f"{saved.name} is being emptied ({verb})."
                details = {"operation": operation.id, "verb": verb}
                await work.events.append(
                    node_event(saved, "DrainStarted", text, actor=actor.subject, details=details)
                )
            await work.requests.remember(key, operation)
            await work.commit()
        self._wake()
        return operation


async def _locked(work: UnitOfWork, name: str) -> Node:
    found = await work.nodes.get(name)
    return await work.nodes.lock(found.uid) or found
