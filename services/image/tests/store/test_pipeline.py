"""From the last byte to READY, killed anywhere; expiry and collection; room."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from qvdc_core.errors import NotFound, StaleFence, StoreUnavailable
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.operation import OperationState
from qvdc_image.domain.image import ImageState
from qvdc_image.domain.refusals import AttemptLost, PoolFull, UploadBusy, UploadEnded
from qvdc_image.domain.upload import Digest, DigestAlgorithm, UploadState

HOUR = timedelta(hours=1)


def fence(revision: int = 1) -> Fence:
    return Fence(1, "image-garbage", revision)


async def operation(house: Any, upload: Any) -> Any:
    async with house.work() as work:
        return await work.operations.get(upload.operation_id)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", range(1, 7))
async def test_a_kill_at_any_commit_converges(
    commit: int, before: bool, house: Any, files: SimpleNamespace, killed: Any
) -> None:
    data = files.Qcow2().build()
    upload = await house.create(len(data), image_id="debian")
    house.fate.at, house.fate.before, house.fate.count = commit, before, 0

    async def all_the_way() -> None:
        stored = await house.uploads.get(upload.uid)
        if stored.state is UploadState.ACTIVE:
            await house.fill(stored, data[stored.offset_bytes :], stored.offset_bytes)
        for uid in await house.pipeline.due():
            await house.pipeline.run(uid)

    try:
        await all_the_way()
    except killed:
        house.restart()
        await all_the_way()

    image = await house.image(upload)
    assert image.state is ImageState.READY
    assert image.digest == hashlib.sha256(data).hexdigest()
    assert image.progress.percent == 100
    assert (await operation(house, upload)).state is OperationState.SUCCEEDED
    assert (house.files("incoming"), house.files("stored")) == ([], [image.digest])
    assert await house.pipeline.due() == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_kill_while_failing_converges(before: bool, house: Any, killed: Any) -> None:
    data = b"<html>" + b" " * 600
    upload = await house.fill(await house.create(len(data)), data)
    house.fate.at, house.fate.before, house.fate.count = 2, before, 0
    with pytest.raises(killed):
        await house.pipeline.run(upload.uid)
    house.restart()
    for uid in await house.pipeline.due():
        await house.pipeline.run(uid)
    image = await house.image(upload)
    assert (image.state, image.failure.reason) == (ImageState.ERROR, "IMAGE_UNSAFE")
    await house.garbage.sweep(fence())
    assert house.files("incoming") == []


async def test_a_resumed_upload_is_hashed_again_from_its_bytes(
    house: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(4096) + os.urandom(1 << 20)
    sha1 = Digest(DigestAlgorithm.SHA1, hashlib.sha1(data).hexdigest())
    upload = await house.create(len(data), expected=sha1)
    await house.fill(upload, data[:100_000])
    house.restart()
    whole = await house.fill(upload, data[100_000:], 100_000)
    assert whole.streamed_digest == "", "what this process did not hash it does not claim"
    await house.pipeline.run(upload.uid)
    image = await house.image(upload)
    assert (image.state, image.digest) == (ImageState.READY, hashlib.sha256(data).hexdigest())


async def test_bytes_nobody_was_told_of_are_written_again(
    house: Any, files: SimpleNamespace, killed: Any
) -> None:
    data = files.a_raw_disk(1 << 20)
    upload = await house.create(len(data))
    house.fate.at, house.fate.count = 2, 0
    with pytest.raises(killed):
        await house.fill(upload, data[:500_000])
    house.restart()
    assert (await house.uploads.get(upload.uid)).offset_bytes == 0
    await house.fill(upload, data)
    await house.pipeline.run(upload.uid)
    assert (await house.image(upload)).digest == hashlib.sha256(data).hexdigest()


async def test_postgresql_may_be_away_while_bytes_come(house: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(1 << 20)
    upload = await house.create(len(data))
    house.fate.at, house.fate.count = 2, 0
    house.fate.error = StoreUnavailable("postgresql")

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1 << 18):
            house.clock.advance(timedelta(seconds=2))
            yield data[start : start + (1 << 18)]

    whole = await house.receiving.append(
        upload.uid, offset_bytes=0, length_bytes=None, chunks=slowly()
    )
    assert (whole.state, house.fate.count) == (UploadState.RECEIVED, 5)
    await house.pipeline.run(upload.uid)
    assert (await house.image(upload)).digest == hashlib.sha256(data).hexdigest()


async def test_an_upload_runs_out_24_hours_after_its_last_byte(
    house: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(1 << 20)
    upload = await house.create(len(data), image_id="old")
    house.clock.advance(23 * HOUR)
    await house.fill(upload, data[:4096])
    house.clock.advance(23 * HOUR)
    assert (await house.garbage.sweep(fence())).expired == 0
    house.clock.advance(2 * HOUR)
    assert (await house.garbage.sweep(fence())).expired == 1
    ended = await house.uploads.get(upload.uid)
    assert ended.state is UploadState.EXPIRED
    assert (await house.image(upload)).state is ImageState.CANCELLED
    assert (await operation(house, upload)).state is OperationState.FAILED
    assert house.files("incoming") == []
    with pytest.raises(UploadEnded):
        await house.fill(upload, data[4096:], 4096)
    await house.garbage.sweep(fence())
    with pytest.raises(NotFound):
        await house.uploads.get(upload.uid)
    assert (await house.image(upload)).state is ImageState.CANCELLED


async def test_an_older_leader_sweeps_nothing(house: Any) -> None:
    upload = await house.create(512)
    house.clock.advance(25 * HOUR)
    async with house.work() as work:
        await work.fences.check(fence(9))
        await work.commit()
    with pytest.raises(StaleFence):
        await house.garbage.sweep(fence(8))
    assert (await house.uploads.get(upload.uid)).state is UploadState.ACTIVE


async def test_bytes_are_collected_when_nobody_has_needed_them_for_a_day(
    house: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(1 << 20)
    digest = hashlib.sha256(data).hexdigest()
    for name in ("one", "two"):
        upload = await house.fill(await house.create(len(data), image_id=name), data)
        await house.pipeline.run(upload.uid)

    async def delete(name: str) -> None:
        actor = SimpleNamespace(subject="user:ann")
        await house.images.delete(Name("images", name), etag="", actor=actor, key=None)

    await delete("one")
    house.clock.advance(48 * HOUR)
    await house.garbage.sweep(fence())
    assert house.files("stored") == [digest]
    await delete("two")
    await house.garbage.sweep(fence())
    assert house.files("stored") == [digest]
    house.clock.advance(25 * HOUR)
    assert (await house.garbage.sweep(fence())).collected == 1
    assert house.files("stored") == []
    upload = await house.fill(await house.create(len(data), image_id="three"), data)
    await house.pipeline.run(upload.uid)
    assert (await house.image(upload)).state is ImageState.READY
    assert house.files("stored") == [digest]


async def test_files_without_rows_are_removed(house: Any) -> None:
    (house.folder / "incoming" / "11111111-2222-4333-8444-555555555555").write_bytes(b"x")
    assert (await house.garbage.sweep(fence())).orphans == 1
    assert house.files("incoming") == []


async def test_room_is_promised_once(house: Any) -> None:
    free = await house.library.free_bytes()
    half = int(free * 0.6)
    outcomes = await asyncio.gather(
        *(house.create(half, image_id=f"big-{n}") for n in range(3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, PoolFull) for outcome in outcomes) == 2


async def test_of_two_writers_one_wins(house: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(1 << 20)
    upload = await house.create(len(data))
    async with house.library.make(upload.uid):
        with pytest.raises(UploadBusy):
            await house.fill(upload, data)
    await house.fill(upload, data)


async def test_an_overtaken_writer_writes_nothing(house: Any, files: SimpleNamespace) -> None:
    upload = await house.create(1 << 20)
    async with house.library.make(upload.uid) as file:
        async with house.work() as work:
            mine = await work.uploads.begin(upload.uid)
            await work.commit()
        await file.begin(0)
        await file.append(files.a_raw_disk(4096))
        async with house.work() as work:
            await work.uploads.begin(upload.uid)
            await work.commit()
        with pytest.raises(AttemptLost):
            await house.receiving.checkpoint(mine, file, 4096)
    assert (await house.uploads.get(upload.uid)).offset_bytes == 0


async def test_two_workers_make_one_image(house: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(1 << 20)
    upload = await house.fill(await house.create(len(data)), data)
    outcomes = await asyncio.gather(
        *(house.pipeline.run(upload.uid) for _ in range(4)), return_exceptions=True
    )
    assert outcomes.count(None) >= 1
    assert all(o is None or isinstance(o, UploadBusy | UploadEnded | AttemptLost) for o in outcomes)
    assert (await house.image(upload)).state is ImageState.READY
