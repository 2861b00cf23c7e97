"""The node service as a guardian meets it, with the test's own decisions."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from quantix.host.v1 import pool_sync_pb2, session_pb2
from qvdc_core.errors import Kind, Refusal
from qvdc_rpc.context import RequestContext
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Pki

TOKEN = "the-token"


class Decided(Refusal):
    """A refusal that a test decided on."""

    def __init__(self, kind: Kind, reason: str, **facts: str) -> None:
        super().__init__("The test said so.")
        self.facts = facts
        self.kind = kind
        self.reason = reason


@dataclass
class NodeServiceDouble:
    """Answers as the node service does, remembers what it heard, and refuses when told to."""

    pki: Pki
    life: timedelta = timedelta(days=30)
    age: timedelta = timedelta(seconds=1)
    registrations: list[session_pb2.RegisterRequest] = field(default_factory=list)
    beats: list[session_pb2.HeartbeatRequest] = field(default_factory=list)
    shown: list[session_pb2.ExplainRefusalRequest] = field(default_factory=list)
    explanation: Decided | None = None
    left: list[session_pb2.LeaveRequest] = field(default_factory=list)
    refuse_registrations: list[Decided] = field(default_factory=list)
    refuse_beats: list[Decided] = field(default_factory=list)
    interval: timedelta = timedelta(seconds=1)
    away: bool = False
    hangs: bool = False
    deaf_to: set[str] = field(default_factory=set)
    terms: session_pb2.HostTerms | None = None
    member_set: session_pb2.MemberSet | None = None
    open_incidents: session_pb2.OpenIncidents | None = None
    assigned_pools: pool_sync_pb2.AssignedPools | None = None
    confessed: list[session_pb2.ConfessedMachine] = field(default_factory=list)
    was_fenced: bool = False
    endpoints: list[session_pb2.ServiceEndpoint] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    epochs: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def register(
        self, request: session_pb2.RegisterRequest, ctx: RequestContext
    ) -> session_pb2.RegisterResponse:
        async with self.news:
            self.registrations.append(request)
            self.news.notify_all()
        if self.hangs:
            await asyncio.Event().wait()
        if self.refuse_registrations:
            raise self.refuse_registrations.pop(0)
        enrolled = ctx.peer_spiffe is not None
        if not enrolled and request.join_token != TOKEN:
            raise Decided(Kind.UNAUTHENTICATED, "TOKEN_INVALID")
        answer = session_pb2.RegisterResponse(
            node="nodes/h1",
            outcome=session_pb2.RegisterResponse.OUTCOME_CREATED,
            session_epoch=next(self.epochs),
            ca_pem=self.pki.ca_file.read_text(),
            control_plane=self.endpoints,
        )
        answer.confessed.extend(self.confessed)
        answer.was_fenced = self.was_fenced
        if request.signing_request_pem:
            answer.certificate_pem = self.sign(request.machine_uuid, request.signing_request_pem)
        answer.terms.heartbeat_interval.FromTimedelta(self.interval)
        answer.terms.session_ttl.FromTimedelta(timedelta(seconds=9))
        answer.terms.ladder_end.FromTimedelta(timedelta(seconds=13))
        if self.terms is not None:
            answer.terms.MergeFrom(self.terms)
        return answer

    async def heartbeat(
        self, request: session_pb2.HeartbeatRequest, ctx: RequestContext
    ) -> session_pb2.HeartbeatResponse:
        async with self.news:
            self.beats.append(request)
            self.news.notify_all()
        if self.away or request.machine_uuid in self.deaf_to:
            raise Decided(Kind.UNAVAILABLE, "STORE_UNAVAILABLE")
        if self.refuse_beats:
            raise self.refuse_beats.pop(0)
        answer = session_pb2.HeartbeatResponse(session_epoch=request.session_epoch)
        answer.next_interval.FromTimedelta(self.interval)
        if self.terms is not None:
            answer.terms.CopyFrom(self.terms)
        if self.member_set is not None:
            answer.member_set.CopyFrom(self.member_set)
        if self.open_incidents is not None:
            answer.open_incidents.CopyFrom(self.open_incidents)
        if self.assigned_pools is not None:
            answer.assigned_pools.CopyFrom(self.assigned_pools)
        return answer

    async def explain_refusal(
        self, request: session_pb2.ExplainRefusalRequest, _ctx: RequestContext
    ) -> session_pb2.ExplainRefusalResponse:
        self.shown.append(request)
        if self.explanation is not None:
            raise self.explanation
        return session_pb2.ExplainRefusalResponse()

    async def leave(
        self, request: session_pb2.LeaveRequest, ctx: RequestContext
    ) -> session_pb2.LeaveResponse:
        assert ctx.peer_spiffe is not None
        self.left.append(request)
        return session_pb2.LeaveResponse(node="nodes/h1")

    async def until(self, *, registrations: int = 0, beats: int = 0) -> None:
        """Wait until so many were heard in all."""
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(
                lambda: len(self.registrations) >= registrations and len(self.beats) >= beats
            )

    def sign(self, uid: str, request_pem: str) -> str:
        """Sign as the control plane does: names by uid, whatever the request says."""
        request = x509.load_pem_x509_csr(request_pem.encode())
        issuer = self.pki._nodes
        now = datetime.now(UTC)
        names = [
            x509.UniformResourceIdentifier(f"spiffe://quantix/node/{uid}"),
            x509.DNSName(f"{uid}.node.quantix.internal"),
        ]
        leaf = (
            x509.CertificateBuilder()
            .subject_name(request.subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - self.age)
            .not_valid_after(now + self.life)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(issuer.key, hashes.SHA256())
        )
        chain = [leaf, issuer.certificate]
        return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chain)


@dataclass
class ControlPlane:
    """A running node service double."""

    double: NodeServiceDouble
    process: Process
    ca_file: Path

    @property
    def enrol(self) -> str:
        return f"127.0.0.1:{self.process.enrol_port}"

    @property
    def ca_hash(self) -> str:
        root = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        return sha256(root.public_bytes(serialization.Encoding.DER)).hexdigest()


@asynccontextmanager
async def serving_node(
    pki: Pki, folder: Path, *, mesh: str = "127.0.0.1:0", enrol: str = "127.0.0.1:0"
) -> AsyncIterator[ControlPlane]:
    """Serve the double on these addresses, host:port each."""
    identity = pki.service("node")
    chain = folder / "node-chain.pem"
    chain.write_bytes(identity.cert_file.read_bytes() + pki.ca_file.read_bytes())
    tls = TlsFiles(chain, identity.key_file, identity.ca_file)
    drain = timedelta(seconds=1)
    wire = Wire(tls=tls, mesh_listen=mesh, http_listen=None, enrol_listen=enrol, drain=drain)
    process = Process("node", wire)
    double = NodeServiceDouble(pki)
    process.serve(session_pb2.DESCRIPTOR.services_by_name["SessionService"], double)
    async with process.running():
        host = mesh.rpartition(":")[0]
        double.endpoints = [
            session_pb2.ServiceEndpoint(service="node", mesh=f"{host}:{process.mesh_port}"),
            session_pb2.ServiceEndpoint(service="vm", mesh="127.0.0.1:1"),
        ]
        yield ControlPlane(double, process, pki.ca_file)
