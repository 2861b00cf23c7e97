"""What every PoolFolders port promises; kept by the one over real file systems, and whatever joins.

Joins by a subclass with `folders`, `place` and `hung` fixtures of its own.
"""

import asyncio
import json
import os
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from qvdc_agent.domain.pool import FileKind, Marker, Nonces, PoolUid, SeenNonce, WantedPool
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.pool_ports import PoolFolders

UID = PoolUid("11111111-1111-4111-8111-111111111111")
OTHER_UID = PoolUid("22222222-2222-4222-8222-222222222222")
NODE = "33333333-3333-4333-8333-333333333333"
OTHER_NODE = "44444444-4444-4444-8444-444444444444"
VM = "55555555-5555-4555-8555-555555555555"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Hanging(Protocol):
    """Makes a pool hang."""

    def __call__(self, pool: WantedPool) -> AbstractContextManager[None]:
        """Inside the block whoever looks at the pool's marker waits."""
        ...


class PoolFoldersContract:
    """The promises."""

    async def test_looking_writes_nothing(self, folders: PoolFolders, place: Path) -> None:
        for path in (place / "none", place):
            pool = a_pool(path)
            folders.hold(pool)
            view = await folders.look(pool)
            assert (view.present, view.marker, view.trouble) == (path == place, None, "")
            with pytest.raises(StepRefused) as refused:
                await folders.check(pool, Nonces("n" * 16))
            assert refused.value.reason == "MARKER_MISSING"
        assert _all_files(place) == set()

    async def test_a_made_pool_is_seen_and_measured(
        self, folders: PoolFolders, place: Path
    ) -> None:
        pool = a_pool(place / "new" / "pool")
        folders.hold(pool)

        await folders.initialise(pool)
        await folders.initialise(pool)
        view = await folders.look(pool)
        health = await folders.check(pool, Nonces("n" * 16))

        assert view.marker == Marker(UID, pool.name)
        assert health.capacity_bytes >= health.free_bytes > 0
        assert health.write_seconds is not None
        assert health.nonces is None, "nobody else sees a local pool"
        room = os.statvfs(place)
        assert health.capacity_bytes == room.f_blocks * room.f_frsize

    async def test_a_shared_folder_is_not_made(self, folders: PoolFolders, place: Path) -> None:
        pool = replace(a_pool(place / "mount"), shared=True)
        folders.hold(pool)

        with pytest.raises(StepRefused):
            await folders.initialise(pool)

        assert not (place / "mount").exists()

    async def test_a_foreign_marker_stays(self, folders: PoolFolders, place: Path) -> None:
        pool, other = a_pool(place), replace(a_pool(place), uid=OTHER_UID)
        folders.hold(pool)
        folders.hold(other)
        await folders.initialise(other)
        before = _all_files(place)

        await folders.initialise(pool)
        with pytest.raises(StepRefused) as refused:
            await folders.check(pool, Nonces("n" * 16))
        await folders.let_go(pool, wipe=True)

        assert refused.value.reason == "MARKER_MISSING"
        assert _all_files(place) == before

    async def test_hosts_read_each_others_nonces(self, folders: PoolFolders, place: Path) -> None:
        pool = replace(a_pool(place), shared=True)
        folders.hold(pool)
        await folders.initialise(pool)
        (place / ".quantix/hosts").mkdir()
        (place / ".quantix/hosts" / OTHER_NODE).write_text("theirs-theirs")
        (place / ".quantix/hosts/somebody").write_text("not a host")

        health = await folders.check(pool, Nonces("own-own-own", "before"))

        assert health.nonces == Nonces(
            "own-own-own", "before", (SeenNonce(OTHER_NODE, "theirs-theirs"),)
        )
        assert (place / ".quantix/hosts" / NODE).read_text() == "own-own-own"

    async def test_files_are_listed_by_whose_they_are(
        self, folders: PoolFolders, place: Path
    ) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        (place / "machines" / VM).mkdir(parents=True)
        (place / "machines" / VM / "root.qcow2").write_bytes(b"x" * 5000)
        (place / "images").mkdir()
        (place / "images" / ("a" * 64)).write_bytes(b"y")
        (place / "notes.txt").write_bytes(b"")
        (place / "machines" / "by-hand").mkdir()
        (place / "machines" / "by-hand" / "root.qcow2").write_bytes(b"")

        found = await folders.list_files(pool, NOW)

        assert not found.truncated
        assert [(each.path, each.kind, each.size_bytes) for each in found.files] == [
            (f"images/{'a' * 64}", FileKind.IMAGE, 1),
            (f"machines/{VM}/root.qcow2", FileKind.DISK, 5000),
            ("machines/by-hand/root.qcow2", FileKind.DISK, 0),
            ("notes.txt", FileKind.OTHER, 0),
        ]
        owners = [(each.owner_uid, each.disk_id) for each in found.files[1:3]]
        assert owners == [(VM, "root"), ("", "")]

    async def test_the_list_of_files_is_bounded(self, folders: PoolFolders, place: Path) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        for number in range(4100):
            (place / f"file-{number:05d}").touch()

        found = await folders.list_files(pool, NOW)

        assert (len(found.files), found.truncated) == (4096, True)

    async def test_letting_go_keeps_what_is_in_the_pool(
        self, folders: PoolFolders, place: Path
    ) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        await folders.check(pool, Nonces("n" * 16))
        disk = place / "machines" / VM / "root.qcow2"
        disk.parent.mkdir(parents=True)
        disk.touch()

        await folders.let_go(pool, wipe=False)
        assert disk.exists()
        assert not (place / ".quantix/hosts" / NODE).exists()
        assert (await folders.look(pool)).marker == Marker(UID, pool.name)

    async def test_wiping_takes_disks_images_and_marker_and_no_foreign_file(
        self, folders: PoolFolders, place: Path
    ) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        for name in (f"machines/{VM}/root.qcow2", f"images/{'a' * 64}", "somebody/else"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).touch()

        await folders.let_go(pool, wipe=True)
        await folders.let_go(pool, wipe=True)

        assert _all_files(place) == {"somebody/else"}

    async def test_a_pool_that_hangs_costs_nobody_else(
        self, folders: PoolFolders, place: Path, hung: Hanging
    ) -> None:
        (place / "a").mkdir()
        (place / "b").mkdir()
        sick, well = a_pool(place / "a"), replace(a_pool(place / "b"), uid=OTHER_UID)
        for pool in (sick, well):
            folders.hold(pool)
            await folders.initialise(pool)

        with hung(sick):
            first = await folders.look(sick)
            await folders.look(sick)
            again = await folders.look(sick)
            assert (await folders.look(well)).marker is not None
        assert (first.reason, again.reason) == ("NOT_ANSWERING", "NOT_ANSWERING")
        assert "has not come back" in again.trouble
        async with asyncio.timeout(60):
            view = await folders.look(sick)
            while view.marker is None:
                view = await folders.look(sick)

    async def test_a_marker_that_makes_no_sense_is_none(
        self, folders: PoolFolders, place: Path
    ) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        for nonsense in ("", "[]", "{}", json.dumps({"pool_uid": str(OTHER_UID)})):
            (place / ".quantix/pool.json").write_text(nonsense)
            with pytest.raises(StepRefused):
                await folders.check(pool, None)


def a_pool(path: Path) -> WantedPool:
    """A local pool at `path`."""
    return WantedPool(UID, "storage-pools/fast", str(path), generation=1, initialise=True)


def _all_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
