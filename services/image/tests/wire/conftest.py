"""A real image service on real stores, and ways to reach it."""

import asyncio
import base64
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from quantix.claim.v1.image_claim_pb2_grpc import ImageClaimServiceStub
from quantix.host.v1.cache_sync_pb2_grpc import CacheSyncServiceStub
from quantix.image.v1.image_pb2_grpc import ImageServiceStub, UploadServiceStub
from quantix.operation.v1.operation_pb2_grpc import OperationServiceStub
from qvdc_core.clock import SystemClock
from qvdc_image.app import build
from qvdc_image.settings import Settings
from qvdc_rpc import tls
from qvdc_rpc.process import Process
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase
from qvdc_testing.wire import Callers, Client, local_wire, tls_files

NODE_UID = "5f3c8f3e-6f0b-4f6e-9d2f-0b1c2d3e4f50"
UPLOADS = "/api/v1/images/uploads"


def encoded(metadata: Mapping[str, str]) -> str:
    """Upload-Metadata of `metadata`."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata.items())


@dataclass
class Served:
    """One running image service."""

    process: Process
    callers: Callers
    pki: Pki
    library: Path

    @property
    def images(self) -> Client:
        return self.callers.user(ImageServiceStub)

    @property
    def uploads(self) -> Client:
        return self.callers.user(UploadServiceStub)

    @property
    def operations(self) -> Client:
        return self.callers.user(OperationServiceStub)

    @property
    def claims(self) -> Client:
        return self.callers.service(ImageClaimServiceStub, "vm")

    def node(self, uid: str) -> Client:
        return self.callers.node(CacheSyncServiceStub, uid)

    def user(self, *, permissions: tuple[str, ...] = ("image.*",)) -> Client:
        return self.callers.user(ImageServiceStub, permissions=permissions)

    def http(
        self, *, permissions: tuple[str, ...] = ("*",), door: bool = True
    ) -> httpx.AsyncClient:
        """The HTTP port as the door (with an assertion) or as a host reaches it."""
        who = self.pki.service("console") if door else self.pki.node(NODE_UID)
        context = tls.client_context(tls_files(who))
        headers = {"Tus-Resumable": "1.0.0"}
        if door:
            headers["x-quantix-assertion"] = self.pki.assertion(
                audience="image", subject="user:ann", permissions=permissions
            )
        base = f"https://localhost:{self.process.http_port}"
        return httpx.AsyncClient(base_url=base, verify=context, headers=headers, timeout=20)

    async def create(self, http: httpx.AsyncClient, size: int, **metadata: str) -> httpx.Response:
        """A tus creation."""
        headers = {"Upload-Length": str(size), "Upload-Metadata": encoded(metadata)}
        return await http.post(f"{UPLOADS}/", headers=headers)

    async def patch(
        self, http: httpx.AsyncClient, location: str, offset: int, body: Any, **headers: str
    ) -> httpx.Response:
        """A tus PATCH."""
        more = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return await http.patch(location, content=body, headers=more | headers)

    async def upload(self, data: bytes, **metadata: str) -> str:
        """Upload `data` whole; return the image's name."""
        async with self.http() as http:
            made = await self.create(http, len(data), **metadata)
            assert made.status_code == 201, made.text
            sent = await self.patch(http, made.headers["location"], 0, data)
            assert sent.status_code == 204, sent.text
        return str(made.headers["quantix-image"])

    def stored(self) -> list[str]:
        """Digests of stored bytes."""
        return sorted(path.name for path in (self.library / "stored").iterdir())

    def incoming(self) -> list[str]:
        """Uids of uploads with bytes."""
        return sorted(path.name for path in (self.library / "incoming").iterdir())


def settings_for(
    postgresql: TestDatabase, etcd: EtcdServer, library: Path, **more: Any
) -> Settings:
    """Settings of one process of the test."""
    return Settings(
        database_url=postgresql.url("qvdc_image"),
        database_admin_url=postgresql.admin_url,
        etcd_endpoints=etcd.endpoint,
        advertise_host="127.0.0.1",
        image_library=library,
        image_keep_free_bytes=0,
        **more,
    )


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An empty image library."""
    return tmp_path / "library"


@pytest.fixture
async def served(
    postgresql: TestDatabase, etcd_server: EtcdServer, pki: Pki, library: Path
) -> AsyncIterator[Served]:
    """A running service, ready to be used."""
    process = build(
        settings_for(postgresql, etcd_server, library),
        local_wire(pki, "image"),
        clock=SystemClock(),
    )
    async with process.running():
        callers = Callers(process, pki)
        yield Served(process, await _ready(process, callers), pki, library)
        await callers.close()


async def _ready(process: Process, callers: Callers) -> Callers:
    async with asyncio.timeout(30):
        while not (await process.readiness.check()).ready:  # noqa: ASYNC110 - a store starts
            await asyncio.sleep(0.05)
    return callers


@pytest.fixture
def sha256() -> Any:
    """Hex SHA-256 of bytes."""
    return lambda data: hashlib.sha256(data).hexdigest()


@dataclass
class Copy:
    """One process of the image service, with plain ports."""

    environment: dict[str, str]
    port: int
    pki: Pki
    log: Path

    def start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "qvdc_image"], env=self.environment, stderr=log
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        token = self.pki.assertion(audience="image", subject="user:ann", permissions=("*",))
        return {"x-quantix-assertion": token}

    async def ready(self) -> None:
        async with httpx.AsyncClient() as http, asyncio.timeout(40):
            while True:
                try:
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    def image(self, name: str) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/quantix.image.v1.ImageService/GetImage",
            json={"name": name},
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def settled(self, name: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                image = await asyncio.to_thread(self.image, name)
                if image["state"] in ("STATE_READY", "STATE_ERROR"):
                    return image
                await asyncio.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def make_copy(
    postgresql: TestDatabase, etcd_server: EtcdServer, pki: Pki, tmp_path: Path
) -> Callable[[str], Copy]:
    """Makes copies that share stores and library."""

    def make(instance: str) -> Copy:
        port = free_port()
        environment = os.environ | {
            "QVDC_DATABASE_URL": postgresql.url("qvdc_image"),
            "QVDC_DATABASE_ADMIN_URL": postgresql.admin_url,
            "QVDC_ETCD_ENDPOINTS": etcd_server.endpoint,
            "QVDC_MESH_LISTEN": "127.0.0.1:0",
            "QVDC_HTTP_LISTEN": f"127.0.0.1:{port}",
            "QVDC_ADVERTISE_HOST": "127.0.0.1",
            "QVDC_ASSERTION_JWKS": str(pki.assertion_jwks_file),
            "QVDC_IMAGE_LIBRARY": str(tmp_path / "library"),
            "QVDC_IMAGE_KEEP_FREE_BYTES": "0",
            "QVDC_INSTANCE": instance,
        }
        return Copy(environment, port, pki, tmp_path / f"{instance}.log")

    return make


@contextmanager
def _running(copy: Copy) -> Iterator["subprocess.Popen[bytes]"]:
    process = copy.start()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def running() -> Any:
    """A context in which a copy runs; it is killed at the end."""
    return _running
