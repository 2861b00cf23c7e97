"""A small site on a real wire: generated servicers behind Connect, on a free port."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from google.protobuf.empty_pb2 import Empty
from typer.testing import CliRunner, Result

from quantix.cluster.v1 import cluster_connect
from quantix.cluster.v1 import cluster_pb2 as cluster
from quantix.console.v1 import site_connect, site_pb2
from quantix.event.v1 import event_pb2
from quantix.operation.v1 import operation_connect
from quantix.operation.v1 import operation_pb2 as operation
from quantix.vm.v1 import virtual_machine_connect as vm_connect
from quantix.vm.v1 import virtual_machine_pb2 as vm
from qvdc_cli.app import build
from qvdc_core.errors import EtagMismatch, InUse, NotFound, Refusal, StoreUnavailable
from qvdc_rpc.status import to_connect_error, to_status

KEY = "qvdc_test-key"


def refused(refusal: Refusal) -> Exception:
    """What the wire says of a refusal."""
    return to_connect_error(to_status(refusal))


class Clusters(cluster_connect.ClusterService):
    """Clusters in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, cluster.Cluster] = {}
        self.requests: list[Any] = []
        self.away = 0

    async def create_cluster(self, request: Any, _ctx: Any, /) -> cluster.Cluster:
        self.requests.append(request)
        if self.away:
            self.away -= 1
            raise refused(StoreUnavailable("postgresql"))
        made = cluster.Cluster()
        made.CopyFrom(request.cluster)
        made.name, made.etag = f"clusters/{request.cluster_id}", "1"
        made.status.state = cluster.ClusterStatus.STATE_HEALTHY
        if not request.validate_only:
            self.rows[made.name] = made
        return made

    async def get_cluster(self, request: Any, _ctx: Any, /) -> cluster.Cluster:
        if request.name not in self.rows:
            raise refused(NotFound("cluster", request.name))
        return self.rows[request.name]

    async def list_clusters(self, request: Any, _ctx: Any, /) -> cluster.ListClustersResponse:
        names = sorted(self.rows)
        start = int(request.page_token or 0)
        shown = [self.rows[name] for name in names[start : start + 2]]
        token = str(start + 2) if start + 2 < len(names) else ""
        return cluster.ListClustersResponse(clusters=shown, next_page_token=token)

    async def update_cluster(self, request: Any, _ctx: Any, /) -> cluster.Cluster:
        self.requests.append(request)
        found = self.rows[request.cluster.name]
        if request.cluster.etag and request.cluster.etag != found.etag:
            raise refused(EtagMismatch(found.name, changed_by="user:bob"))
        request.update_mask.MergeMessage(request.cluster, found, True, True)
        return found

    async def delete_cluster(self, request: Any, _ctx: Any, /) -> Empty:
        if request.name == "clusters/used":
            raise refused(InUse(request.name, ["vms/web-1"], 1))
        return Empty()

    async def watch_clusters(
        self, request: Any, _ctx: Any, /
    ) -> AsyncIterator[cluster.WatchClustersResponse]:
        self.requests.append(request)
        if not request.resume_token:
            for found in self.rows.values():
                yield cluster.WatchClustersResponse(
                    kind=event_pb2.WATCH_KIND_SNAPSHOT, cluster=found
                )
            yield cluster.WatchClustersResponse(
                kind=event_pb2.WATCH_KIND_SYNCED, resume_token="1.5.0"
            )
            raise refused(StoreUnavailable("postgresql"))
        gone = cluster.Cluster(name="clusters/gone")
        yield cluster.WatchClustersResponse(
            kind=event_pb2.WATCH_KIND_DELETED, cluster=gone, resume_token="1.6.0"
        )
        raise refused(NotFound("stream", "the test's end"))


class Machines(vm_connect.VirtualMachineService):
    """One machine, whose creation is an operation."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    async def create_virtual_machine(self, request: Any, _ctx: Any, /) -> operation.Operation:
        self.requests.append(request)
        if request.validate_only:
            return operation.Operation(verb="create", target="vms/web-1")
        fate = "fails" if request.virtual_machine_id == "bad" else "works"
        return operation.Operation(
            name=f"operations/{fate}", verb="create", target="vms/web-1", stage="placing"
        )

    async def get_virtual_machine(self, request: Any, _ctx: Any, /) -> vm.VirtualMachine:
        return vm.VirtualMachine(name=request.name, state=vm.VirtualMachine.STATE_RUNNING)

    async def get_serial_log(self, request: Any, _ctx: Any, /) -> vm.SerialLog:
        self.requests.append(request)
        return vm.SerialLog(text="[red]boot[/red]\nready\n", offset_bytes=0, size_bytes=22)


class Operations(operation_connect.OperationService):
    """Operations that end at the third question."""

    def __init__(self) -> None:
        self.asked = 0

    async def wait_operation(self, request: Any, _ctx: Any, /) -> operation.Operation:
        self.asked += 1
        states = operation.Operation
        found = states(name=request.name, verb="create", target="vms/web-1", stage="pulling")
        if self.asked < 3:
            found.state, found.progress_percent = states.STATE_RUNNING, 40 * self.asked
        elif request.name == "operations/fails":
            found.state = states.STATE_FAILED
            found.error.code, found.error.reason = 8, "NO_PLACEMENT"
            found.error.message = "None of 2 hosts fits."
        else:
            found.state, found.progress_percent = states.STATE_SUCCEEDED, 100
        return found


class Info(site_connect.SiteService):
    """Who the caller is."""

    async def get_caller(self, _request: Any, ctx: Any, /) -> site_pb2.Caller:
        held = ctx.request_headers.get("authorization")
        return site_pb2.Caller(subject="apikey:test" if held == f"Bearer {KEY}" else "nobody")


@dataclass
class Site:
    """The running site, and the command that talks to it."""

    url: str
    folder: Path
    clusters: Clusters
    machines: Machines
    operations: Operations
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Result:
        """Run `qvdc` with `arguments`."""
        return CliRunner().invoke(build(), list(arguments), env=self.environment)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site with a key file and no context file."""
    clusters, machines, operations = Clusters(), Machines(), Operations()
    apps: dict[str, Any] = {
        "quantix.cluster.v1.ClusterService": cluster_connect.ClusterServiceASGIApplication(
            clusters
        ),
        "quantix.vm.v1.VirtualMachineService": vm_connect.VirtualMachineServiceASGIApplication(
            machines
        ),
        "quantix.operation.v1.OperationService": (
            operation_connect.OperationServiceASGIApplication(operations)
        ),
        "quantix.console.v1.SiteService": site_connect.SiteServiceASGIApplication(Info()),
    }
    (tmp_path / "key").write_text(f"{KEY}\n")
    with serving(apps) as url:
        environment = {
            "QVDC_SERVER": url,
            "QVDC_KEY_FILE": str(tmp_path / "key"),
            "QVDC_CONFIG": str(tmp_path / "config.yaml"),
        }
        yield Site(url, tmp_path, clusters, machines, operations, environment)


@contextlib.contextmanager
def serving(apps: dict[str, Callable[..., Any]]) -> Iterator[str]:
    """Serve the applications by the service's name in the path, in a thread."""

    async def route(scope: Any, receive: Any, send: Any) -> None:
        await apps[scope["path"].split("/")[1]](scope, receive, send)

    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    config = uvicorn.Config(route, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([opened])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        opened.close()
