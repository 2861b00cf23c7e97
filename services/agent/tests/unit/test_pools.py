"""The pool loop: what it makes, what it never makes, what it lets go of (ST-1, ST-2, HB-5)."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.adapters.assignments import AssignedPoolsFile
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.pool import ObservedPool, PoolState, PoolUid, WantedPool
from qvdc_agent.guardian.pools_file import PoolsFile
from qvdc_agent.reconcile.pools import PoolReconciler
from qvdc_agent.store.pool import FilePoolBook
from qvdc_agent.usecases.pools import Pools
from qvdc_core.clock import ManualClock

UID = PoolUid("11111111-1111-4111-8111-111111111111")
NODE = "33333333-3333-4333-8333-333333333333"


@dataclass
class Host:
    """A host with pools, as each of its processes would find it."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    used: bool = False

    def __post_init__(self) -> None:
        self.told = PoolsFile(self.folder / "assigned-pools.json")
        self.restart()

    def restart(self) -> None:
        """The agent begins anew on what is kept."""
        self.pools = Pools(FilePoolBook(self.folder / "pool-book.json"), self.clock)
        self.heard: list[PoolUid] = []
        self.pools.on_change(self.heard.append)
        numbers = itertools.count()
        self.loop = PoolReconciler(
            assignments=AssignedPoolsFile(self.folder / "assigned-pools.json"),
            folders=LocalPoolFolders(
                self.folder / "own", node_uid=NODE, deadline=timedelta(seconds=30)
            ),
            pools=self.pools,
            in_use=self._in_use,
            new_nonce=lambda: f"nonce-{next(numbers):04d}",
            clock=self.clock,
        )

    async def assign(self, *pools: WantedPool) -> None:
        """The guardian is told of a new list, and the loop takes it."""
        generation = self.told.held.generation + 1
        self.told.told(AssignedPools(1, generation, pools))
        await self.settle()

    async def settle(self) -> Sequence[ObservedPool]:
        """One pass over all pools."""
        idle = asyncio.create_task(asyncio.sleep(0))
        await self.loop.follow(lambda _: idle)
        for pool in self.told.held.pools:
            await self.loop.look_at(pool)
        return self.pools.all()

    @property
    def seen(self) -> ObservedPool:
        (only,) = self.pools.all()
        return only

    async def _in_use(self, _: PoolUid) -> bool:
        return self.used


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


def a_pool(place: Path, **changes: object) -> WantedPool:
    pool = WantedPool(UID, "storage-pools/fast", str(place), generation=1, initialise=True)
    return replace(pool, **changes)  # type: ignore[arg-type]  # a builder takes any field


async def test_a_pool_is_made_once_and_known_after_a_restart(host: Host, place: Path) -> None:
    await host.assign(a_pool(place))
    assert (host.seen.observation.state, host.seen.change_count) == (PoolState.HEALTHY, 1)

    host.restart()
    (after,) = await host.settle()

    assert (after.observation.state, after.change_count) == (PoolState.HEALTHY, 1)


async def test_a_marker_that_went_is_never_made_again(host: Host, place: Path) -> None:
    """MARKER_MISSING, whatever the order says: the mount is gone, and its place is a folder."""
    await host.assign(a_pool(place))
    _unmount(place)

    for _ in range(2):
        (seen,) = await host.settle()
        assert (seen.observation.state, seen.observation.reason) == (
            PoolState.ERROR,
            "MARKER_MISSING",
        )
        assert str(place) in seen.observation.error
        assert _names(place) == [], "nothing fills the disk under a missing mount"
        host.restart()

    _mount_again(place)
    (seen,) = await host.settle()
    assert (seen.observation.state, seen.change_count) == (PoolState.HEALTHY, 3)


async def test_an_absent_marker_is_an_error_until_it_is_told_to_be_made(
    host: Host, place: Path
) -> None:
    _make(place)
    await host.assign(a_pool(place, initialise=False))
    assert host.seen.observation.reason == "MARKER_MISSING"
    assert _names(place) == []

    await host.assign(a_pool(place, generation=2))
    assert host.seen.observation.state is PoolState.HEALTHY


async def test_the_last_assignment_lets_go_and_leaves_the_data(host: Host, place: Path) -> None:
    await host.assign(a_pool(place))
    disk = place / "machines" / NODE / "root.qcow2"
    disk.parent.mkdir(parents=True)
    disk.touch()

    await host.assign(a_pool(place, generation=2, release=True))
    assert host.seen.observation.state is PoolState.UNMOUNTED
    assert disk.exists()
    host.restart()
    (again,) = await host.settle()
    assert (again.observation.state, again.change_count) == (PoolState.UNMOUNTED, 2)

    await host.assign()
    assert (host.pools.all(), host.pools.remembered) == ([], frozenset())
    assert disk.exists()
    assert not (place / ".quantix/hosts" / NODE).exists()


async def test_a_pool_is_wiped_when_its_release_says_so_and_no_machine_uses_it(
    host: Host, place: Path
) -> None:
    await host.assign(a_pool(place))
    (place / "images").mkdir()
    (place / "images" / ("a" * 64)).touch()
    host.used = True

    await host.assign(a_pool(place, generation=2, release=True, wipe=True))
    assert host.seen.observation.reason == "IN_USE"
    assert (place / "images" / ("a" * 64)).exists()

    host.used = False
    await host.settle()
    assert host.seen.observation.state is PoolState.UNMOUNTED
    assert _names(place) == []
    await host.settle()
    assert host.seen.observation.state is PoolState.UNMOUNTED


async def test_an_older_list_changes_nothing(host: Host, place: Path) -> None:
    await host.assign(a_pool(place))
    newest = host.told.held

    assert not host.told.told(AssignedPools(1, newest.generation, ()))
    assert not host.told.told(AssignedPools(0, 99, ()))
    await host.settle()

    assert host.seen.observation.state is PoolState.HEALTHY
    assert PoolsFile(host.folder / "assigned-pools.json").held == newest


async def test_a_loop_that_was_broken_off_minds_its_pools_again(host: Host, place: Path) -> None:
    await host.assign(a_pool(place))
    for _ in range(2):
        running = asyncio.create_task(host.loop.run())
        async with asyncio.timeout(30):
            at = host.seen.observed_at
            while host.seen.observed_at == at:
                host.clock.advance(timedelta(seconds=1))
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_only_news_is_told_and_probes_are_spared(host: Host, place: Path) -> None:
    await host.assign(a_pool(place, shared=False))
    written = (place / ".quantix/hosts" / NODE).stat().st_mtime_ns
    host.heard.clear()

    await host.settle()
    assert host.heard == []
    assert (place / ".quantix/hosts" / NODE).stat().st_mtime_ns == written

    host.clock.advance(timedelta(seconds=11))
    await host.settle()
    assert (place / ".quantix/hosts" / NODE).stat().st_mtime_ns > written


async def test_a_shared_pools_nonce_is_renewed_and_the_one_before_told(
    host: Host, place: Path
) -> None:
    _make(place)
    shared = a_pool(place, shared=True)
    await host.assign(shared)
    first = host.seen.observation.health
    assert first is not None
    assert first.nonces is not None
    assert (first.nonces.own, first.nonces.previous) == ("nonce-0000", "")

    await host.assign(replace(shared, reconnect_count=1))
    renewed = host.seen.observation.health
    assert renewed is not None
    assert renewed.nonces is not None
    assert (renewed.nonces.own, renewed.nonces.previous) == ("nonce-0001", "nonce-0000")
    assert host.seen.pool.reconnect_count == 1


async def test_files_are_listed_anew_when_asked(host: Host, place: Path) -> None:
    await host.assign(a_pool(place))
    assert host.seen.files is not None
    assert host.seen.files.files == ()
    (place / "debian.iso").touch()

    await host.settle()
    assert host.seen.files.files == ()
    await host.assign(a_pool(place, rescan_count=1))

    listed = host.seen.files
    assert listed is not None
    assert [each.path for each in listed.files] == ["debian.iso"]


async def test_a_file_in_the_place_of_a_pool_is_named(host: Host, place: Path) -> None:
    _make_file(place)
    await host.assign(a_pool(place))

    seen = host.seen.observation
    assert (seen.state, seen.reason) == (PoolState.ERROR, "NOT_USABLE")
    assert "Not a directory" in seen.error


def _names(place: Path) -> list[str]:
    return sorted(each.name for each in place.iterdir())


def _make(place: Path) -> None:
    place.mkdir()


def _make_file(place: Path) -> None:
    place.touch()


def _unmount(place: Path) -> None:
    """What is left of a mount that went: an empty folder."""
    place.rename(place.with_suffix(".gone"))
    place.mkdir()


def _mount_again(place: Path) -> None:
    place.rmdir()
    place.with_suffix(".gone").rename(place)
