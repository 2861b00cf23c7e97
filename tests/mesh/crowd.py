"""Many hosts in one process: each with its own key, certificate, connection and session.

They say what a guardian says, and obey what it obeys: a beat at the interval, a registration only
after a refusal that asks for one, growing pauses after refusals.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from quantix.host.v1 import session_pb2
from quantix.host.v1.session_pb2_grpc import SessionServiceStub
from quantix.node.v1 import join_token_pb2, node_pb2
from quantix.node.v1.join_token_pb2_grpc import JoinTokenServiceStub
from qvdc_agent.guardian.backoff import Backoff
from qvdc_core.errors import Refusal
from qvdc_rpc.assertion import AssertionSigner
from qvdc_rpc.dial import call, dial
from qvdc_rpc.tls import TlsFiles, service_name

INTERVAL_SECONDS = 3.0
BEAT_WITHIN = timedelta(seconds=1)
REGISTER_WITHIN = timedelta(seconds=15)
JOINING_AT_ONCE = 8
USES_OF_A_TOKEN = 1000
REGISTER_AGAIN = {"NODE_UNKNOWN", "NODE_FENCED", "SESSION_LOST"}
CONDITIONS = [
    node_pb2.NodeCondition(type=kind, status="STATUS_TRUE")
    for kind in ("HypervisorReady", "NetworkReady", "StorageReady")
]


@dataclass(slots=True)
class CrowdHost:
    """One host.

    Args:
        answered: beats that were acknowledged.
        silent: beats that nobody answered in time.
        registrations: how often it registered.
        answered_at: when the last beat was acknowledged, in the loop's time.
        took: seconds that each acknowledged beat took.
        interval: seconds between two beats, as the last answer told.
        terms_version: of the terms that it runs.
    """

    folder: Path
    uid: str
    boot_id: str
    epoch: int = 0
    sequence: int = 0
    answered: int = 0
    silent: int = 0
    registrations: int = 0
    answered_at: float = 0.0
    took: list[float] = field(default_factory=list)
    interval: float = INTERVAL_SECONDS
    terms_version: int = 0

    @classmethod
    def made(cls, crowd: Path) -> CrowdHost:
        """Return a new host with a key of its own, kept below `crowd`."""
        host = cls(crowd / str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4()))
        host.folder.mkdir(parents=True)
        key = ec.generate_private_key(ec.SECP256R1())
        form = serialization.PrivateFormat.PKCS8
        encrypted = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, form, encrypted)
        (host.folder / "key.pem").write_bytes(pem)
        return host

    @classmethod
    def kept(cls, folder: Path) -> CrowdHost:
        """Return a host that joined earlier."""
        return cls(folder, **json.loads((folder / "host.json").read_text()))

    @property
    def tls(self) -> TlsFiles:
        """Its certificate, once it has joined."""
        return TlsFiles(*(self.folder / name for name in ("cert.pem", "key.pem", "ca.pem")))

    async def join(self, stub: Any, secret: str) -> None:
        """Register with a token at a port for enrolment, and keep the certificate."""
        answer = await call(stub.Register, self.first(secret), timeout=REGISTER_WITHIN)
        self.keep(answer)

    def first(self, secret: str) -> session_pb2.RegisterRequest:
        """What it says when it joins."""
        pem = (self.folder / "key.pem").read_bytes()
        return self.registration(join_token=secret, signing_request_pem=_signing_request(pem))

    def keep(self, answer: session_pb2.RegisterResponse) -> None:
        """Keep what a joining was answered with."""
        (self.folder / "cert.pem").write_text(answer.certificate_pem)
        (self.folder / "ca.pem").write_text(answer.ca_pem)
        self._registered(answer)
        keep = {"uid": self.uid, "boot_id": self.boot_id, "epoch": self.epoch}
        (self.folder / "host.json").write_text(json.dumps(keep))

    async def live(self, *addresses: str) -> None:
        """Beat for ever, first at a random moment; after a silence at the next address."""
        loop, backoff = asyncio.get_running_loop(), Backoff(random.random)
        await asyncio.sleep(random.uniform(0, INTERVAL_SECONDS))
        async with AsyncExitStack() as stack:
            ways = [dial(each, name=service_name("node"), tls=self.tls) for each in addresses]
            stubs: list[Any] = [
                SessionServiceStub(await stack.enter_async_context(way)) for way in ways
            ]
            while True:
                begun = loop.time()
                stub = stubs[self.silent % len(stubs)]
                again = await self._beat(stub)
                pause = self.interval - (loop.time() - begun)
                if again:
                    pause = backoff.next().total_seconds()
                    await asyncio.sleep(pause)
                    pause = await self._register(stub)
                else:
                    backoff.reset()
                await asyncio.sleep(max(0.0, pause))

    async def _beat(self, stub: Any) -> bool:
        """Beat once; return whether the answer asks for a registration."""
        self.sequence += 1
        begun = asyncio.get_running_loop().time()
        try:
            answer = await call(stub.Heartbeat, self._said(), timeout=BEAT_WITHIN)
        except Refusal as refused:
            if refused.reason in REGISTER_AGAIN:
                return True
            self.silent += 1
            return False
        self.interval = answer.next_interval.ToTimedelta().total_seconds()
        if answer.HasField("terms"):
            self.terms_version = answer.terms.version
        self.answered += 1
        self.answered_at = asyncio.get_running_loop().time()
        self.took.append(self.answered_at - begun)
        return False

    async def _register(self, stub: Any) -> float:
        try:
            answer = await call(stub.Register, self.registration(), timeout=REGISTER_WITHIN)
        except Refusal:
            return INTERVAL_SECONDS
        self._registered(answer)
        return 0.0

    def _registered(self, answer: Any) -> None:
        self.epoch = answer.session_epoch
        self.registrations += 1

    def registration(self, **fields: Any) -> session_pb2.RegisterRequest:
        """What it says of itself when it registers."""
        return session_pb2.RegisterRequest(
            machine_uuid=self.uid,
            boot_id=self.boot_id,
            instance=1,
            hostname=f"crowd-{self.uid[:8]}",
            addresses=[
                node_pb2.NodeAddress(ip="127.0.0.1", port=7443, purpose="PURPOSE_AGENT"),
            ],
            system=node_pb2.NodeSystem(
                agent_version="0.1.0", protocol_lowest=1, protocol_highest=1
            ),
            inventory=node_pb2.NodeInventory(
                cpu=node_pb2.CpuInventory(cpu_count=8), memory_total_bytes=16 << 30
            ),
            conditions=CONDITIONS,
            simulated=True,
            **fields,
        )

    def _said(self) -> session_pb2.HeartbeatRequest:
        return session_pb2.HeartbeatRequest(
            machine_uuid=self.uid,
            boot_id=self.boot_id,
            instance=1,
            session_epoch=self.epoch,
            sequence=self.sequence,
            terms_version=self.terms_version,
            usage=node_pb2.NodeUsage(cpu_percent=12.5, memory_used_bytes=1 << 30),
            conditions=CONDITIONS,
        )


@dataclass(slots=True)
class Crowd:
    """Hosts below one folder."""

    folder: Path
    hosts: list[CrowdHost] = field(default_factory=list)
    _living: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def kept(cls, folder: Path, *, first: int, count: int) -> Crowd:
        """Return some of the hosts that joined earlier."""
        names = sorted(each.parent for each in folder.glob("*/host.json"))
        return cls(folder, [CrowdHost.kept(each) for each in names[first : first + count]])

    async def join(self, enrol_address: str, ca_pem: bytes, secrets: Sequence[str]) -> None:
        """Let as many new hosts join as there are `secrets`, a few at a time."""
        credentials = grpc.ssl_channel_credentials(ca_pem)
        options = (("grpc.ssl_target_name_override", service_name("node")),)
        async with grpc.aio.secure_channel(enrol_address, credentials, options) as channel:
            stub, waiting = SessionServiceStub(channel), iter(secrets)

            async def some() -> None:
                for secret in waiting:
                    host = CrowdHost.made(self.folder)
                    await host.join(stub, secret)
                    self.hosts.append(host)

            await asyncio.gather(*(some() for _ in range(JOINING_AT_ONCE)))

    def live(self, *addresses: str) -> None:
        """Have all hosts beat until `rest`."""
        self._living = [asyncio.create_task(host.live(*addresses)) for host in self.hosts]

    async def rest(self) -> None:
        """Let no host beat any more."""
        for task in self._living:
            task.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)

    def all_answered_since(self, moment: float) -> bool:
        """Whether every host had a beat acknowledged after `moment`, in the loop's time."""
        return all(host.answered_at > moment for host in self.hosts)


async def make_tokens(address: str, secrets_folder: Path, count: int) -> list[str]:
    """Return `count` secrets, each good for one of the hosts, made as the door would.

    Args:
        address: host:port of a node service's mesh port.
        secrets_folder: what qvdc-install wrote.
    """
    door = secrets_folder / "console"
    tls = TlsFiles(*(door / name for name in ("cert.pem", "key.pem", "ca.pem")))
    signer = AssertionSigner((door / "assertion.key").read_bytes())
    secrets: list[str] = []
    async with dial(address, name=service_name("node"), tls=tls) as channel:
        stub: Any = JoinTokenServiceStub(channel)
        while len(secrets) < count:
            uses = min(USES_OF_A_TOKEN, count - len(secrets))
            token = join_token_pb2.JoinToken(max_uses=uses)
            made = await call(
                stub.CreateJoinToken,
                join_token_pb2.CreateJoinTokenRequest(join_token=token),
                timeout=REGISTER_WITHIN,
                assertion=signer.sign(subject="user:crowd", audience="node", permissions=("*",)),
            )
            secrets += [made.secret] * uses
    return secrets


def _signing_request(key_pem: bytes) -> str:
    key = serialization.load_pem_private_key(key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "host")])
    signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()
