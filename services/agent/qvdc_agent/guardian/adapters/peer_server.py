"""Serves quantix.peer.v1 to other hosts and to the control plane, with mutual TLS.

Small on purpose: the whole of the wire library would be larger than the guardian may be. Who may
call what is read from the contract itself.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from quantix.access.v1 import access_pb2
from quantix.peer.v1 import peer_pb2
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.answering import Answering
from qvdc_agent.guardian.domain.promises import Promise
from qvdc_agent.guardian.guard import Guard
from qvdc_agent.guardian.identity import Identity
from qvdc_agent.guardian.member_file import MemberFile
from qvdc_agent.guardian.promise_book import PromiseBook
from qvdc_agent.guardian.session import Session
from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField, Refusal
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

ERROR_DOMAIN = "vdc.quantix.dev"
SPIFFE_PREFIX = "spiffe://quantix/"
RETRY = timedelta(seconds=1)
STOPPING = timedelta(seconds=1)
_SERVICE = peer_pb2.DESCRIPTOR.services_by_name["PeerService"]
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_receive_message_length", 64 * 1024),
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 1000),
]

Method = Callable[[Any, str], Awaitable[Message]]


class PeerServicer:
    """Answers for this host; `caller` is the path of the caller's SPIFFE id, such as node/<uid>."""

    def __init__(
        self,
        *,
        identity: Identity,
        session: Session,
        guard: Guard,
        members: MemberFile,
        book: PromiseBook,
        answering: Answering,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._session = session
        self._guard = guard
        self._members = members
        self._book = book
        self._answering = answering
        self._clock = clock

    async def probe(self, _: peer_pb2.ProbeRequest, caller: str) -> peer_pb2.ProbeResponse:  # noqa: ARG002 - all who may call hear the same
        """Who lives here."""
        answer = peer_pb2.ProbeResponse(
            machine_uuid=self._identity.machine_uuid,
            boot_id=self._identity.boot_id,
            instance=self._identity.instance,
            session_epoch=self._session.state.session_epoch,
            protected_machine_count=len(self._guard.machines),
        )
        acknowledged_at = self._session.state.acknowledged_at
        if acknowledged_at is not None:
            age = max(0.0, self._clock.boottime() - acknowledged_at)
            answer.acknowledged_age.FromTimedelta(timedelta(seconds=age))
        return answer

    async def ask_renewal(
        self,
        _: peer_pb2.AskRenewalRequest,
        caller: str,
    ) -> peer_pb2.AskRenewalResponse:
        """Whether this host can renew."""
        can = await self._answering.can_renew(caller.removeprefix("node/"))
        answers = peer_pb2.AskRenewalResponse
        return answers(answer=answers.ANSWER_YES if can else answers.ANSWER_NO)

    async def promise(self, request: peer_pb2.PromiseRequest, caller: str) -> Message:
        """Promise against a host, and say when it was last answered *no*."""
        node_uid, fence = _uuid("node_uid", request.node_uid), request.fence
        if not 0 < len(request.incident) <= 128:
            raise InvalidField("incident", "It must have from 1 to 128 characters.")
        if request.fenced_revision < 1 or fence.revision < 1 or not fence.loop:
            raise InvalidField("fence", "Fence and fenced revision must be given.")
        promise = Promise(node_uid, request.incident, request.fenced_revision)
        self._book.promise(promise, Fence(fence.site_term, fence.loop, fence.revision))
        log.warning("promise.given", node=node_uid, incident=request.incident, to=caller)
        answer = peer_pb2.PromiseResponse(member_set_version=self._members.held.version)
        age = self._book.last_no_age(node_uid, self._clock.boottime())
        answer.last_no_age.FromTimedelta(timedelta(seconds=age))
        return answer


class PeerServer:
    """Listens as soon as the host has a certificate, and follows it when it changes."""

    def __init__(self, listen: str, servicer: PeerServicer, places: Places) -> None:
        self._listen = listen
        self._servicer = servicer
        self._places = places

    async def run(self) -> None:
        """Serve for ever."""
        server = await self._opened()
        try:
            await server.wait_for_termination()
        finally:
            await asyncio.shield(server.stop(STOPPING.total_seconds()))

    async def _opened(self) -> grpc.aio.Server:
        while True:
            if self._places.certificate.exists():
                server = grpc.aio.server(options=_OPTIONS)
                server.add_generic_rpc_handlers((_handlers(self._servicer),))
                try:
                    server.add_secure_port(self._listen, self._credentials())
                except (RuntimeError, OSError) as error:
                    log.warning("peers.not_served", listen=self._listen, why=str(error))
                else:
                    await server.start()
                    log.info("peers.served", listen=self._listen)
                    return server
            await asyncio.sleep(RETRY.total_seconds())

    def _credentials(self) -> grpc.ServerCredentials:
        places, files = self._places, _Files(self._places)
        first = files.read()

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            try:
                return files.read() if files.changed() else None
            except OSError as error:
                log.warning("peers.certificate_unreadable", path=str(places.identity), why=error)
                return None

        return grpc.dynamic_ssl_server_credentials(
            first,
            fetch,  # type: ignore[arg-type]  # grpc takes None for unchanged, its stubs do not say
            True,
        )


class _Files:
    """The identity's files, as they were read last."""

    def __init__(self, places: Places) -> None:
        self._paths = (places.certificate, places.key, places.ca)
        self._stamp: tuple[int, ...] = ()

    def changed(self) -> bool:
        return self._now() != self._stamp

    def read(self) -> grpc.ServerCertificateConfiguration:
        self._stamp = self._now()
        chain, key, ca = (path.read_bytes() for path in self._paths)
        return grpc.ssl_server_certificate_configuration([(key, chain)], root_certificates=ca)

    def _now(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._paths)


def _handlers(servicer: PeerServicer) -> grpc.GenericRpcHandler:
    served: dict[str, Method] = {
        "Probe": servicer.probe,
        "AskRenewal": servicer.ask_renewal,
        "Promise": servicer.promise,
    }
    handlers = {
        method.name: _handler(method, served[method.name], _callers(method))
        for method in _SERVICE.methods
    }
    return grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers)


def _handler(
    method: Any, answer: Method, callers: tuple[str, ...]
) -> "grpc.RpcMethodHandler[Any, Any]":
    async def unary(request: Any, context: Any) -> Message:
        caller = spiffe_path(context.auth_context())
        if not _may(caller, callers):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you")
        try:
            return await answer(request, caller)
        except Refusal as refusal:
            code, details = _refusal_to_wire(refusal)
            await context.abort(code, refusal.message, details)
            raise AssertionError("abort always raises") from refusal

    request_type = getattr(peer_pb2, method.input_type.name)
    return grpc.unary_unary_rpc_method_handler(
        unary,
        request_deserializer=request_type.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


def _refusal_to_wire(
    refusal: Refusal,
) -> tuple[grpc.StatusCode, tuple[tuple[str, bytes], ...]]:
    """The code, and the metadata with reason and facts, as every process of ours sends them."""
    code = grpc.StatusCode[refusal.kind.value]
    info = error_details_pb2.ErrorInfo(
        reason=refusal.reason, domain=ERROR_DOMAIN, metadata=refusal.facts
    )
    status = status_pb2.Status(code=code.value[0], message=refusal.message)
    status.details.add().Pack(info)
    return code, (("grpc-status-details-bin", status.SerializeToString()),)


def spiffe_path(auth: Mapping[str, Iterable[bytes]]) -> str:
    """The path of the caller's SPIFFE id, such as node/<uid>; empty when it has none."""
    names = [name.decode() for name in auth.get("x509_subject_alternative_name", ())]
    found = next((name for name in names if name.startswith(SPIFFE_PREFIX)), "")
    return found.removeprefix(SPIFFE_PREFIX)


def _may(caller: str, callers: tuple[str, ...]) -> bool:
    kind = "node" if caller.startswith("node/") else caller
    return bool(caller) and kind in callers


def _callers(method: Any) -> tuple[str, ...]:
    return tuple(method.GetOptions().Extensions[access_pb2.access].callers)


def _uuid(field: str, given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError as error:
        raise InvalidField(field, "It is no UUID.") from error
