"""Storage pools on their way to a host: kept for good before a beat says that they are (HB-5)."""

from pathlib import Path
from typing import Any

import pytest

from quantix.host.v1 import pool_sync_pb2
from quantix.node.v1 import storage_pool_pb2
from qvdc_agent.adapters.assignments import AssignedPoolsFile
from qvdc_agent.domain.pool import PoolUid, WantedPool
from tests.wire.test_guardian import Guardian

UID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def joined(control_plane: Any, tmp_path: Path) -> Guardian:
    guardian = Guardian(tmp_path)
    await guardian.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
    return guardian


def a_list(generation: int, *, site_term: int = 1, path: str = "") -> pool_sync_pb2.AssignedPools:
    shared = storage_pool_pb2.StoragePool.TYPE_SHARED_DIR
    pool = pool_sync_pb2.AssignedPool(
        pool_uid=UID, pool="storage-pools/fast", type=shared, path=path, generation=7
    )
    return pool_sync_pb2.AssignedPools(site_term=site_term, generation=generation, pools=[pool])


async def test_a_list_of_pools_is_held_before_it_is_acknowledged(
    joined: Guardian, control_plane: Any
) -> None:
    double = control_plane.double
    double.assigned_pools = a_list(3, path="/srv/fast")
    async with joined.running():
        await double.until(beats=2)
        held = AssignedPoolsFile(joined.places.assigned_pools).read()
        double.assigned_pools = a_list(2, path="/srv/older")
        await double.until(beats=len(double.beats) + 2)
        double.assigned_pools = None
        await double.until(beats=len(double.beats) + 2)

    told = [
        (each.assigned_pools_site_term, each.assigned_pools_generation) for each in double.beats
    ]
    assert told[0] == (0, 0)
    assert set(told[1:]) == {(1, 3)}
    assert (held.site_term, held.generation) == (1, 3)
    assert held.pools == (
        WantedPool(PoolUid(UID), "storage-pools/fast", "/srv/fast", 7, shared=True),
    )
    assert AssignedPoolsFile(joined.places.assigned_pools).read() == held


async def test_a_new_guardian_knows_the_pools_before_anybody_speaks(
    joined: Guardian, control_plane: Any
) -> None:
    double = control_plane.double
    double.assigned_pools = a_list(4)
    async with joined.running():
        await double.until(beats=2)
    double.assigned_pools = None
    heard = len(double.beats)
    async with joined.running():
        await double.until(beats=heard + 1)

    assert double.beats[heard].assigned_pools_generation == 4


async def test_no_pools_are_an_order_too(joined: Guardian, control_plane: Any) -> None:
    double = control_plane.double
    double.assigned_pools = a_list(4)
    async with joined.running():
        await double.until(beats=2)
        double.assigned_pools = pool_sync_pb2.AssignedPools(site_term=1, generation=5)
        await double.until(beats=len(double.beats) + 2)

    held = AssignedPoolsFile(joined.places.assigned_pools).read()
    assert (held.generation, held.pools) == (5, ())
