"""Disks of machines in pools: behind the marker, and taken away only where they are this host's."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qvdc_agent.adapters.image_shelf import PoolShelf
from qvdc_agent.adapters.placed_files import PlacedMachineFiles
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.machine import Digest, Disk, MachineUid, Power, Seed, WantedMachine
from qvdc_agent.domain.pool import PoolUid, WantedPool
from qvdc_agent.domain.refusals import StepRefused

UID = MachineUid("55555555-5555-4555-8555-555555555555")
LOCAL = PoolUid("11111111-1111-4111-8111-111111111111")
SHARED = PoolUid("22222222-2222-4222-8222-222222222222")
ROOT = Disk("root", 2**30, pool=LOCAL)
DATA = Disk("data", 2**30, pool=SHARED)
OWN = Disk("scratch", 2**20)
MACHINE = WantedMachine(UID, "web-1", 1, 1, Power.ON, disks=(ROOT, DATA, OWN))
SEED = Seed(meta_data="instance-id: web-1\n")

pytestmark = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")


class Site:
    """A host with a local and a shared pool."""

    def __init__(self, folder: Path) -> None:
        self.own, self.local, self.shared = folder / "own", folder / "local", folder / "shared"
        self.shared.mkdir()
        self.folders = LocalPoolFolders(folder / "pools", node_uid="n1")
        self.files = PlacedMachineFiles(self.own, self.folders)
        self.pools = (
            WantedPool(LOCAL, "storage-pools/fast", str(self.local), 1),
            WantedPool(SHARED, "storage-pools/nas", str(self.shared), 1, shared=True),
        )

    async def make(self) -> None:
        for pool in self.pools:
            self.folders.hold(pool)
            await self.folders.initialise(pool)
        for disk in MACHINE.disks:
            await self.files.make_disk(UID, disk, None)
        await self.files.write_seed(UID, "web-1", SEED)

    def unmount(self, folder: Path) -> None:
        folder.rename(folder.with_suffix(".gone"))
        folder.mkdir()

    def there(self, folder: Path) -> set[str]:
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and ".quantix" not in path.parts
        }


@pytest.fixture
async def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    await site.make()
    return site


async def test_each_disk_lies_in_its_pool_and_the_rest_on_the_host(site: Site) -> None:
    assert site.there(site.local) == {f"machines/{UID}/root.qcow2"}
    assert site.there(site.shared) == {f"machines/{UID}/data.qcow2"}
    assert site.there(site.own) == {
        f"machines/{UID}/scratch.qcow2",
        f"machines/{UID}/seed-{SEED.fingerprint}.iso",
    }
    assert str(site.files.disk_path(UID, ROOT)) == f"{site.local}/machines/{UID}/root.qcow2"

    view = await site.files.look(MACHINE)
    assert view.disks == {"root", "data", "scratch"}
    assert view.unseen is None
    assert view.free_bytes is not None


async def test_a_missing_mount_is_not_filled_and_not_taken_for_empty(site: Site) -> None:
    site.unmount(site.shared)

    view = await site.files.look(MACHINE)
    with pytest.raises(StepRefused) as refused:
        await site.files.make_disk(UID, DATA, None)
    with pytest.raises(StepRefused):
        await site.files.remove(replace(MACHINE, absent=True))
    with pytest.raises(StepRefused):
        await PoolShelf(SHARED, site.folders, node_uid="n1").prepare()

    assert view.unseen is not None
    assert (view.unseen.reason, refused.value.reason) == ("MARKER_MISSING", "MARKER_MISSING")
    assert "storage-pools/nas" in view.unseen.message
    assert view.anything
    assert os.listdir(site.shared) == []


async def test_a_machine_that_is_deleted_leaves_nothing(site: Site) -> None:
    await site.files.remove(replace(MACHINE, absent=True))
    await site.files.remove(replace(MACHINE, absent=True))

    assert site.there(site.local) | site.there(site.shared) | site.there(site.own) == set()
    assert not (await site.files.look(replace(MACHINE, absent=True))).anything


async def test_a_machine_that_lives_elsewhere_keeps_its_disks_in_shared_pools(site: Site) -> None:
    """Told that a machine shall not be here, without naming disks: it may run on another host."""
    gone = replace(MACHINE, absent=True, disks=())

    await site.files.remove(gone)

    assert site.there(site.shared) == {f"machines/{UID}/data.qcow2"}
    assert site.there(site.local) | site.there(site.own) == set()
    assert not (await site.files.look(gone)).anything


async def test_a_pool_that_is_not_assigned_is_named(site: Site) -> None:
    site.folders.forget(SHARED)

    view = await site.files.look(MACHINE)

    assert view.unseen is not None
    assert "not assigned to this host" in view.unseen.message


async def test_images_of_a_shared_pool_are_gathered_under_a_hosts_own_name(site: Site) -> None:
    one, other = (PoolShelf(SHARED, site.folders, node_uid=uid) for uid in ("n1", "n2"))
    digest = Digest("a" * 64)
    await one.prepare()
    await one.do(one.part(digest).write_bytes, b"half")
    await other.prepare()

    assert one.part(digest) != other.part(digest)
    assert one.path(digest) == other.path(digest)
    assert not other.has(digest)
    await other.do(other.path(digest).write_bytes, b"whole")
    await one.prepare()
    assert (one.has(digest), dict(one.ready())) == (True, {digest: 5})
