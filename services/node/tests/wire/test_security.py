"""Who proves nothing gets nothing: each case refused with its reason, and audited.

TLS refuses what is expired, foreign, plain or missing before any code of ours: grpc's own words
about it become events. A host that is refused so may ask why where no certificate is needed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.host.v1 import session_pb2, session_pb2_grpc
from quantix.node.v1 import (
    join_token_pb2,
    join_token_pb2_grpc,
    node_pb2,
    node_pb2_grpc,
    tombstone_pb2,
    tombstone_pb2_grpc,
)
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import REVOKED, revoked_key
from qvdc_core.clock import ManualClock
from qvdc_db.database import Database
from qvdc_node.adapters.authority import NodeAuthority
from qvdc_node.store.authority import AuthorityRows
from qvdc_obs.native import NativeLines
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import WITHIN, Site

Eventually = Callable[..., Awaitable[None]]
REFUSED_BY_TLS = {"UNAVAILABLE"}


@asynccontextmanager
async def watched(site: Site) -> AsyncIterator[Site]:
    """The site with a second copy that takes over grpc's own words, as a process does at its start.

    Inside of the test alone: pytest takes the same descriptor between setup and test.
    """
    native = NativeLines()
    try:
        async with site.copy("node-2", native=native):
            yield site
    finally:
        native.close()


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(joined)
    return made


async def refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as told:
        await attempt
    return told.value


async def audited(site: Site, kind: str, reason: str) -> list[Any]:
    """Return the events of `kind` with this reason."""
    user = site.user(event_pb2_grpc.EventServiceStub)
    answer = await user.call("ListEvents", event_pb2.ListEventsRequest(page_size=1000))
    return [
        each for each in answer.events if each.kind == kind and each.details["reason"] == reason
    ]


async def until_audited(site: Site, kind: str, reason: str, eventually: Eventually) -> Any:
    async def told() -> bool:
        return bool(await audited(site, kind, reason))

    await eventually(told, within=30)
    return (await audited(site, kind, reason))[0]


async def expire(site: Site, host: Host) -> None:
    settings = site.settings("test")
    database = Database(settings.database_url, schema="node")
    long_ago = ManualClock(datetime.now(UTC) - timedelta(days=40))
    authority = NodeAuthority(AuthorityRows(database), settings.sealing_key_file, long_ago)
    expired = await authority.sign_host(host.uid, host.signing_request())
    await database.close()
    (host.folder / "cert.pem").write_text(expired.pem)


def foreign(host: Host, folder: Path) -> TlsFiles:
    """The certificate that another site gave to a host of the same uuid."""
    folder.mkdir()
    other = Pki(folder).node(host.uid)
    return TlsFiles(other.cert_file, other.key_file, host.files.ca)


async def explain(site: Site, host: Host, pem: str) -> RemoteRefusal:
    newcomer = site.newcomer(session_pb2_grpc.SessionServiceStub)
    shown = session_pb2.ExplainRefusalRequest(machine_uuid=host.uid, certificate_pem=pem)
    return await refused(newcomer.call("ExplainRefusal", shown))


async def test_an_expired_certificate_is_refused_by_tls_and_audited(
    site: Site, host: Host, eventually: Eventually
) -> None:
    async with watched(site) as watching:
        await expire(watching, host)
        assert (await refused(host.beat(at="node-2"))).code in REFUSED_BY_TLS
        event = await until_audited(
            watching, "ConnectionRefused", "CERTIFICATE_EXPIRED", eventually
        )
        assert event.details["instance"] == "node-2"


async def test_a_host_with_an_expired_certificate_is_told_why_and_it_is_audited(
    site: Site, host: Host, eventually: Eventually
) -> None:
    await expire(site, host)
    why = await explain(site, host, (host.folder / "cert.pem").read_text())
    assert (why.code, why.reason) == ("UNAUTHENTICATED", "CERTIFICATE_EXPIRED")
    event = await until_audited(site, "CertificateRefused", "CERTIFICATE_EXPIRED", eventually)
    assert (event.subject, event.details["address"]) == ("nodes/h1", "127.0.0.1")


async def test_a_certificate_of_another_authority_is_refused_by_tls_and_audited(
    site: Site, host: Host, tmp_path: Path, eventually: Eventually
) -> None:
    async with watched(site) as watching:
        files = foreign(host, tmp_path / "foreign")
        stranger = watching.host(session_pb2_grpc.SessionServiceStub, files, at="node-2")
        assert (
            await refused(stranger.call("Register", host.registration()))
        ).code in REFUSED_BY_TLS
        await until_audited(watching, "ConnectionRefused", "CERTIFICATE_FOREIGN", eventually)


async def test_a_host_with_a_foreign_certificate_is_told_why_and_it_is_audited(
    site: Site, host: Host, tmp_path: Path, eventually: Eventually
) -> None:
    files = foreign(host, tmp_path / "foreign")
    why = await explain(site, host, files.cert.read_text())
    assert (why.code, why.reason) == ("UNAUTHENTICATED", "CERTIFICATE_FOREIGN")
    await until_audited(site, "CertificateRefused", "CERTIFICATE_FOREIGN", eventually)
    assert (await explain(site, host, "no certificate")).reason == "CERTIFICATE_FOREIGN"


async def test_a_connection_without_tls_is_refused_and_audited(
    site: Site, host: Host, eventually: Eventually
) -> None:
    async with watched(site) as watching:
        address = f"127.0.0.1:{watching.mesh_port('node-2')}"
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = session_pb2_grpc.SessionServiceStub(channel)
            answer = await refused(call(stub.Register, host.registration(), timeout=WITHIN))
        assert answer.code in REFUSED_BY_TLS
        await until_audited(watching, "ConnectionRefused", "PLAIN_TEXT", eventually)


async def test_a_connection_without_a_certificate_is_refused_and_audited(
    site: Site, host: Host, eventually: Eventually
) -> None:
    async with watched(site) as watching:
        credentials = grpc.ssl_channel_credentials(host.files.ca.read_bytes())
        options = [("grpc.ssl_target_name_override", "node.quantix.internal")]
        address = f"127.0.0.1:{watching.mesh_port('node-2')}"
        async with grpc.aio.secure_channel(address, credentials, options) as channel:
            stub: Any = session_pb2_grpc.SessionServiceStub(channel)
            answer = await refused(call(stub.Register, host.registration(), timeout=WITHIN))
        assert answer.code in REFUSED_BY_TLS
        await until_audited(watching, "ConnectionRefused", "CERTIFICATE_MISSING", eventually)


async def test_a_certificate_of_a_removed_host_opens_nothing_but_its_refusal_and_is_audited(
    site: Site, host: Host, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    assert (await refused(host.register())).reason == "NODE_REMOVED"

    async def beats_are_refused() -> bool:
        return (await refused(host.beat())).reason == "NODE_REMOVED"

    await eventually(beats_are_refused)
    nodes = site.host(node_pb2_grpc.NodeServiceStub, host.files)
    listing = await refused(nodes.call("ListNodes", node_pb2.ListNodesRequest()))
    assert listing.code == "PERMISSION_DENIED"
    why = await explain(site, host, (host.folder / "cert.pem").read_text())
    assert why.reason == "NODE_REMOVED"
    await until_audited(site, "RegistrationRefused", "NODE_REMOVED", eventually)


async def test_removed_hosts_are_published_as_revoked_also_after_etcd_was_emptied(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:

        async def published() -> bool:
            found = await client.get(revoked_key(host.uid))
            return found is not None and found.value == b"NODE_REMOVED"

        async def unpublished() -> bool:
            return await client.get(revoked_key(host.uid)) is None

        await eventually(published, within=30)
        await client.delete_prefix(REVOKED)
        await eventually(published, within=30)
        stones = site.user(tombstone_pb2_grpc.TombstoneServiceStub)
        readmit = tombstone_pb2.ReadmitTombstoneRequest(name=f"tombstones/{host.uid}")
        await stones.call("ReadmitTombstone", readmit)
        await eventually(unpublished, within=30)


async def test_one_host_says_nothing_about_another_and_it_is_audited(
    site: Site, host: Host, tmp_path: Path, eventually: Eventually
) -> None:
    other = Host(site, tmp_path, "h2")
    await other.join((await a_token(site)).secret)
    mine = site.host(session_pb2_grpc.SessionServiceStub, host.files)
    beat = session_pb2.HeartbeatRequest(
        machine_uuid=other.uid, boot_id=other.boot_id, instance=1, sequence=9
    )
    leave = session_pb2.LeaveRequest(machine_uuid=other.uid, boot_id=other.boot_id)
    for method, request, kind in (
        ("Register", other.registration(), "RegistrationRefused"),
        ("Heartbeat", beat, "HeartbeatRefused"),
        ("Leave", leave, "LeaveRefused"),
    ):
        no = await refused(mine.call(method, request))
        assert (no.code, no.reason) == ("PERMISSION_DENIED", "IDENTITY_MISMATCH"), method
        event = await until_audited(site, kind, "IDENTITY_MISMATCH", eventually)
        assert (event.subject_uid, event.actor) == (other.uid, f"node/{host.uid}"), method


async def test_tokens_that_are_used_up_ended_or_revoked_open_nothing_and_are_audited(
    site: Site, host: Host, tmp_path: Path, eventually: Eventually
) -> None:
    used, ended, gone = [await a_token(site) for _ in range(3)]
    await Host(site, tmp_path, "h2").join(used.secret)
    late = f"update join_tokens set expire_time = now() - interval '1 s' where uid = '{ended.uid}'"
    await site.execute(late)
    tokens = site.user(join_token_pb2_grpc.JoinTokenServiceStub)
    await tokens.call("DeleteJoinToken", join_token_pb2.DeleteJoinTokenRequest(name=gone.name))
    for token, reason in (
        (used, "TOKEN_EXHAUSTED"),
        (ended, "TOKEN_EXPIRED"),
        (gone, "TOKEN_INVALID"),
    ):
        stranger = Host(site, tmp_path, f"h-{reason[6:].lower()}")
        no = await refused(stranger.join(token.secret))
        assert (no.code, no.reason) == ("UNAUTHENTICATED", reason)
        await until_audited(site, "RegistrationRefused", reason, eventually)
