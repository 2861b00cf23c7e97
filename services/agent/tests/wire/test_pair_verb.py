"""`quantix-node pair`: looked at and configured from outside, by whom the code was told."""

import asyncio
import re
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.agent.v1 import pairing_pb2, pairing_pb2_grpc
from qvdc_agent.guardian.joining import read_joining
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal
from tests.wire.test_guardian import Guardian

NAME = "pairing.quantix.internal"
WITHIN = timedelta(seconds=10)


@dataclass
class Pair:
    """A running `quantix-node pair` and what it shows."""

    process: asyncio.subprocess.Process
    shown: dict[str, str]
    stub: Any

    async def ask(self, method: str, **fields: Any) -> Any:
        request = getattr(pairing_pb2, f"{method}Request")(**fields)
        return await call(getattr(self.stub, method), request, timeout=WITHIN)

    async def reason(self, method: str, **fields: Any) -> str:
        with pytest.raises(RemoteRefusal) as refused:
            await self.ask(method, **fields)
        return refused.value.reason


@asynccontextmanager
async def pairing(host: Guardian) -> AsyncIterator[Pair]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from qvdc_agent.node_cli import main; main()", "pair", "--listen", "127.0.0.1:0"),
        env=host.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    shown: dict[str, str] = {}
    try:
        async with asyncio.timeout(60):
            while "fingerprint" not in shown:
                line = (await process.stdout.readline()).decode()
                word, _, rest = line.partition(" ")
                shown[word] = rest.strip().split(" ")[0]
        der = await asyncio.to_thread(presented, shown["address"])
        assert sha256(der).hexdigest() == shown["fingerprint"].replace(":", "").lower()
        credentials = grpc.ssl_channel_credentials(ssl.DER_cert_to_PEM_cert(der).encode())
        options = [("grpc.ssl_target_name_override", NAME)]
        async with grpc.aio.secure_channel(shown["address"], credentials, options) as channel:
            yield Pair(process, shown, pairing_pb2_grpc.PairingServiceStub(channel))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def presented(address: str) -> bytes:
    host, _, port = address.rpartition(":")
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port)), timeout=20))


@pytest.fixture
def host(tmp_path: Path) -> Guardian:
    return Guardian(tmp_path)


async def test_jn_2_a_host_is_looked_at_with_its_code_and_configured_once(
    host: Guardian, control_plane: Any
) -> None:
    async with pairing(host) as pair:
        assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", pair.shown["code"])
        assert await pair.reason("Describe") == "CODE_MISSING"
        assert await pair.reason("Describe", code="WRONGONE") == "CODE_INVALID"
        assert await pair.reason("Describe", code=pair.shown["code"]) == "RATE_LIMITED"
        await asyncio.sleep(1.1)  # the pause after a wrong code is what is tested
        told = await pair.ask("Describe", code=pair.shown["code"].lower())
        assert told.machine_uuid == host.places.machine_uuid.read_text().strip()
        assert told.system.protocol_lowest == 1
        assert told.inventory.cpu.cpu_count > 0
        await pair.ask(
            "Configure",
            code=pair.shown["code"],
            servers=[control_plane.enrol],
            ca_pem=control_plane.ca_file.read_text(),
            join_token="the-token",
        )
        async with asyncio.timeout(30):
            assert await pair.process.wait() == 0
    assert read_joining(host.places.join).servers == (control_plane.enrol,)  # type: ignore[union-attr]
    async with host.running():
        await control_plane.double.until(registrations=1, beats=1)
        assert "quantix-node leave first" in await host.tool("pair")
    assert control_plane.double.registrations[0].join_token == "the-token"
