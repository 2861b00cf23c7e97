"""What beats told, written down when it changed something and PostgreSQL is there."""

from collections.abc import Mapping
from datetime import timedelta

from qvdc_node.domain.events import observation_events
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.observation import Report, observed
from qvdc_node.ports.rows import UnitsOfWork

BATCH = 100
COMPARE_EVERY = timedelta(seconds=60)
"""Beats that seem to change nothing are held against the row this often: other copies write too."""


class Observations:
    """The newest report of each host that this copy heard, until it is written down.

    One entry per host, so a long absence of PostgreSQL costs no memory.
    """

    def __init__(self, unit_of_work: UnitsOfWork) -> None:
        self._unit_of_work = unit_of_work
        self._newest: dict[NodeUid, Report] = {}
        self._pending: dict[NodeUid, Report] = {}
        self._compared: dict[NodeUid, Report] = {}

    def note(self, uid: NodeUid, report: Report) -> None:
        """Take a report in; a late or repeated one changes nothing. Never waits."""
        newest = self._newest.get(uid)
        if newest is not None and _order(report) <= _order(newest):
            return
        self._newest[uid] = report
        compared = self._compared.get(uid)
        if (
            compared is None
            or not compared.same_as(report)
            or report.at - compared.at >= COMPARE_EVERY
        ):
            self._pending[uid] = report

    def newest(self, uid: str) -> Report | None:
        """Return what the newest beat told that this copy acknowledged of the host."""
        return self._newest.get(NodeUid(uid))

    async def flush(self) -> int:
        """Write down what changed; return how many nodes that was.

        Raises:
            StoreUnavailable: PostgreSQL is away; what was not written stays pending.
        """
        written = 0
        while self._pending:
            batch = dict(list(self._pending.items())[:BATCH])
            written += await self._write(batch)
            for uid, report in batch.items():
                self._compared[uid] = report
                if self._pending.get(uid) is report:
                    del self._pending[uid]
        return written

    async def _write(self, batch: Mapping[NodeUid, Report]) -> int:
        async with self._unit_of_work() as work:
            stored = await work.nodes.some(batch.keys())
            moved = sorted(node.uid for node in stored if observed(node, batch[node.uid]))
            written = 0
            for uid in moved:
                before = await work.nodes.lock(uid)
                after = observed(before, batch[uid]) if before is not None else None
                if before is None or after is None:
                    continue
                saved = await work.nodes.save_observed(after)
                await work.events.append(*observation_events(before, saved))
                written += 1
            if written:
                await work.commit()
            return written


def _order(report: Report) -> tuple[int, int]:
    return report.epoch, report.sequence
