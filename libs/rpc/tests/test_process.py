import asyncio
from typing import Any

import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from qvdc_core.errors import StoreUnavailable, UnknownField
from qvdc_obs.metrics import Metrics
from qvdc_rpc import loops
from qvdc_rpc.access import assert_served, list_rpcs, method_attribute, unserved
from qvdc_rpc.dial import Dialer
from qvdc_rpc.field_mask import check_paths, covers, masked_paths
from qvdc_rpc.loops import Loops
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.unknown import decode_json


async def away() -> None:
    raise StoreUnavailable("postgresql")


async def broken() -> None:
    raise OSError("secret address")


async def here() -> None:
    return None


async def plain_get(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def test_readyz_names_the_stores_that_are_away() -> None:
    process = Process("echo", Wire())
    process.readiness.add("postgresql", away)
    process.readiness.add("etcd", broken)
    process.readiness.add("redis", here)

    async with process.running():
        reply = await plain_get(process.http_port, "/readyz")
        alive = await plain_get(process.http_port, "/healthz")
        numbers = await plain_get(process.http_port, "/metrics")

    assert reply.status_code == 503
    assert reply.json() == {
        "ready": False,
        "away": [
            {"store": "etcd", "why": "OSError"},
            {"store": "postgresql", "why": "postgresql is away."},
        ],
    }
    assert alive.status_code == 200
    assert "qvdc_loop_running" in numbers.text


async def test_health_names_depend_on_their_own_stores(served: Any) -> None:
    readiness = served.process.readiness
    readiness.add("postgresql", away)
    readiness.add("etcd", here)
    readiness.health_name("heartbeat", needs=["etcd"])
    stub = health_pb2_grpc.HealthStub(served.channel(served.pki.service("vm")))
    status = health_pb2.HealthCheckResponse

    async def until(name: str, wanted: int) -> None:
        async for each in stub.Watch(health_pb2.HealthCheckRequest(service=name)):
            if each.status == wanted:
                return

    await asyncio.wait_for(until("rpctest.v1.EchoService", status.NOT_SERVING), 10)
    await asyncio.wait_for(until("heartbeat", status.SERVING), 10)


async def test_reflection_lists_the_services(served: Any) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(served.channel(served.pki.service("vm")))
    ask = reflection_pb2.ServerReflectionRequest(list_services="")

    replies = [each async for each in stub.ServerReflectionInfo(iter([ask]))]

    names = [each.name for each in replies[0].list_services_response.service]
    assert "rpctest.v1.EchoService" in names


async def test_mounts_are_served_beside_the_rpcs() -> None:
    async def hello(scope: Any, receive: Any, send: Any) -> None:
        path = Request(scope).url.path
        await PlainTextResponse(f"hello {path}")(scope, receive, send)

    process = Process("echo", Wire())
    process.mount("/api/v1/images", hello)

    async with process.running():
        reply = await plain_get(process.http_port, "/api/v1/images/a/b")

    assert reply.text == "hello /api/v1/images/a/b"


async def test_a_loop_that_fails_or_ends_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_BACKOFF", loops.FIRST_BACKOFF / 100)
    metrics = Metrics()
    guard = Loops(metrics)
    runs: list[int] = []
    third = asyncio.Event()

    async def run() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError("boom")
        if len(runs) == 3:
            third.set()
            await asyncio.Event().wait()

    guard.add("sweep", run)
    running = asyncio.create_task(guard.run())
    await asyncio.wait_for(third.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert b'qvdc_loop_restarts_total{loop="sweep"} 2.0' in metrics.render()[0]


async def test_a_dialer_opens_anew_when_the_certificate_changed(served: Any) -> None:
    from qvdc_rpc.tls import TlsFiles

    identity = served.pki.service("vm")
    dialer = Dialer(TlsFiles(identity.cert_file, identity.key_file, identity.ca_file))
    address = f"127.0.0.1:{served.process.mesh_port}"

    first = dialer.channel(address, name="echo.quantix.internal")
    again = dialer.channel(address, name="echo.quantix.internal")
    served.pki.service("vm")
    fresh = dialer.channel(address, name="echo.quantix.internal")

    assert first is again
    assert fresh is not first
    stub = served.generated.grpc.EchoServiceStub(fresh)
    assert (await stub.Echo(served.generated.pb2.EchoRequest(text="x"))).text == "x"
    await dialer.close()


def test_every_method_must_be_served(generated: Any) -> None:
    class Half:
        async def echo(self, request: object, ctx: object) -> object:
            return request

    assert unserved(generated.service, Half()) == ["Count", "Sum", "Chat", "Enrol", "Closed"]
    with pytest.raises(TypeError, match="EchoService/Count"):
        assert_served([(generated.service, Half())])


def test_rpcs_are_listed_with_their_access(generated: Any) -> None:
    by_name = {each.method: each for each in list_rpcs(generated.pb2.DESCRIPTOR)}

    assert by_name["Echo"].access.permission == "echo.say"
    assert by_name["Echo"].access.callers == {"service/vm"}
    assert by_name["Closed"].access.permission == ""
    assert by_name["Echo"].path == "/rpctest.v1.EchoService/Echo"


@pytest.mark.parametrize(
    ("name", "attribute"),
    [("GetVM", "get_vm"), ("ListHAIncidents", "list_ha_incidents"), ("Echo", "echo")],
)
def test_methods_are_spelled_as_the_generator_does(name: str, attribute: str) -> None:
    assert method_attribute(name) == attribute


class TestFieldMasks:
    def test_no_mask_means_what_is_populated(self, generated: Any) -> None:
        pb2 = generated.pb2

        assert masked_paths(None, pb2.EchoRequest(text="a", count=1)) == {"text", "count"}

    def test_a_star_means_everything(self, generated: Any) -> None:
        from google.protobuf.field_mask_pb2 import FieldMask

        paths = masked_paths(FieldMask(paths=["*"]), generated.pb2.EchoRequest())

        assert paths == {"text", "inner", "count", "act", "delay"}

    def test_nested_paths_and_parents(self, generated: Any) -> None:
        descriptor = generated.pb2.EchoRequest.DESCRIPTOR

        check_paths(["inner.text", "inner", "text"], descriptor)

        assert covers({"inner.text"}, "inner")
        assert covers({"inner"}, "inner.text")
        assert not covers({"inner"}, "in")

    @pytest.mark.parametrize("path", ["nope", "inner.nope", "text.deep", "", "inner.many.text"])
    def test_unknown_paths_are_refused(self, generated: Any, path: str) -> None:
        with pytest.raises(UnknownField):
            check_paths([path], generated.pb2.EchoRequest.DESCRIPTOR)


def test_internal_packages_ignore_unknown_fields(generated: Any) -> None:
    read = decode_json({"text": "a", "new": 1}, generated.pb2.EchoRequest.DESCRIPTOR, strict=False)

    assert read == generated.pb2.EchoRequest(text="a")
