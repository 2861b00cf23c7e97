import importlib.util
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from qvdc_rpc import tls
from qvdc_rpc.dial import dial
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Identity, Pki

HERE = Path(__file__).parent


def _load_echo() -> Any:
    if "echo" not in sys.modules:
        spec = importlib.util.spec_from_file_location("echo", HERE / "echo.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["echo"] = module
        spec.loader.exec_module(module)
    return sys.modules["echo"]


def tls_files(identity: Identity) -> TlsFiles:
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)


@pytest.fixture(scope="session")
def generated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    _load_echo().generate(folder)
    return folder


@pytest.fixture(scope="session")
def generated(generated_folder: Path) -> Any:
    return _load_echo().Generated(generated_folder)


@dataclass
class Served:
    """A running echo process and the ways to reach it."""

    process: Process
    servicer: Any
    generated: Any
    pki: Pki

    @property
    def http_url(self) -> str:
        return f"https://localhost:{self.process.http_port}"

    def assertion(self, permissions: tuple[str, ...] = ("echo.say",), **more: Any) -> str:
        return self.pki.assertion(audience="echo", permissions=permissions, **more)

    def channel(self, identity: Identity | None, port: int | None = None) -> grpc.aio.Channel:
        files = tls_files(identity) if identity else None
        address = f"127.0.0.1:{port or self.process.mesh_port}"
        return dial(address, name="echo.quantix.internal", tls=files)

    def stub(self, identity: Identity) -> Any:
        return self.generated.grpc.EchoServiceStub(self.channel(identity))

    def http(self, identity: Identity, assertion: str | None = None) -> httpx.AsyncClient:
        headers = {"x-quantix-assertion": assertion} if assertion else {}
        context = tls.client_context(tls_files(identity))
        return httpx.AsyncClient(base_url=self.http_url, verify=context, headers=headers)


@pytest.fixture
async def served(generated: Any, pki: Pki) -> AsyncIterator[Served]:
    echo = _load_echo()
    wire = Wire(
        tls=tls_files(pki.service("echo")),
        assertion_jwks=pki.assertion_jwks_file,
        enrol_listen="127.0.0.1:0",
    )
    process = Process("echo", wire, strict_packages=echo.PACKAGES)
    servicer = echo.EchoServicer(generated)
    process.serve(generated.service, servicer)
    async with process.running():
        yield Served(process, servicer, generated, pki)
