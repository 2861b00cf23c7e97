"""Hosts' reports of their caches, on the wire."""

from datetime import UTC, datetime

from quantix.host.v1 import cache_sync_pb2, sync_pb2
from qvdc_image.domain.claim import CacheAnswer, CachedCopy, CacheReport
from qvdc_image.domain.image import LocationState


def cache_report(wire: cache_sync_pb2.ReportCacheRequest, now: datetime) -> CacheReport:
    """Read what a host tells of its cache; one that does not say when it looked looked `now`."""
    looked = wire.observe_time.ToDatetime(tzinfo=UTC) if wire.HasField("observe_time") else now
    return CacheReport(
        node_uid=wire.node_uid,
        copies=tuple(_copy(each, now) for each in wire.images),
        unchanged=wire.unchanged,
        state_hash=wire.state_hash,
        change_count=wire.change_count,
        observe_time=looked,
    )


def cache_answer(answer: CacheAnswer, *, whole: bool) -> cache_sync_pb2.ReportCacheResponse:
    """Write the owner's view of a report."""
    kinds = sync_pb2.SyncConflict
    lost = [kinds(id=each, kind=kinds.KIND_MISSING_ON_NODE) for each in answer.lost]
    unknown = [kinds(id=each, kind=kinds.KIND_MISSING_IN_INVENTORY) for each in answer.unknown]
    message = cache_sync_pb2.ReportCacheResponse(
        state_hash=answer.state_hash,
        request_full_sync=answer.request_full,
        conflicts=[*lost, *unknown],
    )
    if whole:
        message.outcome.reconciled_count = answer.reconciled
        message.outcome.discovered_count = len(unknown)
        message.outcome.lost_count = len(lost)
    return message


def _copy(wire: cache_sync_pb2.CachedImage, now: datetime) -> CachedCopy:
    """Read one image of a host's cache."""
    state = cache_sync_pb2.CachedImage.State.Name(wire.state).removeprefix("STATE_")
    return CachedCopy(
        digest=wire.digest,
        state=LocationState(state),
        size_bytes=wire.size_bytes,
        done_bytes=wire.bytes_done,
        pin_count=wire.pin_count,
        error=wire.error,
        observe_time=now,
        change_count=wire.change_count,
    )
