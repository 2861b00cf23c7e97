"""ST-1, ST-2: storage pools on real hosts: mounts that go and come back, and a directory shared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.lab.site import Site

from qvdc_lab.errors import LabError
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import wait_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

POOLS = "quantix.node.v1.StoragePoolService"
EVENTS = "quantix.event.v1.EventService"
SOON = timedelta(seconds=60)
PROBED = timedelta(seconds=120)
"""Hosts probe a shared pool every 10 s, and a new nonce may be unseen for 30 s."""
DISK, MOUNT = "/var/lib/quantix/a-disk", "/var/lib/quantix/a-mount"
MARKER = ".quantix/pool.json"


@pytest.fixture
def mounted(site: Site) -> Iterator[Host]:
    """A host with a disk mounted where a pool shall be."""
    host = site.lab.hosts[0]
    host.run(["mkdir", "-p", DISK, MOUNT])
    host.run(["mount", "--bind", DISK, MOUNT])
    yield host
    if MOUNT in host.run(["cat", "/proc/mounts"]):
        host.run(["umount", "--lazy", MOUNT])


def test_st_2_a_mount_that_is_gone_is_an_error_and_its_place_is_not_written_to(
    site: Site, mounted: Host
) -> None:
    create(site, "cold", [mounted], type="TYPE_LOCAL_DIR", path=MOUNT)
    stands(site, "cold", "READY")
    marker = json.loads(mounted.run(["cat", f"{DISK}/{MARKER}"]))
    assert marker["pool_uid"] == get(site, "cold")["uid"]

    mounted.run(["umount", "--lazy", MOUNT])
    stands(site, "cold", "ERROR", "MARKER_MISSING")
    (on_node,) = get(site, "cold")["nodeStates"]
    assert MOUNT in on_node["error"]
    assert "capacityBytes" not in on_node
    asked = site.door.call(f"{POOLS}/ReconnectStoragePool", {"name": "storage-pools/cold"})
    waits(site, asked["name"], "MARKER_MISSING", MOUNT)
    assert mounted.run(["find", MOUNT, "-mindepth", "1"]) == "", "nothing was written under it"

    mounted.run(["mount", "--bind", DISK, MOUNT])
    stands(site, "cold", "READY")
    assert {"PoolReady", "PoolDegraded", "PoolLost"} <= told(site, "storage-pools/cold")

    mounted.run(["mv", f"{DISK}/{MARKER}", f"{DISK}/{MARKER}.away"])
    stands(site, "cold", "ERROR", "MARKER_MISSING")
    mounted.run(["mv", f"{DISK}/{MARKER}.away", f"{DISK}/{MARKER}"])
    stands(site, "cold", "READY")

    delete(site, "cold")
    assert mounted.run(["find", DISK, "-name", "pool.json"]).strip() == f"{DISK}/{MARKER}"


def test_st_2_a_shared_directory_is_found_not_to_be_the_same(site: Site) -> None:
    first, second = site.lab.hosts[:2]
    shared, other = site.lab.run_folder / "shared", site.lab.run_folder / "other"
    for folder in (shared, other):
        folder.mkdir()
    create(site, "both", [first, second], type="TYPE_SHARED_DIR", path=str(shared))
    stands(site, "both", "READY")
    pool = get(site, "both")
    rooms = {int(each["capacityBytes"]) for each in pool["nodeStates"]}
    assert int(pool["capacityBytes"]) in rooms, "it is counted once"
    assert len(list((shared / ".quantix/hosts").iterdir())) == 2

    # The second host mounts another export at the same place, with a copy of the marker in it.
    (other / ".quantix").mkdir()
    (other / MARKER).write_bytes((shared / MARKER).read_bytes())
    second.run(["mount", "--bind", str(other), str(shared)])
    stands(site, "both", "DEGRADED", "NOT_THE_SAME", within=PROBED)
    second.run(["umount", "--lazy", str(shared)])
    stands(site, "both", "READY", within=PROBED)

    (shared / "kept.iso").write_bytes(b"not ours")
    rescan = site.door.call(f"{POOLS}/RescanStoragePool", {"name": "storage-pools/both"})
    ends(site, rescan["name"])
    listed = site.door.call(f"{POOLS}/ListStoragePoolFiles", {"name": "storage-pools/both"})
    assert [each["path"] for each in listed["files"]] == ["kept.iso"]
    delete(site, "both", wipe="both")
    assert not (shared / ".quantix").exists()


def create(site: Site, pool: str, hosts: list[Host], **fields: str) -> None:
    request = {
        "storagePoolId": pool,
        "storagePool": fields,
        "nodes": [f"nodes/{each.name}" for each in hosts],
    }
    site.door.call(f"{POOLS}/CreateStoragePool", request)


def get(site: Site, pool: str) -> Mapping[str, Any]:
    return site.door.call(f"{POOLS}/GetStoragePool", {"name": f"storage-pools/{pool}"})


def stands(
    site: Site, pool: str, phase: str, reason: str = "", *, within: timedelta = SOON
) -> None:
    def so() -> bool:
        found = get(site, pool)
        return (found["phase"], found.get("phaseReason", "")) == (f"PHASE_{phase}", reason)

    wait_for(so, within=within, otherwise=lambda: LabError("no such phase", str(get(site, pool))))


def told(site: Site, pool: str) -> set[str]:
    page = site.door.call(f"{EVENTS}/ListEvents", {"pageSize": 1000})
    return {each["kind"] for each in page["events"] if each["subject"] == pool}


def waits(site: Site, name: str, *words: str) -> None:
    """Wait until the operation says why it waits."""

    def so() -> bool:
        message = operation(site, name).get("message", "")
        return any(word in message for word in words)

    wait_for(so, within=SOON, otherwise=lambda: LabError("silent", str(operation(site, name))))


def ends(site: Site, name: str) -> None:
    """Wait until the operation has succeeded."""

    def so() -> bool:
        return bool(operation(site, name)["state"] == "STATE_SUCCEEDED")

    wait_for(so, within=SOON, otherwise=lambda: LabError("no end", str(operation(site, name))))


def operation(site: Site, name: str) -> Mapping[str, Any]:
    return site.door.call("quantix.operation.v1.OperationService/GetOperation", {"name": name})


def delete(site: Site, pool: str, wipe: str = "") -> None:
    request = {"name": f"storage-pools/{pool}", "wipe": wipe}
    ends(site, site.door.call(f"{POOLS}/DeleteStoragePool", request)["name"])
