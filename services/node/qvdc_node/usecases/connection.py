"""Connections that TLS refused before any code of ours: counted, and told as events."""

from collections import Counter
from collections.abc import Callable, Iterable

from qvdc_core.clock import Clock
from qvdc_core.event import Change, EventDraft, Severity
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.usecases.refusal import AGAIN_AFTER


class ConnectionAudit:
    """Tells of refused connections, of each reason at most once a minute with their number.

    Args:
        refused: the reasons of the connections refused since the last call.
        count: told of each, for the metrics.
        instance: which copy this is.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        clock: Clock,
        *,
        refused: Callable[[], Iterable[str]],
        count: Callable[[str], None],
        instance: str,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._refused = refused
        self._count = count
        self._instance = instance
        self._untold: Counter[str] = Counter()
        self._told: dict[str, float] = {}

    async def flush(self) -> None:
        """Count what was refused, and write down what is due.

        Raises:
            StoreUnavailable: PostgreSQL is away; it is told later.
        """
        for reason in self._refused():
            self._count(reason)
            self._untold[reason] += 1
        now = self._clock.monotonic()
        due = [reason for reason in self._untold if self._is_due(reason, now)]
        if not due:
            return
        async with self._unit_of_work() as work:
            await work.events.append(*(self._draft(each, self._untold[each]) for each in due))
            await work.commit()
        for reason in due:
            del self._untold[reason]
            self._told[reason] = now

    def _is_due(self, reason: str, now: float) -> bool:
        last = self._told.get(reason)
        return last is None or now - last >= AGAIN_AFTER.total_seconds()

    def _draft(self, reason: str, number: int) -> EventDraft:
        return EventDraft(
            subject="services/node",
            subject_uid=self._instance,
            kind="ConnectionRefused",
            change=Change.NONE,
            revision=0,
            severity=Severity.WARNING,
            text=f"{number} connections to {self._instance} were refused by TLS: {reason}.",
            details={"reason": reason, "count": str(number), "instance": self._instance},
        )
