"""What is told of pools, and when: changes at once, files once, everything when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import protovalidate
import pytest

from qvdc_agent.adapters.pool_owner import observed_to_wire
from qvdc_agent.domain.host_report import Pool as Offer
from qvdc_agent.domain.host_report import PoolState as OfferState
from qvdc_agent.domain.host_report import Status
from qvdc_agent.domain.machine import BootId
from qvdc_agent.domain.pool import (
    FileKind,
    Health,
    Nonces,
    ObservedPool,
    PoolFile,
    PoolFiles,
    PoolMemory,
    PoolUid,
    SeenNonce,
    WantedPool,
    judge_pool,
    pools_hash,
    refused,
)
from qvdc_agent.domain.refusals import OwnerUnknown
from qvdc_agent.domain.storage import offered, storage_conditions
from qvdc_agent.ports import Standing
from qvdc_agent.reconcile.pool_reports import PoolReports
from qvdc_agent.usecases.pools import Pools
from qvdc_core.clock import ManualClock

UID = PoolUid("11111111-1111-4111-8111-111111111111")
OTHER = PoolUid("22222222-2222-4222-8222-222222222222")
NODE = "33333333-3333-4333-8333-333333333333"
FAST = WantedPool(UID, "storage-pools/fast", "/srv/fast", 1)
NAS = WantedPool(OTHER, "storage-pools/nas", "/srv/nas", 4, shared=True)
GIB = 2**30
WELL = Health(100 * GIB, 50 * GIB, 0.002)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES = PoolFiles((PoolFile("a.iso", FileKind.OTHER, 5, 4096, NOW),), truncated=False, scanned=NOW)


class Book:
    """Keeps nothing."""

    def read(self) -> Mapping[PoolUid, PoolMemory]:
        return {}

    async def write(self, memories: Mapping[PoolUid, PoolMemory]) -> None:
        """Forget them."""


@dataclass
class Owner:
    """The node service, as it may answer."""

    wants_all: bool = False
    away: bool = False
    heard: list[tuple[list[ObservedPool], bool, str]] = field(default_factory=list)

    async def report(
        self, standing: Standing, pools: Sequence[ObservedPool], *, full: bool, state_hash: str
    ) -> bool:
        if self.away:
            raise OwnerUnknown("node")
        self.heard.append((list(pools), full, state_hash))
        return self.wants_all


class Here:
    """A host that is joined."""

    def standing(self) -> Standing:
        return Standing(NODE, BootId("boot"), live=True, endpoints={})


@pytest.fixture
def pools() -> Pools:
    return Pools(Book(), ManualClock())


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def reports(pools: Pools, owner: Owner) -> PoolReports:
    return PoolReports(pools, owner, Here())


async def test_a_host_without_pools_says_nothing(reports: PoolReports, owner: Owner) -> None:
    assert not await reports.report(full=True)
    assert owner.heard == []


async def test_changes_are_told_and_the_hash_is_of_everything(
    reports: PoolReports, owner: Owner, pools: Pools
) -> None:
    await pools.publish(FAST, "/srv/fast", judge_pool(FAST, WELL), FILES)
    await pools.publish(NAS, "/srv/nas", judge_pool(NAS, WELL), None)
    await reports.report(full=True)
    await pools.publish(NAS, "/srv/nas", refused(NAS, "MARKER_MISSING", "no"), None)
    await reports.report(full=False)
    await reports.report(full=False)

    told = [([each.pool.name for each in found], full) for found, full, _ in owner.heard]
    assert told == [
        (["storage-pools/fast", "storage-pools/nas"], True),
        (["storage-pools/nas"], False),
        ([], False),
    ]
    assert owner.heard[-1][2] == pools_hash(pools.all())


async def test_files_go_along_once_and_again_with_everything(
    reports: PoolReports, owner: Owner, pools: Pools
) -> None:
    await pools.publish(FAST, "/srv/fast", judge_pool(FAST, WELL), FILES)
    await reports.report(full=False)
    await pools.publish(FAST, "/srv/fast", refused(FAST, "MARKER_MISSING", "no"), FILES)
    await reports.report(full=False)
    await reports.report(full=True)

    assert [found[0].files for found, _, _ in owner.heard] == [FILES, None, FILES]


async def test_what_was_not_taken_is_told_again(
    reports: PoolReports, owner: Owner, pools: Pools
) -> None:
    await pools.publish(FAST, "/srv/fast", judge_pool(FAST, WELL), FILES)
    owner.away = True
    with pytest.raises(OwnerUnknown):
        await reports.report(full=False)
    owner.away = False
    await reports.report(full=False)

    assert [each.files for each in owner.heard[0][0]] == [FILES]


async def test_a_pool_that_went_is_told_by_all_that_is_left(
    reports: PoolReports, owner: Owner, pools: Pools
) -> None:
    await pools.publish(FAST, "/srv/fast", judge_pool(FAST, WELL), None)
    await reports.report(full=False)
    await pools.forget(UID)
    await reports.report(full=False)
    await reports.report(full=False)

    assert [(found, full) for found, full, _ in owner.heard[1:]] == [([], True)]


def test_an_observed_pool_is_told_as_the_contract_has_it() -> None:
    nonces = Nonces("own-own-own", "before-it", (SeenNonce(NODE, "theirs"),))
    health = Health(100 * GIB, 50 * GIB, 0.0025, nonces)
    wire = observed_to_wire(ObservedPool(NAS, "/srv/nas", judge_pool(NAS, health), 7, 12.5, FILES))

    assert (wire.pool_uid, wire.generation, wire.change_count) == (OTHER, 4, 7)
    assert (wire.capacity_bytes, wire.available_bytes) == (100 * GIB, 50 * GIB)
    assert wire.latency_microseconds == 2500
    assert (wire.probe.nonce, wire.probe.previous_nonce) == ("own-own-own", "before-it")
    assert [(each.node_uid, each.nonce) for each in wire.probe.seen] == [(NODE, "theirs")]
    assert [(each.path, each.size_bytes) for each in wire.files.files] == [("a.iso", 5)]


def test_names_that_are_no_text_and_lists_that_are_too_long_do_not_stop_a_report() -> None:
    odd = PoolFile("caf\udce9/disk", FileKind.OTHER, 5, 4096, NOW)
    many = [
        PoolFile(f"{number:05d}" + "x" * 1000, FileKind.OTHER, 0, 0, NOW) for number in range(4095)
    ]
    files = PoolFiles((odd, *many), truncated=False, scanned=NOW)
    error = refused(FAST, "NOT_USABLE", "[Errno 5] I/O error: 'caf\udce9'")

    wire = observed_to_wire(ObservedPool(FAST, "/srv/caf\udce9", error, 1, 0.0, files))

    assert wire.files.files[0].path == "caf\N{REPLACEMENT CHARACTER}/disk"
    assert wire.files.truncated
    assert wire.ByteSize() < 3.1 * 2**20
    protovalidate.validate(wire)


def test_conditions_follow_from_the_own_folder_and_the_pools() -> None:
    own = Offer("local", OfferState.HEALTHY, "/pool", 100, 60)
    lost = ObservedPool(NAS, "/srv/nas", refused(NAS, "MARKER_MISSING", "gone"), 1, 0.0)
    full = ObservedPool(FAST, "/srv/fast", judge_pool(FAST, Health(100, 3, 0.1)), 1, 0.0)

    ready, pressure = storage_conditions(own, ())
    assert (ready.status, pressure.status) == (Status.TRUE, Status.FALSE)
    ready, pressure = storage_conditions(own, offered([lost, full]))
    assert (ready.status, ready.reason) == (Status.TRUE, "POOL_FAILED")
    assert ready.message == "storage-pools/nas: MARKER_MISSING: gone"
    assert (pressure.status, pressure.message) == (
        Status.TRUE,
        "storage-pools/fast has 3 bytes left",
    )
    assert storage_conditions(own, offered([lost]))[0].status is Status.FALSE
    failed = Offer("local", OfferState.ERROR, "/pool", error="Read-only file system")
    assert storage_conditions(failed, offered([full]))[0].status is Status.FALSE
