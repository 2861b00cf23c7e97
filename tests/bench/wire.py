"""What the one wrapper costs: a call over the mesh port against bare grpc.aio, both with mTLS.

Client and server share one process and one core, so a call's cost is both ends' together. Ours
and the floor alternate in rounds, and the medians are compared.
"""

from __future__ import annotations

import asyncio
import pathlib
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty
from tests.bench.figure import Figure

from quantix.claim.v1 import image_claim_pb2
from quantix.claim.v1.image_claim_pb2 import ReleaseImageRequest
from quantix.claim.v1.image_claim_pb2_grpc import ImageClaimServiceStub
from qvdc_rpc.dial import dial
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Identity, Pki

SERVICE = image_claim_pb2.DESCRIPTOR.services_by_name["ImageClaimService"]
CALLS = 1500
IN_FLIGHT = 32
ROUNDS = 7
REQUEST = ReleaseImageRequest(
    image="images/debian-12",
    vm_uid="0b51b0c4-7c2b-4a55-9d8f-0d4d2f1d7b11",
    fence={"site_term": 1, "loop": "machines", "revision": 42},
)
Call = Callable[[ReleaseImageRequest], Awaitable[Any]]


class _Servicer:
    async def claim_image(self, request: Any, _ctx: Any) -> Any:
        return image_claim_pb2.ImageClaim(image=request.image)

    async def release_image(self, _request: Any, _ctx: Any) -> Empty:
        return Empty()


async def measure() -> list[Figure]:
    """Return calls per second of the wrapped mesh port beside those of bare grpc.aio."""
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(pathlib.Path(folder))
        server, client = pki.service("image"), pki.service("vm")
        process = Process("image", Wire(tls=_files(server), mesh_listen="127.0.0.1:0"))
        process.serve(SERVICE, _Servicer())
        bare, bare_port = await _bare_server(server)
        async with process.running():
            ours = _stub(process.mesh_port, client)
            floor = _stub(bare_port, client)
            pairs = [(await _rate(ours), await _rate(floor)) for _ in range(ROUNDS)]
        await bare.stop(None)
    return [
        Figure(
            name="unary calls over the mesh port",
            value=statistics.median(pair[0] for pair in pairs),
            unit="calls/s",
            better="higher",
            floor=statistics.median(pair[1] for pair in pairs),
        )
    ]


async def _rate(call: Call) -> float:
    remaining = iter(range(CALLS))

    async def worker() -> None:
        for _ in remaining:
            await call(REQUEST)

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return CALLS / (time.perf_counter() - begun)


async def _bare_server(identity: Identity) -> tuple[grpc.aio.Server, int]:
    async def release(_request: Any, _context: Any) -> Empty:
        return Empty()

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(
        release,
        request_deserializer=ReleaseImageRequest.FromString,
        response_serializer=Empty.SerializeToString,
    )
    handlers = {"ReleaseImage": handler}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE.full_name, handlers),)
    )
    credentials = grpc.ssl_server_credentials(
        [(identity.key_file.read_bytes(), identity.cert_file.read_bytes())],
        identity.ca_file.read_bytes(),
        require_client_auth=True,
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    return server, port


def _stub(port: int, identity: Identity) -> Call:
    channel = dial(f"127.0.0.1:{port}", name="image.quantix.internal", tls=_files(identity))
    call: Call = ImageClaimServiceStub(channel).ReleaseImage
    return call


def _files(identity: Identity) -> TlsFiles:
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)
