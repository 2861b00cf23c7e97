"""What hosts tell of their storage pools, written down; observed state only (HB-3, GEN-14)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_core.clock import Clock
from qvdc_node.domain.node import NodeUid, NodeUnknown
from qvdc_node.domain.pool import PoolUid
from qvdc_node.domain.pool_file import FoundFile
from qvdc_node.domain.pool_sight import Sight, SightState, merged, peers_of, state_hash
from qvdc_node.domain.registration import IdentityMismatch
from qvdc_node.ports.pools import HostTold
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class FileList:
    """The files of a pool, as one look at it found them."""

    files: tuple[FoundFile, ...]
    truncated: bool
    scan_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """What a host tells.

    Args:
        told: when it looked, by its own clock: late reports change nothing.
        full: what is missing is not mounted there.
        state_hash: the host's; "" if it does not compare.
    """

    uid: NodeUid
    told: HostTold
    full: bool
    sights: tuple[Sight, ...]
    files: Mapping[PoolUid, FileList]
    state_hash: str = ""


@dataclass(frozen=True, slots=True)
class PoolAnswer:
    """The owner's view of a report."""

    state_hash: str
    request_full: bool


class PoolReports:
    """Takes reports in. Safe to repeat: the newest look of a host wins."""

    def __init__(
        self, unit_of_work: UnitsOfWork, clock: Clock, *, wake: Callable[[], None]
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._wake = wake

    async def report(self, report: PoolReport, *, caller: str) -> PoolAnswer:
        """Store what `report` changes; return what the owner knows then.

        A report of another boot than the node's asks for everything and changes nothing.

        Args:
            caller: the uuid whose certificate was shown.

        Raises:
            IdentityMismatch: a host speaks for another.
            NodeUnknown: it is not registered.
        """
        if caller != report.uid:
            raise IdentityMismatch(report.uid)
        async with self._unit_of_work() as work:
            (node,) = await work.nodes.some([report.uid]) or (None,)
            if node is None:
                raise NodeUnknown(report.uid)
            mine = await work.pool_sights.assigned(report.uid)
            before = await work.pool_sights.told(report.uid)
            known = {each.pool_uid: each for each in await work.pool_sights.of(report.uid)}
            if node.observed.boot_id != report.told.boot_id:
                return PoolAnswer(state_hash(known.values()), request_full=True)
            late = before is not None and _older(report.told, before)
            now = self._clock.now()
            report = await self._compared(work, report, mine)
            news = _news(report, {uid: known.get(uid) for uid in mine}, now, late=late)
            await work.pool_sights.put(report.uid, news)
            if not late:
                await self._put_files(work, report, mine, now)
                await work.pool_sights.tell(report.uid, report.told, now)
            urgent = any(each.change_count != _count(known.get(each.pool_uid)) for each in news)
            known |= {each.pool_uid: each for each in news}
            answer = await self._answer(work, report, list(known.values()))
            await work.commit()
        if urgent:
            self._wake()
        return answer

    async def _compared(
        self, work: UnitOfWork, report: PoolReport, mine: frozenset[PoolUid]
    ) -> PoolReport:
        """Return the report with what is compared of its probes of shared pools."""
        sights = []
        for each in report.sights:
            if each.probe is not None and each.pool_uid in mine:
                sharers = await work.pool_sights.sharers(each.pool_uid)
                kept = each.probe.kept_for(peers_of(report.uid, sharers))
                sights.append(replace(each, probe=kept))
            else:
                sights.append(each)
        return replace(report, sights=tuple(sights))

    async def _put_files(
        self, work: UnitOfWork, report: PoolReport, mine: frozenset[PoolUid], now: datetime
    ) -> None:
        for uid, found in sorted(report.files.items()):
            if uid in mine:
                await work.pool_sights.put_files(
                    report.uid,
                    uid,
                    found.files,
                    truncated=found.truncated,
                    scan_time=min(found.scan_time or now, now),
                )

    async def _answer(
        self, work: UnitOfWork, report: PoolReport, known: Sequence[Sight]
    ) -> PoolAnswer:
        own = state_hash(known)
        differs = bool(report.state_hash) and report.state_hash != own
        unscanned = await work.pool_sights.unscanned(report.uid)
        return PoolAnswer(own, request_full=not report.full and (differs or unscanned))


def _older(told: HostTold, before: HostTold) -> bool:
    return told.boot_id == before.boot_id and told.boottime_ms < before.boottime_ms


def _news(
    report: PoolReport, known: Mapping[PoolUid, Sight | None], now: datetime, *, late: bool
) -> Sequence[Sight]:
    """Return what the report changes; of a late one, only what has a higher change count."""
    told = {each.pool_uid: each for each in report.sights if each.pool_uid in known}
    if report.full and not late:
        told |= {
            uid: replace(
                before, state=SightState.UNMOUNTED, reason="", error="",
                capacity_bytes=None, available_bytes=None, probe=None,
            )
            for uid, before in known.items()
            if uid not in told and before is not None
        }  # fmt: skip
    fresh = {
        uid: sight
        for uid, sight in sorted(told.items())
        if not late or sight.change_count > _count(known[uid])
    }
    merging = [merged(known[uid], sight, now) for uid, sight in fresh.items()]
    return [each for each in merging if each != known[each.pool_uid]]


def _count(known: Sight | None) -> int:
    return -1 if known is None else known.change_count
