"""A real process is told to stop while slow calls are in flight on both ports."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.json_format import ParseDict

from qvdc_rpc import tls
from qvdc_rpc.dial import dial, stream
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Pki

HERE = Path(__file__).parent


class Running:
    """An echo process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self.process = process
        self.mesh_port, self.http_port = ports

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.wait_for(self.process.stdout.readline(), 15)).decode().strip()


@pytest.fixture
async def running(generated_folder: Path, pki: Pki, tmp_path: Path) -> AsyncIterator[Running]:
    identity = pki.service("echo")
    wire = tmp_path / "wire.json"
    files = {"cert": identity.cert_file, "key": identity.key_file, "ca": identity.ca_file}
    files["jwks"] = pki.assertion_jwks_file
    wire.write_text(json.dumps({name: str(path) for name, path in files.items()}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "echo.py"),
        str(generated_folder),
        str(wire),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = (await asyncio.wait_for(process.stdout.readline(), 20)).split()
    yield Running(process, [int(each) for each in told[1:]])
    if process.returncode is None:
        process.kill()
        await process.wait()


def files_of(pki: Pki, service: str) -> TlsFiles:
    identity = pki.service(service)
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)


async def test_calls_in_flight_are_answered_before_the_end(
    running: Running, generated: Any, pki: Pki
) -> None:
    slow = {"act": "wait", "delay": "1.5s", "text": "late"}
    name = "echo.quantix.internal"
    channel = dial(f"127.0.0.1:{running.mesh_port}", name=name, tls=files_of(pki, "vm"))
    stub = generated.grpc.EchoServiceStub(channel)
    client = httpx.AsyncClient(
        base_url=f"https://localhost:{running.http_port}",
        verify=tls.client_context(files_of(pki, "console")),
        headers={"x-quantix-assertion": pki.assertion(audience="echo")},
    )
    over_grpc = asyncio.ensure_future(stub.Echo(ParseDict(slow, generated.pb2.EchoRequest())))
    assert await running.line() == "started"
    over_http = asyncio.ensure_future(client.post("/rpctest.v1.EchoService/Echo", json=slow))
    assert await running.line() == "started"

    running.process.send_signal(signal.SIGTERM)

    assert (await over_grpc).text == "late"
    assert (await over_http).json()["text"] == "late"
    assert await running.line() == "stopped"
    assert await asyncio.wait_for(running.process.wait(), 10) == 0
    with pytest.raises(grpc.RpcError):
        await stub.Echo(generated.pb2.EchoRequest(), timeout=1)


async def test_a_stream_is_cut_with_a_reason(running: Running, generated: Any, pki: Pki) -> None:
    name = "echo.quantix.internal"
    channel = dial(f"127.0.0.1:{running.mesh_port}", name=name, tls=files_of(pki, "vm"))
    stub = generated.grpc.EchoServiceStub(channel)
    endless = ParseDict({"count": "1", "act": "wait", "delay": "60s"}, generated.pb2.EchoRequest())
    watching = stream(stub.Count, endless)
    await anext(watching)

    running.process.send_signal(signal.SIGTERM)

    with pytest.raises(RemoteRefusal) as caught:
        await anext(watching)
    assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    assert await asyncio.wait_for(running.process.wait(), 10) == 0
