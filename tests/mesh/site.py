"""A site for tests: every service as a process of its own on loopback, over real stores.

The stores and the installation are the lab's; hosts are not part of it. Each copy of a service
has ports of its own, so that two can run side by side.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mesh.door import Door
from tests.mesh.host import join

from qvdc_lab.control_plane.install import install
from qvdc_lab.control_plane.services import SERVICES, read_environment, secrets_folder
from qvdc_lab.lab import Lab, lab_in

READY_SECONDS = 180.0
LOOK_EVERY_SECONDS = 0.2


@dataclass(slots=True)
class Copy:
    """One process of one service."""

    service: str
    number: int
    mesh_port: int
    http_port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def instance(self) -> str:
        """The name under which it leads and announces itself."""
        return f"{self.service}-{self.number}"


@dataclass(slots=True)
class Site:
    """Stores, installation and processes below one folder.

    Args:
        node: name of a node that has joined, where a test asked for one.
        etcd_endpoints: where the services find etcd, if it is not the lab's.
    """

    folder: Path
    lab: Lab
    door_port: int
    grpc_port: int
    enrol_port: int
    node: str = ""
    etcd_endpoints: str = ""
    copies: dict[str, Copy] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the door answers."""
        return f"http://127.0.0.1:{self.door_port}"

    @property
    def door(self) -> Door:
        """The public door, with the bootstrap key."""
        return Door(
            url=self.url,
            grpc_address=f"localhost:{self.grpc_port}",
            ca_pem=(secrets_folder(self.lab) / "console/ca.pem").read_bytes(),
            key=self.key,
        )

    @property
    def key(self) -> str:
        """The bootstrap API key."""
        return self._key_file.read_text().strip()

    def join_host(self, hostname: str) -> str:
        """Let a host join; return the name of its node."""
        ca_pem = (self._secrets("console") / "ca.pem").read_bytes()
        enrol = f"127.0.0.1:{self.enrol_port}"
        return join(self.door, enrol_address=enrol, ca_pem=ca_pem, hostname=hostname)

    def start(self, service: str, number: int = 1) -> Copy:
        """Start a copy, or start it again on the ports it had."""
        name = f"{service}-{number}"
        copy = self.copies.get(name)
        if copy is None:
            log = self.folder / f"{name}.log"
            copy = self.copies[name] = Copy(service, number, free_port(), free_port(), log)
        with copy.log.open("ab") as log_file:
            copy.process = subprocess.Popen(
                [sys.executable, "-m", f"qvdc_{service}"],
                env={**os.environ, **self._environment(copy)},
                stdout=log_file,
                stderr=log_file,
            )
        return copy

    def start_all(self) -> None:
        """Start one copy of every service; fixed ports first, so that each knows the others."""
        for service in SERVICES:
            log = self.folder / f"{service}-1.log"
            self.copies.setdefault(f"{service}-1", Copy(service, 1, free_port(), free_port(), log))
        for service in SERVICES:
            self.start(service)

    def kill(self, copy: Copy) -> None:
        """End a copy as a power cut would."""
        self._end(copy, signal.SIGKILL)

    def stop(self, copy: Copy) -> int:
        """Ask a copy to end; return its exit status."""
        return self._end(copy, signal.SIGTERM)

    def readyz(self, copy: Copy) -> dict[str, Any]:
        """Return what a copy says of its readiness; `{}` while it does not answer."""
        trust = ssl.create_default_context(cafile=str(self._secrets(copy.service) / "ca.pem"))
        trust.check_hostname = False
        trust.load_cert_chain(
            str(self._secrets(copy.service) / "cert.pem"),
            str(self._secrets(copy.service) / "key.pem"),
        )
        url = f"https://127.0.0.1:{copy.http_port}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=5, context=trust) as answer:
                body = answer.read()
        except urllib.error.HTTPError as refused:
            body = refused.read()
        except OSError:
            return {}
        parsed: dict[str, Any] = json.loads(body)
        return parsed

    def wait_ready(self, *copies: Copy, within: float = READY_SECONDS) -> None:
        """Return when all `copies` (all there are, if none is named) are ready."""
        for copy in copies or tuple(self.copies.values()):
            self._wait_one(copy, within)

    def _wait_one(self, copy: Copy, within: float) -> None:
        def ready() -> bool:
            assert copy.process is not None
            assert copy.process.poll() is None, f"{copy.instance} ended; see {copy.log}"
            return self.readyz(copy).get("ready") is True

        until(
            ready,
            within,
            lambda: f"{copy.instance}: {self.readyz(copy)}; see {copy.log}",
        )

    def leaders(self) -> dict[str, str]:
        """Return which instance leads each loop, as etcd holds it."""
        lines = self._etcdctl("get", "--prefix", "/quantix/leaders/").splitlines()
        pairs = zip(lines[::2], lines[1::2], strict=True)
        return {key.removeprefix("/quantix/leaders/"): leader for key, leader in pairs}

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that etcd holds below `prefix`."""
        return self._etcdctl("get", "--prefix", "--keys-only", prefix).split()

    def sessions(self) -> set[str]:
        """Return whose sessions etcd holds."""
        keys = self.keys("/quantix/nodes/")
        return {key.split("/")[3] for key in keys if key.endswith("/session")}

    def cut_power(self, service: str = "", *, etcd: bool = False) -> None:
        """Kill the first copy of `service`, or stop etcd, or both, and start them again."""
        if service:
            self.kill(self.copies[f"{service}-1"])
        if etcd:
            self.lab.etcd.down()
            self.lab.etcd.up()
        if service:
            self.start(service)

    def end_session(self, uid: str) -> None:
        """Let the session of a host have ended, as after a long silence."""
        self._etcdctl("del", f"/quantix/nodes/{uid}/session")

    def _etcdctl(self, *arguments: str) -> str:
        command = ["etcdctl", "--endpoints", self._etcd, *arguments]
        environment = {**os.environ, "ETCDCTL_API": "3"}
        return subprocess.run(
            command, env=environment, capture_output=True, check=True, text=True
        ).stdout

    @property
    def _etcd(self) -> str:
        return self.etcd_endpoints or self.lab.etcd.endpoint

    def down(self) -> None:
        """Stop every process and every store, and forget what they kept."""
        for copy in self.copies.values():
            if copy.process is not None and copy.process.poll() is None:
                copy.process.kill()
                copy.process.wait()
        self.lab.down()

    def _end(self, copy: Copy, number: signal.Signals) -> int:
        assert copy.process is not None
        copy.process.send_signal(number)
        return copy.process.wait(timeout=30)

    def _secrets(self, service: str) -> Path:
        return secrets_folder(self.lab) / service

    @property
    def _key_file(self) -> Path:
        return self._secrets("console") / "bootstrap.key"

    def _environment(self, copy: Copy) -> dict[str, str]:
        told = {
            **read_environment(self._secrets(copy.service) / "service.env"),
            "QVDC_ETCD_ENDPOINTS": self._etcd,
            "QVDC_REDIS_URL": self.lab.redis.url,
            "QVDC_ADVERTISE_HOST": "127.0.0.1",
            "QVDC_INSTANCE": copy.instance,
            "QVDC_MESH_LISTEN": f"127.0.0.1:{copy.mesh_port}",
            "QVDC_HTTP_LISTEN": f"127.0.0.1:{copy.http_port}",
        }
        for other in self.copies.values():
            if other.number == 1:
                pair = f"127.0.0.1:{other.mesh_port}/127.0.0.1:{other.http_port}"
                told[f"QVDC_{other.service.upper()}_ENDPOINTS"] = pair
        own = {
            "node": {"QVDC_ENROL_LISTEN": f"127.0.0.1:{self.enrol_port}"},
            "image": {"QVDC_IMAGE_LIBRARY": str(self.folder / "images")},
            "network": {
                "QVDC_OVN_NORTHBOUND": self.lab.ovn.northbound,
                "QVDC_OVN_SOUTHBOUND": self.lab.ovn.southbound,
            },
            "console": {
                "QVDC_CONSOLE_LISTEN": f"127.0.0.1:{self.door_port}",
                "QVDC_CONSOLE_TLS_LISTEN": f"127.0.0.1:{free_port()}",
                "QVDC_CONSOLE_GRPC_LISTEN": f"127.0.0.1:{self.grpc_port}",
                "QVDC_CONSOLE_API_KEY_FILE": str(self._key_file),
                "QVDC_CONSOLE_TLS_CERT_FILE": str(self._secrets("console") / "door-cert.pem"),
                "QVDC_CONSOLE_TLS_KEY_FILE": str(self._secrets("console") / "door-key.pem"),
            },
        }
        if copy.number == 1:
            return {**told, **own.get(copy.service, {})}
        return {**told, **{k: v for k, v in own.get(copy.service, {}).items() if "LISTEN" not in k}}


@contextmanager
def installed_site(folder: Path, *, network: bool = True) -> Iterator[Site]:
    """Yield a site whose stores run and which is installed; no service is started.

    Args:
        network: also run OVN's databases, where this process may.
    """
    lab = lab_in(folder / "run", host_count=0)
    site = Site(folder, lab, free_port(), free_port(), free_port())
    try:
        lab.start_stores()
        if network and os.geteuid() == 0:
            lab.start_network()
        install(lab)
        yield site
    finally:
        site.down()


def until(
    condition: Callable[[], bool], within: float, otherwise: Callable[[], str] = lambda: ""
) -> None:
    """Return once `condition` holds; fail after `within` seconds with what `otherwise` says."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, otherwise() or "it did not come to be"
        time.sleep(LOOK_EVERY_SECONDS)


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
