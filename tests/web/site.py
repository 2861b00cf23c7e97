"""The site that a browser visits in these tests: every service, and a lab's two real hosts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mesh.door import Door
from tests.mesh.site import until

from qvdc_lab.control_plane import hosts
from qvdc_lab.control_plane.install import install
from qvdc_lab.control_plane.ready import wait_until_ready
from qvdc_lab.control_plane.services import (
    Service,
    admin_password_file,
    bootstrap_key_file,
    secrets_folder,
    services_of,
)
from qvdc_lab.demo import objects
from qvdc_lab.demo.demo import door_url
from qvdc_lab.demo.door import Door as DemoDoor
from qvdc_lab.lab import Lab, lab_in

POOLS = "quantix.node.v1.StoragePoolService"
READY_SECONDS = 60.0
GONE_SECONDS = 60.0
ADMIN, PASSWORD = "admin", "a browser's first choice 1"


@dataclass(frozen=True, slots=True)
class LabSite:
    """A running site.

    Args:
        key: an administrator's API key, which outlives the first sign-in.
    """

    lab: Lab
    key: str

    @property
    def url(self) -> str:
        """Where the door and the console's pages answer."""
        return door_url(self.lab)

    @property
    def first_password(self) -> str:
        """The password that the installation made for the first administrator."""
        return admin_password_file(self.lab).read_text().strip()

    @property
    def door(self) -> Door:
        """The public door."""
        port = self.lab.names.port("console_grpc")
        ca_pem = (secrets_folder(self.lab) / "console/ca.pem").read_bytes()
        return Door(url=self.url, grpc_address=f"localhost:{port}", ca_pem=ca_pem, key=self.key)

    def must(self, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call `package.Service/Method`, which has to succeed; return its answer."""
        door = self.door
        try:
            return door.must(f"/{method}", body)
        finally:
            door.close()

    def upload(self, file: Path, image: str) -> None:
        """Send a file as an image, and return once it is READY."""
        with file.open("rb") as body:
            answer = self.door.rest(
                "POST", "/api/v1/images/upload", data={"id": image}, files={"file": body}
            )
        assert answer.status_code == 202, answer.text
        name = {"name": f"images/{image}"}
        get = "quantix.image.v1.ImageService/GetImage"
        until(lambda: self.must(get, name)["state"] == "STATE_READY", READY_SECONDS)

    def clear(self) -> None:
        """Delete machines, networks, images and clusters; the hosts stay, free and uncordoned."""
        for vm in self._all(f"{objects.MACHINES}/ListVirtualMachines", "virtualMachines"):
            self.must(f"{objects.MACHINES}/DeleteVirtualMachine", {"name": vm, "force": True})
        listed = f"{objects.MACHINES}/ListVirtualMachines"
        until(lambda: not self._all(listed, "virtualMachines"), GONE_SECONDS)
        for network in self._all(f"{objects.NETWORKS}/ListNetworks", "networks"):
            self.must(f"{objects.NETWORKS}/DeleteNetwork", {"name": network})
        for image in self._all(f"{objects.IMAGES}/ListImages", "images"):
            self.must(f"{objects.IMAGES}/DeleteImage", {"name": image})
        for pool in self._all(f"{POOLS}/ListStoragePools", "storagePools"):
            self.must(f"{POOLS}/DeleteStoragePool", {"name": pool})
        clusters = self.must(f"{objects.CLUSTERS}/ListClusters", {"pageSize": 1000})
        for cluster in clusters.get("clusters", []):
            for node in cluster.get("nodes", []):
                member = {"name": cluster["name"], "node": node.removeprefix("nodes/")}
                self.must(f"{objects.CLUSTERS}/RemoveClusterNode", member)
            self.must(f"{objects.CLUSTERS}/DeleteCluster", {"name": cluster["name"]})
        for node in self._all(f"{objects.NODES}/ListNodes", "nodes"):
            self.must(f"{objects.NODES}/UncordonNode", {"name": node})

    def _all(self, method: str, field: str) -> list[str]:
        listed = self.must(method, {"pageSize": 1000})
        return [each["name"] for each in listed.get(field, [])]

    def kill(self, name: str) -> None:
        """End a service as a crash would; its keeper starts it again."""
        keeper = self.service(name).daemon.pid()
        assert keeper is not None
        children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def service(self, name: str) -> Service:
        """A service by its name."""
        return next(each for each in services_of(self.lab) if each.name == name)


@contextmanager
def lab_site(folder: Path) -> Iterator[LabSite]:
    """Yield a site with the hosts h1 and h2 READY and in no cluster."""
    lab = lab_in(folder / "run")
    try:
        lab.start_stores()
        lab.start_network()
        install(lab)
        services = services_of(lab)
        for service in services:
            service.start()
        lab.start_hosts()
        wait_until_ready(services)
        first = DemoDoor(door_url(lab), bootstrap_key_file(lab).read_text().strip())
        made = first.call(
            "quantix.console.v1.ApiKeyService/CreateApiKey",
            {"apiKey": {"role": "roles/administrator"}},
        )
        site = LabSite(lab, made["secret"])
        _join_hosts(site)
        yield site
    finally:
        lab.down()


def _join_hosts(site: LabSite) -> None:
    door = DemoDoor(site.url, site.key)
    token = objects.make_join_token(door, uses=len(site.lab.hosts))
    for host in site.lab.hosts:
        hosts.join(host, secret=token.secret, ca_hash=token.ca_hash)
        hosts.install_programs(host)
    objects.wait_for_nodes(door, [host.name for host in site.lab.hosts])
