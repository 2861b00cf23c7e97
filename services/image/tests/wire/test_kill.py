"""The process may die at any instruction; a real tus client goes on (S-D)."""

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase

MIB = 1 << 20


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
def running(copy: Copy) -> Iterator["subprocess.Popen[bytes]"]:
    process = copy.start()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def a_file(tmp_path: Path, files: SimpleNamespace, size: int) -> tuple[Path, str]:
    path = tmp_path / "disk.raw"
    data = files.a_raw_disk(4096) + os.urandom(size - 4096)
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def kill_when_some_is_there(folder: Path, process: "subprocess.Popen[bytes]", bytes_: int) -> None:
    while sum(path.stat().st_size for path in folder.glob("*")) < bytes_:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()


async def test_tuspy_resumes_after_the_service_was_killed(
    make_copy: Callable[[str], Copy], files: SimpleNamespace, tmp_path: Path
) -> None:
    copy = make_copy("image-1")
    path, digest = a_file(tmp_path, files, 48 * MIB)
    incoming = tmp_path / "library" / "incoming"
    with running(copy) as first:
        await copy.ready()
        client = TusClient(f"{copy.url}/api/v1/images/uploads/", headers=copy.headers)
        metadata = {"filename": "disk.raw", "imageId": "killed", "checksum": f"sha256:{digest}"}
        uploader = client.uploader(str(path), chunk_size=2 * MIB, metadata=metadata)
        killing = asyncio.create_task(
            asyncio.to_thread(kill_when_some_is_there, incoming, first, 20 * MIB)
        )
        with pytest.raises((TusCommunicationError, OSError)):
            await asyncio.to_thread(uploader.upload)
        await killing
    url = uploader.url
    with running(copy):
        await copy.ready()
        client = TusClient(f"{copy.url}/api/v1/images/uploads/", headers=copy.headers)
        again = client.uploader(str(path), url=url, chunk_size=8 * MIB)
        assert 0 < again.offset < 48 * MIB
        before = copy.image("images/killed")["progress"]
        await asyncio.to_thread(again.upload)
        image = await copy.settled("images/killed")
    assert int(before.get("bytesDone", 0)) <= again.offset
    assert (image["state"], image["digest"]) == ("STATE_READY", digest)
    assert image["progress"]["percent"] == 100
    assert [each.name for each in (tmp_path / "library" / "stored").iterdir()] == [digest]
    assert list(incoming.iterdir()) == []


async def test_two_copies_share_uploads_and_finish_each_others_work(
    make_copy: Callable[[str], Copy], files: SimpleNamespace, tmp_path: Path
) -> None:
    one, two = make_copy("image-1"), make_copy("image-2")
    path, digest = a_file(tmp_path, files, 24 * MIB)
    with running(one) as first, running(two):
        await one.ready()
        await two.ready()
        client = TusClient(f"{one.url}/api/v1/images/uploads/", headers=one.headers)
        uploader = client.uploader(
            str(path), chunk_size=2 * MIB, metadata={"imageId": "shared", "checksum": digest}
        )
        await asyncio.to_thread(uploader.upload, 12 * MIB)
        moved = str(uploader.url).replace(one.url, two.url)
        other = TusClient(f"{two.url}/api/v1/images/uploads/", headers=two.headers)
        resumed = other.uploader(str(path), url=moved, chunk_size=2 * MIB)
        assert resumed.offset == 12 * MIB
        racing = [
            asyncio.to_thread(resumed.upload),
            asyncio.to_thread(uploader.upload),
        ]
        outcomes = await asyncio.gather(*racing, return_exceptions=True)
        assert all(o is None or isinstance(o, TusCommunicationError) for o in outcomes)
        if all(outcomes):
            rest = other.uploader(str(path), url=moved, chunk_size=2 * MIB)
            await asyncio.to_thread(rest.upload)
        first.kill()
        image = await two.settled("images/shared")
    assert (image["state"], image["digest"]) == ("STATE_READY", digest)
