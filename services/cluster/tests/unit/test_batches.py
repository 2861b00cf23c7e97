"""Batches of a stream: a snapshot whole, then what is there."""

from collections.abc import AsyncIterator

import pytest

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.ports import OwnerAway
from qvdc_cluster.reconcile.batches import batches
from qvdc_core.event import WatchItem, WatchKind


async def _stream(*kinds: WatchKind) -> AsyncIterator[WatchItem[int]]:
    for place, kind in enumerate(kinds):
        yield WatchItem(kind, "" if kind is WatchKind.SNAPSHOT else str(place), place)


async def test_a_snapshot_comes_whole_and_changes_come_after() -> None:
    kinds = (WatchKind.SNAPSHOT, WatchKind.SNAPSHOT, WatchKind.SYNCED, WatchKind.CHANGED)

    seen = [batch async for batch in batches(_stream(*kinds))]

    assert [(len(batch.items), batch.snapshot) for batch in seen] == [(3, True), (1, False)]


async def test_a_broken_snapshot_is_not_applied_and_the_error_comes_through() -> None:
    async def breaking() -> AsyncIterator[WatchItem[int]]:
        yield WatchItem(WatchKind.SNAPSHOT, "", 1)
        raise OwnerAway("nodes", "gone")

    async def collect() -> list[Batch[int]]:
        return [batch async for batch in batches(breaking())]

    with pytest.raises(OwnerAway):
        await collect()
