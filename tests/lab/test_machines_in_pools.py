"""ST-2, ST-4: machines whose disks lie in storage pools, on real hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.lab.site import Site
from tests.lab.test_pools import create, delete, get, stands

from qvdc_lab.demo import objects
from qvdc_lab.demo.door import Refused
from qvdc_lab.errors import LabError
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import wait_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

MACHINES = objects.MACHINES
SOON = timedelta(seconds=60)
BOOTING = timedelta(minutes=4)
MIB = 2**20
SMALL = "/var/lib/quantix/a-small-disk"
WRITING = "#!/bin/sh\ndd if=/dev/zero of=/dev/vdb bs=1M count=300\nsync\n"


@pytest.fixture
def small(site: Site) -> Iterator[Host]:
    """A host with a disk of 400 MiB mounted, 100 MiB of which are somebody else's."""
    host = site.lab.hosts[1]
    host.run(["mkdir", "-p", SMALL])
    host.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", SMALL])
    host.run(["dd", "if=/dev/zero", f"of={SMALL}/ballast", "bs=1M", "count=100"])
    yield host
    host.run(["umount", "--lazy", SMALL])


def test_st_2_a_machine_boots_from_a_shared_pool_and_leaves_nothing_there(site: Site) -> None:
    hosts = site.lab.hosts[:2]
    shared = site.lab.run_folder / "shared-disks"
    shared.mkdir()
    create(site, "nas", list(hosts), type="TYPE_SHARED_DIR", path=str(shared))
    stands(site, "nas", "READY")

    root = {"diskId": "root", "image": f"images/{objects.IMAGE}", "pool": "storage-pools/nas"}
    machine = make(site, "in-nas", [root])
    says(site, "in-nas", "quantix-guest ready")
    disk = shared / "machines" / machine["uid"] / "root.qcow2"
    assert disk.exists()
    assert len(list((shared / "images").glob("[0-9a-f]*"))) == 1
    assert int(get(site, "nas")["claimedBytes"]) > 0

    marker = shared / ".quantix/pool.json"
    marker.rename(marker.with_suffix(".away"))
    stands(site, "nas", "ERROR", "MARKER_MISSING")
    is_so(site, "in-nas", "STATE_RUNNING", "carries no marker")
    with pytest.raises((LabError, Refused), match=r"MARKER_MISSING.*carries no marker"):
        make(site, "never", [root])
    assert [each.name for each in (shared / "machines").iterdir()] == [machine["uid"]]
    marker.with_suffix(".away").rename(marker)
    stands(site, "nas", "READY")
    is_so(site, "in-nas", "STATE_RUNNING", "")

    remove(site, "never")
    remove(site, "in-nas")
    assert not disk.parent.exists()
    assert int(get(site, "nas").get("claimedBytes", 0)) == 0
    delete(site, "nas", wipe="nas")


def test_st_4_a_guest_that_a_full_pool_halts_says_so_and_goes_on(site: Site, small: Host) -> None:
    create(site, "small", [small], type="TYPE_LOCAL_DIR", path=SMALL, overprovisionRatio="2")
    stands(site, "small", "READY")
    disks = [
        {"diskId": "root", "image": f"images/{objects.IMAGE}", "pool": "local"},
        {"diskId": "data", "sizeBytes": str(304 * MIB), "pool": "storage-pools/small"},
    ]
    big = {**disks[1], "sizeBytes": str(1024 * MIB)}
    with pytest.raises((LabError, Refused), match=r"storage-pools/small needs 1,024 MiB, has 800"):
        make(site, "too-big", [disks[0], big])
    remove(site, "too-big")
    ballast = f"{SMALL}/more-ballast"
    small.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=1M", "count=100"])

    make(site, "writer", disks, user_data=WRITING)
    is_so(site, "writer", "STATE_PAUSED", "Its pool is full", within=BOOTING)
    small.run(["rm", ballast, f"{SMALL}/ballast"])
    is_so(site, "writer", "STATE_RUNNING", "", within=SOON)
    says(site, "writer", "user-data finished status=0")

    remove(site, "writer")
    assert small.run(["find", SMALL, "-name", "*.qcow2"]) == ""
    delete(site, "small")


def make(
    site: Site, name: str, disks: Sequence[Mapping[str, str]], *, user_data: str = ""
) -> Mapping[str, Any]:
    """Make a machine and start it; raise what its operation failed for."""
    cloud_init = {"hostname": name, **({"userData": user_data} if user_data else {})}
    machine = {
        "cluster": f"clusters/{objects.CLUSTER}",
        "vcpuCount": 1,
        "memoryBytes": str(objects.MEMORY_BYTES),
        "disks": disks,
        "cloudInit": cloud_init,
    }
    request = {"virtualMachineId": name, "virtualMachine": machine, "startOnCreate": True}
    made = site.door.call(f"{MACHINES}/CreateVirtualMachine", request)
    objects.follow(site.door, made["name"], lambda _: None)
    return site.door.call(f"{MACHINES}/GetVirtualMachine", {"name": f"vms/{name}"})


def remove(site: Site, name: str) -> None:
    request = {"name": f"vms/{name}", "force": True}
    gone = site.door.call(f"{MACHINES}/DeleteVirtualMachine", request)
    objects.follow(site.door, gone["name"], lambda _: None)


def is_so(site: Site, name: str, state: str, words: str, *, within: timedelta = SOON) -> None:
    """Wait until a machine is in `state`, and says `words` about it, or nothing."""

    def now() -> Mapping[str, Any]:
        return site.door.call(f"{MACHINES}/GetVirtualMachine", {"name": f"vms/{name}"})

    def so() -> bool:
        found = now()
        said = found.get("stateMessage", "")
        return found["state"] == state and (words in said if words else not said)

    wait_for(so, within=within, otherwise=lambda: LabError("not so", str(now())))


def says(site: Site, name: str, words: str) -> None:
    """Wait until a guest says `words` on its serial console."""

    def said() -> bool:
        log = site.door.call(f"{MACHINES}/GetSerialLog", {"name": f"vms/{name}"})
        return words in str(log.get("text", ""))

    wait_for(said, within=BOOTING, otherwise=lambda: LabError("it does not say", words))
