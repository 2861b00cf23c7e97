"""How far an image is on its way to READY: one model for rows, operations and watchers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum


class Stage(Enum):
    """The steps, in order; the value is what people read."""

    UPLOADING = "uploading"
    VERIFYING = "verifying"
    STORING = "storing"


_SPANS = {Stage.UPLOADING: (0, 90), Stage.VERIFYING: (90, 98), Stage.STORING: (98, 99)}
_ORDER = tuple(Stage)
_RATE_MEMORY = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes and percent never fall; 100 only when READY.

    Args:
        done_bytes: what reached the disk.
        total_bytes: what is expected.
        percent: over all stages.
        rate_bytes: of the last seconds, in bytes a second; None while unknown.
    """

    stage: Stage
    done_bytes: int
    total_bytes: int
    percent: int
    last_progress_time: datetime
    rate_bytes: int | None = None

    @property
    def stage_index(self) -> int:
        """Place of the stage, from 1."""
        return _ORDER.index(self.stage) + 1

    @property
    def stage_count(self) -> int:
        """How many stages there are."""
        return len(_ORDER)

    @property
    def eta_seconds(self) -> int | None:
        """Until all bytes are on disk at this rate; None while that cannot be told."""
        left = self.total_bytes - self.done_bytes
        if not self.rate_bytes or self.stage is not Stage.UPLOADING:
            return None
        return -(-left // self.rate_bytes)


def begin(total_bytes: int, now: datetime) -> Progress:
    """Progress of an upload whose first byte is awaited."""
    return Progress(Stage.UPLOADING, 0, total_bytes, 0, now)


def advance(
    progress: Progress, stage: Stage, *, done_bytes: int, of_bytes: int, now: datetime
) -> Progress:
    """Progress after `done_bytes` of `of_bytes` of `stage` are done.

    Only UPLOADING moves `Progress.done_bytes`, since it alone puts bytes on disk; the other
    stages move percent. A step back in stage, bytes or percent is not taken.
    """
    if _ORDER.index(stage) < _ORDER.index(progress.stage):
        return progress
    first, last = _SPANS[stage]
    share = min(done_bytes, of_bytes) * (last - first) // of_bytes if of_bytes else 0
    on_disk = done_bytes if stage is Stage.UPLOADING else progress.total_bytes
    on_disk = max(progress.done_bytes, on_disk)
    percent = max(progress.percent, first + share)
    if (stage, on_disk, percent) == (progress.stage, progress.done_bytes, progress.percent):
        return progress
    return replace(
        progress,
        stage=stage,
        done_bytes=on_disk,
        percent=percent,
        last_progress_time=now,
        rate_bytes=_rate(progress, on_disk, now),
    )


def complete(progress: Progress, now: datetime) -> Progress:
    """Progress of an image that is READY."""
    return replace(
        progress,
        stage=Stage.STORING,
        done_bytes=progress.total_bytes,
        percent=100,
        last_progress_time=now,
        rate_bytes=None,
    )


def _rate(progress: Progress, done_bytes: int, now: datetime) -> int | None:
    elapsed = now - progress.last_progress_time
    if done_bytes == progress.done_bytes or elapsed <= timedelta():
        return progress.rate_bytes
    latest = int((done_bytes - progress.done_bytes) / elapsed.total_seconds())
    if progress.rate_bytes is None or elapsed > _RATE_MEMORY:
        return latest
    return (progress.rate_bytes + latest) // 2
