"""What was refused to hosts, told as events: an audit that a flood cannot fill."""

from collections import OrderedDict
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal, StoreUnavailable
from qvdc_core.event import Change, EventDraft, Severity
from qvdc_node.domain.node import NodeUid
from qvdc_node.ports.rows import UnitsOfWork

AGAIN_AFTER = timedelta(minutes=1)
"""How long the same refusal to the same host is not told again."""
REMEMBERED = 1000
"""How many refusals this copy remembers; beyond it the oldest may be told again."""
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


class RefusalAudit:
    """Writes refusals down. A refusal that only says "try again" is no news."""

    def __init__(self, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._told: OrderedDict[tuple[str, str, str, str], float] = OrderedDict()

    async def tell(
        self, kind: str, refusal: Refusal, *, uid: str, caller: str, details: dict[str, str]
    ) -> None:
        """Write `refusal` down as an event `kind` about the host `uid`; never raises for a store.

        Args:
            caller: uid of the host whose certificate was shown, "" for none.
        """
        if refusal.kind in _PASSING or not self._is_news(kind, uid, caller, refusal.reason):
            return
        try:
            await self._write(kind, refusal, uid=uid, caller=caller, details=details)
        except StoreUnavailable:
            self._told.pop((kind, uid, caller, refusal.reason), None)

    async def _write(
        self, kind: str, refusal: Refusal, *, uid: str, caller: str, details: dict[str, str]
    ) -> None:
        async with self._unit_of_work() as work:
            known = await work.nodes.some([NodeUid(uid)])
            draft = EventDraft(
                subject=known[0].name if known else f"nodes/{uid}",
                subject_uid=uid,
                kind=kind,
                change=Change.NONE,
                revision=known[0].revision if known else 0,
                cluster=known[0].cluster if known else "",
                severity=Severity.WARNING,
                actor=f"node/{caller}" if caller else "",
                text=f"A host was refused: {refusal.message}",
                details={
                    "machine_uuid": uid,
                    "caller": caller,
                    "code": refusal.kind.value,
                    "reason": refusal.reason,
                    **details,
                },
            )
            await work.events.append(draft)
            await work.commit()

    def _is_news(self, kind: str, uid: str, caller: str, reason: str) -> bool:
        now, key = self._clock.monotonic(), (kind, uid, caller, reason)
        last = self._told.get(key)
        if last is not None and now - last < AGAIN_AFTER.total_seconds():
            return False
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True
