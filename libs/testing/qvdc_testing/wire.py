"""Calling a process under test as a service, a host, or a user behind the door."""

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import grpc
import httpx
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from qvdc_core.errors import Kind, Refusal
from qvdc_rpc.access import method_attribute
from qvdc_rpc.dial import call, dial, stream
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles, service_name
from qvdc_testing.pki import Identity, Pki

ASSERTION_HEADER = "x-quantix-assertion"
CALL_TIMEOUT = timedelta(seconds=20)


def tls_files(identity: Identity) -> TlsFiles:
    """The files of `identity` as qvdc_rpc takes them."""
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)


def local_wire(pki: Pki, service: str) -> Wire:
    """Free ports on 127.0.0.1 with the certificate of `service` and the door's keys."""
    return Wire(
        tls=tls_files(pki.service(service)),
        assertion_jwks=pki.assertion_jwks_file,
        drain=timedelta(seconds=1),
    )


class UnservedHere(Refusal):
    """A neighbour under test has no answer to this method."""

    kind = Kind.UNIMPLEMENTED
    reason = "UNIMPLEMENTED"


def neighbour(service: ServiceDescriptor, double: object) -> object:
    """Return a servicer of all of `service` that answers what `double` does, and refuses the rest.

    A neighbour's service may so gain methods without a test of its callers noticing.
    """
    methods = {method_attribute(method.name): method for method in service.methods}
    return SimpleNamespace(
        **{
            attribute: getattr(double, attribute, None) or _refusing(method)
            for attribute, method in methods.items()
        }
    )


def _refusing(method: MethodDescriptor) -> Callable[..., Any]:
    async def refuse(_request: object, _ctx: object) -> Any:
        raise UnservedHere(f"{method.full_name} is not answered here.")

    async def refuse_stream(_request: object, _ctx: object) -> AsyncIterator[Any]:
        raise UnservedHere(f"{method.full_name} is not answered here.")
        yield

    return refuse_stream if method.server_streaming else refuse


class Client:
    """One caller of one servicer; refusals come as `RemoteRefusal`."""

    def __init__(self, stub: Any, assertion: Callable[[], str] | None) -> None:
        self._stub = stub
        self._assertion = assertion

    async def call(self, method: str, request: object) -> Any:
        """Make a unary call of `method`, in CamelCase."""
        return await call(
            getattr(self._stub, method),
            request,
            timeout=CALL_TIMEOUT,
            assertion=self._assertion() if self._assertion else None,
        )

    def stream(self, method: str, request: object) -> AsyncIterator[Any]:
        """Make a server-streaming call of `method`, in CamelCase."""
        return stream(
            getattr(self._stub, method),
            request,
            assertion=self._assertion() if self._assertion else None,
        )


class Callers:
    """Clients of one running process; close it at the end."""

    def __init__(self, process: Process, pki: Pki) -> None:
        self._process = process
        self._pki = pki
        self._channels: dict[str, grpc.aio.Channel] = {}

    def service(self, stub: Callable[[grpc.aio.Channel], Any], name: str) -> Client:
        """A client with the certificate of service `name`."""
        return Client(stub(self._channel(self._pki.service(name))), None)

    def node(self, stub: Callable[[grpc.aio.Channel], Any], uid: str) -> Client:
        """A client with the certificate of host `uid`."""
        return Client(stub(self._channel(self._pki.node(uid))), None)

    def user(
        self,
        stub: Callable[[grpc.aio.Channel], Any],
        *,
        subject: str = "user:ann",
        permissions: tuple[str, ...] = ("*",),
    ) -> Client:
        """A user behind the door."""

        def assertion() -> str:
            return self._pki.assertion(
                audience=self._process.service, subject=subject, permissions=permissions
            )

        return Client(stub(self._channel(self._pki.service("console"))), assertion)

    async def post_json(self, path: str, body: object, *, assertion: str) -> httpx.Response:
        """POST JSON to the HTTP port as curl through the door does: Connect's unary call."""
        door = self._pki.service("console")
        tls = ssl.create_default_context(cafile=str(door.ca_file))
        tls.load_cert_chain(str(door.cert_file), str(door.key_file))
        async with httpx.AsyncClient(verify=tls) as client:
            return await client.post(
                f"https://localhost:{self._process.http_port}{path}",
                json=body,
                headers={ASSERTION_HEADER: assertion},
            )

    async def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            await channel.close()

    def _channel(self, identity: Identity) -> grpc.aio.Channel:
        if identity.spiffe_id not in self._channels:
            self._channels[identity.spiffe_id] = dial(
                f"127.0.0.1:{self._process.mesh_port}",
                name=service_name(self._process.service),
                tls=tls_files(identity),
            )
        return self._channels[identity.spiffe_id]
