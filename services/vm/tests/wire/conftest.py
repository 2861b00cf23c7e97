"""The real process on real stores, with its neighbours as servers."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from qvdc_core.clock import SystemClock
from qvdc_db.migrations import Migrations
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase
from qvdc_testing.wire import Callers, local_wire
from qvdc_vm.app import build
from qvdc_vm.settings import Settings
from qvdc_vm.store.unit_of_work import MIGRATIONS, SCHEMA
from tests.vm_testing.fakes import FakeAgent
from tests.vm_testing.servers import neighbours
from tests.vm_testing.wired import Wired


@pytest.fixture
async def wired(
    pki: Pki, postgresql: TestDatabase, etcd: EtcdServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wired]:
    """The running process."""
    url = postgresql.url("qvdc_vm")
    Migrations(MIGRATIONS, SCHEMA, url, postgresql.admin_url).run()
    for name in [each for each in os.environ if each.startswith("QVDC_")]:
        monkeypatch.delenv(name)
    around = neighbours(pki, FakeAgent(SystemClock().now))
    async with AsyncExitStack() as running:
        for each in around.processes.values():
            await running.enter_async_context(each.running())
        around.nodes.agent_port = around.processes["agent"].mesh_port
        identity = pki.service("vm")
        settings = Settings(  # type: ignore[call-arg]  # the environment gives the rest
            database_url=url,
            etcd_endpoints=etcd.endpoint,
            cert_file=Path(identity.cert_file),
            key_file=Path(identity.key_file),
            ca_file=Path(identity.ca_file),
            assertion_jwks=pki.assertion_jwks_file,
            cluster_endpoints=around.endpoints("cluster"),
            image_endpoints=around.endpoints("image"),
            network_endpoints=around.endpoints("network"),
            node_endpoints=around.endpoints("node"),
        )
        process = build(settings, local_wire(pki, "vm"))
        await running.enter_async_context(process.running())
        callers = Callers(process, pki)
        running.push_async_callback(callers.close)
        yield Wired(process, callers, around)
