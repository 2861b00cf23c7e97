"""A host that leaves on its own word: its session ends at once, its node stays."""

from dataclasses import replace

from qvdc_core.clock import Clock
from qvdc_core.errors import Refusal
from qvdc_core.event import Severity
from qvdc_node.domain.events import mark_events, node_event
from qvdc_node.domain.mark import HOST_LEFT, has_mark, marked
from qvdc_node.domain.node import Node, NodeUid, NodeUnknown
from qvdc_node.domain.registration import check_caller
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Sessions
from qvdc_node.usecases.refusal import RefusalAudit


class LeavingUseCase:
    """Hears hosts that leave."""

    def __init__(
        self, unit_of_work: UnitsOfWork, sessions: Sessions, audit: RefusalAudit, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._audit = audit
        self._clock = clock

    async def leave(self, uid: NodeUid, boot_id: str, *, protected: int, caller: str) -> Node:
        """End the session of the life `boot_id` of a host; a no-op for another life.

        Args:
            protected: machines that it ends by its ladder.
            caller: the uuid whose certificate was shown, "" for none.

        Raises:
            IdentityMismatch: one host never speaks for another, which is told as an event.
            NodeUnknown: it is not registered.
        """
        await self._check(uid, caller)
        async with self._unit_of_work() as work:
            node = await work.nodes.lock(uid)
            if node is None:
                raise NodeUnknown(uid)
            if node.observed.boot_id != boot_id or has_mark(node.marks, HOST_LEFT):
                return node
            message = "Its admin had it leave: it beats no more until it joins again."
            marks = marked(node.marks, HOST_LEFT, "LEFT", message, self._clock.now())
            saved = await work.nodes.save_marks(replace(node, marks=marks))
            await work.events.append(
                node_event(
                    saved,
                    "NodeLeft",
                    f"{saved.name} left with {protected} protected machines on it.",
                    actor=f"node/{uid}",
                    severity=Severity.ERROR if protected else Severity.WARNING,
                    details={"protected_machine_count": str(protected)},
                ),
                *mark_events(node, saved),
            )
            await work.commit()
        held = (await self._sessions.read(uid)).session
        if held is not None and held.life.boot_id == boot_id:
            await self._sessions.release(held)
        return saved

    async def _check(self, uid: NodeUid, caller: str) -> None:
        try:
            check_caller(uid, caller or "nobody")
        except Refusal as refusal:
            await self._audit.tell("LeaveRefused", refusal, uid=uid, caller=caller, details={})
            raise
