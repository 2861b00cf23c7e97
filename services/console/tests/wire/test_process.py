"""The door as a process of its own: its first start, its stores away, its orderly end."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def written(path: Path) -> str:
    """The content of a file that is about to be written."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never written"
        time.sleep(0.05)
    return path.read_text().strip()


class Door:
    """A running qvdc-console."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, key_file: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.key_file = key_file

    async def until_ready(self) -> None:
        async with asyncio.timeout(120), httpx.AsyncClient(base_url=self.url) as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    assert self.process.returncode is None
                await asyncio.sleep(0.2)


@pytest.fixture
async def door(
    pki: Pki, postgresql: TestDatabase, etcd_server: EtcdServer, tmp_path: Path
) -> AsyncIterator[Door]:
    identity, port = pki.service("console"), free_port()
    wanted = {
        "DATABASE_URL": postgresql.url("qvdc_console"),
        "DATABASE_ADMIN_URL": postgresql.admin_url,
        "ETCD_ENDPOINTS": etcd_server.endpoint,
        "MESH_LISTEN": "127.0.0.1:0",
        "HTTP_LISTEN": "127.0.0.1:0",
        "CERT_FILE": str(identity.cert_file),
        "KEY_FILE": str(identity.key_file),
        "CA_FILE": str(identity.ca_file),
        "ASSERTION_KEY": str(pki.assertion_key_file),
        "ASSERTION_JWKS": str(pki.assertion_jwks_file),
        "CONSOLE_LISTEN": f"127.0.0.1:{port}",
        "CONSOLE_TLS_LISTEN": "127.0.0.1:0",
        "CONSOLE_GRPC_LISTEN": "127.0.0.1:0",
        "CONSOLE_API_KEY_FILE": str(tmp_path / "bootstrap.key"),
    }
    environment = {**os.environ, **{f"QVDC_{name}": value for name, value in wanted.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qvdc_console", env=environment
    )
    yield Door(process, port, tmp_path / "bootstrap.key")
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_it_starts_makes_a_key_and_ends_in_order(door: Door) -> None:
    await door.until_ready()
    key = await asyncio.to_thread(written, door.key_file)

    async with httpx.AsyncClient(base_url=door.url, headers={"x-api-key": key}) as client:
        info = await client.get("/api/v1/info")
        watching = client.stream("GET", "/api/v1/watch", timeout=30)
        async with watching as reply:
            assert reply.status_code == 200
            door.process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):
                _ = [line async for line in reply.aiter_lines()]

    assert info.json()["site"] == "quantix"
    assert await asyncio.wait_for(door.process.wait(), 15) == 0
