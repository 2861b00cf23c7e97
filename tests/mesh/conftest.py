from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mesh.simulated import SimulatedHost
from tests.mesh.site import Site, installed_site, until

from qvdc_client.client import Client
from qvdc_client.client import Site as Address
from qvdc_client.upload import NewImage, upload_image

CLUSTER = "/quantix.cluster.v1.ClusterService/"
IMAGE = "/quantix.image.v1.ImageService/"
VM = "/quantix.vm.v1.VirtualMachineService/"
MADE_SECONDS = 90.0


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests that leave it as they found it; every service runs, once."""
    with installed_site(tmp_path_factory.mktemp("site")) as site:
        site.start_all()
        site.wait_ready()
        site.node = site.join_host("walked")
        yield site


@pytest.fixture
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of one test: the stores run, no service does."""
    with installed_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="package")
def hosts(site: Site) -> Iterator[list[SimulatedHost]]:
    """Two hosts that have joined the site."""
    hosts = [SimulatedHost(site, node_id) for node_id in ("sim-1", "sim-2")]
    try:
        for host in hosts:
            host.join()
        for host in hosts:
            host.wait_ready()
        yield hosts
    finally:
        for host in hosts:
            host.down()


@pytest.fixture(scope="package")
def machine(site: Site, hosts: list[SimulatedHost]) -> str:
    """Name of a machine with a disk from an uploaded image, RUNNING on one of the hosts."""
    _upload(site, "mesh-guest")
    nodes = [host.name for host in hosts]
    body = {"clusterId": "mesh", "cluster": {"displayName": "Mesh"}, "initialNodes": nodes}
    site.door.must(CLUSTER + "CreateCluster", body)
    wanted = {
        "cluster": "clusters/mesh",
        "memoryBytes": str(256 << 20),
        "disks": [{"image": "images/mesh-guest"}],
    }
    request = {"virtualMachineId": "on-sim", "virtualMachine": wanted, "startOnCreate": True}
    until(
        lambda: site.door.connect(VM + "CreateVirtualMachine", request).code == "ok",
        MADE_SECONDS,
        lambda: str(site.door.connect(VM + "CreateVirtualMachine", request)),
    )
    look = {"name": "vms/on-sim"}
    until(
        lambda: site.door.must(VM + "GetVirtualMachine", look).get("state") == "STATE_RUNNING",
        MADE_SECONDS,
        lambda: str(site.door.must(VM + "GetVirtualMachine", look)),
    )
    return "vms/on-sim"


def _upload(site: Site, image_id: str) -> None:
    """Upload an empty disk of 16 MiB, and wait until the library has it."""
    path: Path = site.folder / f"{image_id}.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", str(path), "16M"]
    subprocess.run(create, check=True, timeout=60)
    address = Address(f"http://127.0.0.1:{site.door_port}", site.key)
    with Client(address) as client:
        upload_image(client, path, NewImage(image_id=image_id))
    name = f"images/{image_id}"
    until(
        lambda: (
            site.door.connect(IMAGE + "GetImage", {"name": name}).body.get("state") == "STATE_READY"
        ),
        MADE_SECONDS,
    )
