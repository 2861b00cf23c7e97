import asyncio
import importlib.util
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
import httpx
import pytest
import pytest_asyncio

from qvdc_console.app import build
from qvdc_console.settings import Settings
from qvdc_rpc.ports import GrpcPort, HttpPort
from qvdc_rpc.process import Process
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase

HERE = Path(__file__).parent


def load(name: str) -> Any:
    """Import a module that lies beside the tests."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@dataclass
class Site:
    """The door, services behind it, and a key."""

    door: Process
    plain: HttpPort
    secure: HttpPort
    native: GrpcPort
    key: str
    clusters: Any
    known: Any
    pki: Pki
    password_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.plain.number}"

    def http(self, key: str | None = "") -> httpx.AsyncClient:
        headers = {} if key is None else {"authorization": f"Bearer {key or self.key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20)

    def channel(self) -> grpc.aio.Channel:
        credentials = grpc.ssl_channel_credentials(self.pki.ca_file.read_bytes())
        return grpc.aio.secure_channel(f"localhost:{self.native.number}", credentials)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key}"),)


def settings(pki: Pki, database: TestDatabase, folder: Path) -> Settings:
    identity = pki.service("console")
    return Settings(
        database_url=database.url("qvdc_console"),
        database_admin_url=database.admin_url,
        etcd_endpoints="127.0.0.1:1",
        mesh_listen="127.0.0.1:0",
        http_listen="127.0.0.1:0",
        cert_file=identity.cert_file,
        key_file=identity.key_file,
        ca_file=identity.ca_file,
        assertion_key=pki.assertion_key_file,
        assertion_jwks=pki.assertion_jwks_file,
        console_listen="127.0.0.1:0",
        console_tls_listen="127.0.0.1:0",
        console_grpc_listen="127.0.0.1:0",
        console_api_key_file=folder / "keys" / "bootstrap.key",
    )


def written(path: Path) -> str:
    """The content of a file that is about to be written."""
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never written"
        time.sleep(0.05)
    return path.read_text().strip()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    pki: Pki, module_postgresql: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    upstreams = load("upstreams")
    clusters, known = upstreams.Clusters(), upstreams.Known()
    wanted = settings(pki, module_postgresql, tmp_path_factory.mktemp("door"))
    async with AsyncExitStack() as stack:
        behind = upstreams.cluster_process(pki, clusters)
        known.add("cluster", await stack.enter_async_context(behind.running()))
        image = upstreams.image_process(pki)
        known.add("image", await stack.enter_async_context(image.running()))
        door = build(wanted, known)
        await stack.enter_async_context(door.running())
        plain, secure, native = door.ports[-3:]
        assert isinstance(plain, HttpPort)
        assert isinstance(secure, HttpPort)
        assert isinstance(native, GrpcPort)
        key = await asyncio.to_thread(written, wanted.console_api_key_file)
        password_file = wanted.admin_password_file
        yield Site(door, plain, secure, native, key, clusters, known, pki, password_file)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(site: Site) -> AsyncIterator[Any]:
    """The browser of the first user, who has changed the password."""
    people = load("people")
    password = await asyncio.to_thread(written, site.password_file)
    browser = await people.sign_in(site.url, "admin", password)
    await people.change_password(browser, password)
    yield browser
    await browser.client.aclose()


@pytest.fixture(scope="module")
def people() -> Any:
    """Helpers for people who sign in."""
    return load("people")
