"""Started with everything away: it waits, says why, and goes on when the stores come."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from quantix.network.v1 import network_pb2, network_pb2_grpc
from qvdc_core.errors import Kind
from qvdc_network.app import build
from qvdc_network.settings import Settings
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import PostgresServer, TestDatabase
from qvdc_testing.wire import Callers, local_wire
from tests.network_testing.ovn import OvnCentral

Network = network_pb2.Network


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so, for at most 30 s."""
    for _ in range(300):
        if await is_so():
            return
        await asyncio.sleep(0.1)
    pytest.fail("it never came about")


async def test_everything_away_at_the_start_and_coming_back_one_by_one(
    postgresql_server: PostgresServer,
    postgresql: TestDatabase,
    etcd: EtcdServer,
    central: OvnCentral,
    pki: Pki,
) -> None:
    own = pki.service("network")
    settings = Settings(
        database_url=postgresql.url("qvdc_network"),
        database_admin_url=postgresql.admin_url,
        etcd_endpoints=etcd.endpoint,
        cert_file=own.cert_file,
        key_file=own.key_file,
        ca_file=own.ca_file,
        assertion_jwks=pki.assertion_jwks_file,
        ovn_northbound=central.nb,
        ovn_southbound=central.sb,
    )
    central.stop_database("nb")
    etcd.stop()
    postgresql_server.stop()
    process = build(settings, local_wire(pki, "network"))
    async with process.running():
        callers = Callers(process, pki)
        user = callers.user(network_pb2_grpc.NetworkServiceStub)
        asked = network_pb2.CreateNetworkRequest(
            network_id="blue", network=Network(type=Network.TYPE_OVERLAY)
        )
        with pytest.raises(RemoteRefusal) as refusal:
            await user.call("CreateNetwork", asked)
        assert refusal.value.kind is Kind.UNAVAILABLE
        assert set((await process.readiness.check()).away) == {"postgresql", "etcd"}

        postgresql_server.start()  # in this thread: it dies with the thread that started it

        async def stored() -> bool:
            return "postgresql" not in (await process.readiness.check()).away

        await until(stored)
        await user.call("CreateNetwork", asked)
        etcd.start()

        async def phase(wanted: int, words: str) -> bool:
            seen = await user.call(
                "GetNetwork", network_pb2.GetNetworkRequest(name="networks/blue")
            )
            return bool(seen.phase == wanted and words in seen.phase_message)

        await until(lambda: phase(Network.PHASE_PENDING, "northbound database is away"))
        assert (await process.readiness.check()).ready
        central.start_database("nb")
        await until(lambda: phase(Network.PHASE_READY, ""))
        await callers.close()
