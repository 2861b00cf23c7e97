"""A host as the node service meets it."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from quantix.host.v1 import session_pb2, session_pb2_grpc
from quantix.node.v1 import join_token_pb2, join_token_pb2_grpc, node_pb2
from qvdc_rpc.tls import TlsFiles
from tests.node_testing.site import Site

READY = [
    node_pb2.NodeCondition(type=kind, status="STATUS_TRUE")
    for kind in ("HypervisorReady", "NetworkReady", "StorageReady")
]


async def a_token(site: Site, *, at: str = "node-1", **fields: Any) -> Any:
    """Make a join token as a user."""
    user = site.user(join_token_pb2_grpc.JoinTokenServiceStub, at=at)
    request = join_token_pb2.CreateJoinTokenRequest(join_token=join_token_pb2.JoinToken(**fields))
    return await user.call("CreateJoinToken", request)


class Host:
    """Keeps a key, a boot id and an instance, registers and beats."""

    def __init__(self, site: Site, folder: Path, hostname: str = "h1") -> None:
        self.site = site
        self.uid = str(uuid.uuid4())
        self.boot_id = str(uuid.uuid4())
        self.instance = 1
        self.hostname = hostname
        self.fingerprint = hashlib.sha256(self.uid.encode()).hexdigest()
        self.sequence = 0
        self.epoch = 0
        self.folder = folder / hostname
        self.folder.mkdir(exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        (self.folder / "key.pem").write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    @property
    def files(self) -> TlsFiles:
        """Its certificate, once it has one."""
        return TlsFiles(
            self.folder / "cert.pem", self.folder / "key.pem", self.site.folder / "node" / "ca.pem"
        )

    def signing_request(self) -> str:
        """A request for its own key; the subject is nobody's business."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "whatever")])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def registration(self, **fields: Any) -> session_pb2.RegisterRequest:
        """What it says of itself."""
        return session_pb2.RegisterRequest(
            **{
                "machine_uuid": self.uid,
                "boot_id": self.boot_id,
                "instance": self.instance,
                "hardware_fingerprint": self.fingerprint,
                "hostname": self.hostname,
                "addresses": [
                    node_pb2.NodeAddress(ip="10.0.0.7", port=7444, purpose="PURPOSE_AGENT")
                ],
                "system": node_pb2.NodeSystem(
                    agent_version="0.1.0", protocol_lowest=1, protocol_highest=1, kernel="6.1"
                ),
                "inventory": node_pb2.NodeInventory(
                    cpu=node_pb2.CpuInventory(model="EPYC", cpu_count=8),
                    memory_total_bytes=16 << 30,
                    pools=[
                        node_pb2.PoolInventory(
                            pool="local", state="STATE_HEALTHY", capacity_bytes=1 << 40
                        )
                    ],
                ),
                "conditions": READY,
                **fields,
            }
        )

    async def join(self, secret: str, *, at: str = "node-1", **fields: Any) -> Any:
        """Register with a token, and keep the certificate."""
        newcomer = self.site.newcomer(session_pb2_grpc.SessionServiceStub, at=at)
        request = self.registration(
            join_token=secret, signing_request_pem=self.signing_request(), **fields
        )
        answer = await newcomer.call("Register", request)
        (self.folder / "cert.pem").write_text(answer.certificate_pem)
        self.epoch = answer.session_epoch
        return answer

    async def register(self, *, at: str = "node-1", **fields: Any) -> Any:
        """Register with the certificate."""
        mine = self.site.host(session_pb2_grpc.SessionServiceStub, self.files, at=at)
        answer = await mine.call("Register", self.registration(**fields))
        self.epoch = answer.session_epoch
        return answer

    async def beat(self, *, at: str = "node-1", **fields: Any) -> Any:
        """Beat once."""
        self.sequence += 1
        mine = self.site.host(session_pb2_grpc.SessionServiceStub, self.files, at=at)
        request = session_pb2.HeartbeatRequest(
            **{
                "machine_uuid": self.uid,
                "boot_id": self.boot_id,
                "instance": self.instance,
                "session_epoch": self.epoch,
                "sequence": self.sequence,
                "usage": node_pb2.NodeUsage(cpu_percent=12.5, memory_used_bytes=1 << 30),
                "conditions": READY,
                **fields,
            }
        )
        return await mine.call("Heartbeat", request)
