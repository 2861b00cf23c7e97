"""One RPC over grpcio, the generated Connect client and a plain JSON post: the same answers."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
import pytest
from connectrpc.errors import ConnectError
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc import code_pb2, status_pb2
from pyqwest import Client, HTTPTransport

from qvdc_rpc.dial import call, stream
from qvdc_rpc.status import RemoteRefusal, from_connect_error, from_status
from qvdc_testing.pki import Pki

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def over_grpc(served: Any) -> Ask:
    stub = served.stub(served.pki.service("console"))
    assertion = served.assertion()

    async def ask(request: dict[str, Any]) -> dict[str, Any]:
        message = ParseDict(request, served.generated.pb2.EchoRequest())
        reply = await call(stub.Echo, message, assertion=assertion, request_id="r-1")
        return MessageToDict(reply)

    return ask


def over_connect(served: Any) -> Ask:
    identity = served.pki.service("console")
    transport = HTTPTransport(
        tls_ca_cert=identity.ca_file.read_bytes(),
        tls_cert=identity.cert_file.read_bytes(),
        tls_key=identity.key_file.read_bytes(),
    )
    client = served.generated.connect.EchoServiceClient(
        served.http_url, http_client=Client(transport)
    )
    headers = {"x-quantix-assertion": served.assertion(), "x-request-id": "r-1"}

    async def ask(request: dict[str, Any]) -> dict[str, Any]:
        message = ParseDict(request, served.generated.pb2.EchoRequest())
        try:
            return MessageToDict(await client.echo(message, headers=headers))
        except ConnectError as error:
            raise from_connect_error(error) from error

    return ask


def over_json(served: Any) -> Ask:
    async def ask(request: dict[str, Any]) -> dict[str, Any]:
        async with served.http(served.pki.service("console"), served.assertion()) as client:
            reply = await client.post(
                "/rpctest.v1.EchoService/Echo", json=request, headers={"x-request-id": "r-1"}
            )
        body: dict[str, Any] = reply.json()
        if reply.status_code == 200:
            return body
        raise json_refusal(body)

    return ask


def json_refusal(body: dict[str, Any]) -> RemoteRefusal:
    status = status_pb2.Status(
        code=code_pb2.Code.Value(body["code"].upper()), message=body.get("message", "")
    )
    for detail in body.get("details", ()):
        value = base64.b64decode(detail["value"] + "===")
        status.details.add(type_url=f"type.googleapis.com/{detail['type']}", value=value)
    return from_status(status)


WAYS = pytest.mark.parametrize("way", [over_grpc, over_connect, over_json])


@WAYS
async def test_the_answer_is_the_same_everywhere(served: Any, way: Callable[[Any], Ask]) -> None:
    answer = await way(served)({"text": "hi", "count": "7"})

    assert answer == {"text": "hi", "count": "7", "caller": "users/tester", "requestId": "r-1"}


@WAYS
async def test_a_refusal_arrives_whole(served: Any, way: Callable[[Any], Ask]) -> None:
    with pytest.raises(RemoteRefusal) as caught:
        await way(served)({"act": "refuse"})

    assert (caught.value.code, caught.value.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert caught.value.facts == {"name": "vms/a", "changed_by": "ada"}
    assert caught.value.message == "vms/a was changed by ada since it was read."


@WAYS
async def test_a_delay_to_wait_arrives(served: Any, way: Callable[[Any], Ask]) -> None:
    with pytest.raises(RemoteRefusal) as caught:
        await way(served)({"act": "exhaust"})

    assert caught.value.code == "RESOURCE_EXHAUSTED"
    assert caught.value.retry_after == timedelta(seconds=7)


@WAYS
async def test_a_crash_tells_only_its_id(served: Any, way: Callable[[Any], Ask]) -> None:
    with pytest.raises(RemoteRefusal) as caught:
        await way(served)({"act": "crash"})

    assert (caught.value.code, caught.value.reason) == ("INTERNAL", "INTERNAL")
    assert caught.value.message == f"Internal error {caught.value.facts['error_id']}."


@WAYS
async def test_a_broken_rule_names_the_field(served: Any, way: Callable[[Any], Ask]) -> None:
    with pytest.raises(RemoteRefusal) as caught:
        await way(served)({"text": "x" * 21, "count": "-1"})

    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_ARGUMENT")
    assert [each.field for each in caught.value.fields] == ["text", "count"]


async def test_unknown_json_fields_are_refused_at_any_depth(served: Any) -> None:
    ask = over_json(served)
    request = {"nope": 1, "inner": {"named": {"a": {"oops": 1}}, "many": [{}, {"bad": {}}]}}

    with pytest.raises(RemoteRefusal) as caught:
        await ask(request)

    assert caught.value.reason == "UNKNOWN_FIELD"
    named = [each.field for each in caught.value.fields]
    assert named == ["inner.many[1].bad", "inner.named[a].oops", "nope"]


async def test_unknown_binary_fields_are_refused_at_any_depth(served: Any) -> None:
    pb2 = served.generated.pb2
    request = pb2.EchoRequest(inner=pb2.Inner(many=[pb2.Inner()]))
    request.inner.many[0].MergeFromString(b"\x98\x06\x01")  # field 99, varint 1
    raw = request.SerializeToString()
    channel = served.channel(served.pki.service("vm"))
    method = channel.unary_unary("/rpctest.v1.EchoService/Echo")

    with pytest.raises(RemoteRefusal) as caught:
        await call(method, raw)
    assert caught.value.reason == "UNKNOWN_FIELD"
    assert caught.value.fields[0].field == "inner.many[0].#99"

    async with served.http(served.pki.service("console"), served.assertion()) as client:
        reply = await client.post(
            "/rpctest.v1.EchoService/Echo",
            content=raw,
            headers={"content-type": "application/proto"},
        )
    assert json_refusal(reply.json()).reason == "UNKNOWN_FIELD"


@pytest.mark.parametrize("body", [b"{", b'{"text": 1}', b"[]", b'{"text":"a","text":"b"}', b"\xff"])
async def test_what_is_no_request_is_refused(served: Any, body: bytes) -> None:
    async with served.http(served.pki.service("console"), served.assertion()) as client:
        reply = await client.post(
            "/rpctest.v1.EchoService/Echo",
            content=body,
            headers={"content-type": "application/json"},
        )

    assert reply.status_code == 400
    assert json_refusal(reply.json()).reason == "MALFORMED"


async def test_both_spellings_of_a_field_are_accepted(served: Any) -> None:
    async with served.http(served.pki.service("console"), served.assertion()) as client:
        reply = await client.post(
            "/rpctest.v1.EchoService/Echo", json={"inner": {"text": "a"}, "delay": "1s"}
        )

    assert reply.status_code == 200


async def test_the_deadline_ends_the_work(served: Any) -> None:
    pb2 = served.generated.pb2
    request = ParseDict({"act": "wait", "delay": "60s"}, pb2.EchoRequest())
    stub = served.stub(served.pki.service("vm"))

    with pytest.raises(RemoteRefusal) as caught:
        await call(stub.Echo, request, timeout=timedelta(seconds=0.3))

    assert caught.value.code == "DEADLINE_EXCEEDED"
    await asyncio.wait_for(served.servicer.cancelled.wait(), 5)


async def test_the_deadline_of_connect_carries_its_reason(served: Any) -> None:
    async with served.http(served.pki.service("console"), served.assertion()) as client:
        reply = await client.post(
            "/rpctest.v1.EchoService/Echo",
            json={"act": "wait", "delay": "60s"},
            headers={"connect-timeout-ms": "300"},
        )

    assert json_refusal(reply.json()).reason == "DEADLINE_EXCEEDED"
    await asyncio.wait_for(served.servicer.cancelled.wait(), 5)


async def test_streams_of_all_arities_work_on_the_mesh(served: Any) -> None:
    pb2 = served.generated.pb2
    stub = served.stub(served.pki.service("vm"))

    async def three() -> AsyncIterator[Any]:
        for number in range(3):
            yield pb2.EchoRequest(count=number, text=str(number))

    counted = [each.count async for each in stream(stub.Count, pb2.EchoRequest(count=3))]
    chatted = [each.text async for each in stream(stub.Chat, three())]

    assert counted == [0, 1, 2]
    assert chatted == ["0", "1", "2"]
    assert (await stub.Sum(three())).count == 3


async def test_a_stream_ends_with_its_refusal(served: Any) -> None:
    pb2 = served.generated.pb2
    stub = served.stub(served.pki.service("vm"))
    running = stream(stub.Count, pb2.EchoRequest(count=2, act="refuse"))
    got = [(await anext(running)).count, (await anext(running)).count]

    with pytest.raises(RemoteRefusal) as caught:
        await anext(running)

    assert got == [0, 1]
    assert caught.value.reason == "ETAG_MISMATCH"


async def test_a_stream_over_connect_ends_with_its_refusal(served: Any) -> None:
    body = b'{"count": "2", "act": "refuse"}'
    async with served.http(served.pki.service("console"), served.assertion()) as client:
        reply = await client.post(
            "/rpctest.v1.EchoService/Count",
            content=b"\x00" + len(body).to_bytes(4, "big") + body,
            headers={"content-type": "application/connect+json"},
        )

    assert b'"count": "1"' in reply.content
    assert b"aborted" in reply.content


async def test_a_stream_that_its_reader_leaves_ends_the_work(served: Any) -> None:
    pb2 = served.generated.pb2
    stub = served.stub(served.pki.service("vm"))
    request = ParseDict({"count": "1", "act": "wait", "delay": "60s"}, pb2.EchoRequest())

    running = stub.Count(request)
    await running.read()
    await asyncio.wait_for(served.servicer.started.wait(), 5)
    running.cancel()

    await asyncio.wait_for(served.servicer.cancelled.wait(), 5)


async def test_the_request_id_comes_back_as_metadata(served: Any) -> None:
    stub = served.stub(served.pki.service("vm"))

    running = stub.Echo(served.generated.pb2.EchoRequest(), metadata=(("x-request-id", "abc"),))
    await running

    assert dict(await running.trailing_metadata())["x-request-id"] == "abc"


class TestWhoMayCall:
    async def test_a_listed_service_may(self, served: Any) -> None:
        stub = served.stub(served.pki.service("vm"))

        reply = await call(stub.Echo, served.generated.pb2.EchoRequest())

        assert reply.caller == "service/vm"

    async def test_a_node_may_where_nodes_may(self, served: Any) -> None:
        uid = "0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f"
        stub = served.stub(served.pki.node(uid))

        assert (await stub.Sum(iter([]))).caller == f"node/{uid}"
        assert await reason_of(call(stub.Echo, served.generated.pb2.EchoRequest())) == (
            "PERMISSION_DENIED",
            "CALLER_NOT_ALLOWED",
        )

    async def test_a_method_without_an_option_is_closed_to_all(self, served: Any) -> None:
        stub = served.stub(served.pki.service("vm"))

        code, _ = await reason_of(call(stub.Closed, served.generated.pb2.EchoRequest()))

        assert code == "PERMISSION_DENIED"

    async def test_a_user_needs_the_permission(self, served: Any) -> None:
        stub = served.stub(served.pki.service("console"))
        assertion = served.assertion(permissions=("echo.listen",))

        refused = call(stub.Echo, served.generated.pb2.EchoRequest(), assertion=assertion)

        assert await reason_of(refused) == ("PERMISSION_DENIED", "PERMISSION_MISSING")

    async def test_only_the_door_presents_assertions(self, served: Any) -> None:
        stub = served.stub(served.pki.service("vm"))

        refused = call(stub.Echo, served.generated.pb2.EchoRequest(), assertion=served.assertion())

        assert await reason_of(refused) == ("PERMISSION_DENIED", "CALLER_NOT_ALLOWED")

    async def test_http_needs_an_assertion(self, served: Any) -> None:
        async with served.http(served.pki.service("vm")) as client:
            reply = await client.post("/rpctest.v1.EchoService/Echo", json={})

        assert reply.status_code == 401
        assert json_refusal(reply.json()).reason == "UNAUTHENTICATED"

    async def test_false_assertions_are_refused(
        self, served: Any, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        stub = served.stub(served.pki.service("console"))
        forger = Pki(tmp_path_factory.mktemp("forger"))
        long_ago = datetime.now(UTC) - timedelta(minutes=2)
        false = {
            "signature": forger.assertion(audience="echo"),
            "expired": served.assertion(now=long_ago),
            "audience": served.pki.assertion(audience="vm"),
            "malformed": "a.b.c",
        }

        for why, assertion in false.items():
            with pytest.raises(RemoteRefusal) as caught:
                await call(stub.Echo, served.generated.pb2.EchoRequest(), assertion=assertion)
            assert caught.value.code == "UNAUTHENTICATED"
            assert caught.value.facts["why"] == why

    async def test_a_certificate_of_another_ca_is_refused(
        self, served: Any, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        stranger = Pki(tmp_path_factory.mktemp("stranger"))
        identity = stranger.service("vm")
        identity.ca_file.write_bytes(served.pki.ca_file.read_bytes())

        code, _ = await reason_of(
            call(served.stub(identity).Echo, served.generated.pb2.EchoRequest())
        )
        assert code == "UNAVAILABLE"

        async with served.http(identity, served.assertion()) as client:
            with pytest.raises(httpx.TransportError):
                await client.post("/rpctest.v1.EchoService/Echo", json={})

    async def test_no_certificate_is_refused_but_for_enrolment(self, served: Any) -> None:
        credentials = grpc.ssl_channel_credentials(served.pki.ca_file.read_bytes())

        def stub(port: int) -> Any:
            channel = grpc.aio.secure_channel(
                f"127.0.0.1:{port}",
                credentials,
                options=[("grpc.ssl_target_name_override", "echo.quantix.internal")],
            )
            return served.generated.grpc.EchoServiceStub(channel)

        request = served.generated.pb2.EchoRequest()
        enrolling = stub(served.process.enrol_port)

        assert (await reason_of(call(stub(served.process.mesh_port).Enrol, request)))[0] == (
            "UNAVAILABLE"
        )
        assert (await call(enrolling.Enrol, request)).caller == "anyone"
        assert (await reason_of(call(enrolling.Echo, request)))[0] == "UNAUTHENTICATED"


async def reason_of(awaitable: Awaitable[Any]) -> tuple[str, str]:
    with pytest.raises(RemoteRefusal) as caught:
        await awaitable
    return caught.value.code, caught.value.reason


async def test_certificates_rotate_without_a_restart(served: Any) -> None:
    before = await serial_of(served)

    served.pki.service("echo")

    assert await serial_of(served) != before


async def serial_of(served: Any) -> bytes:
    identity = served.pki.service("vm")
    context = ssl.create_default_context(cafile=str(identity.ca_file))
    context.load_cert_chain(identity.cert_file, identity.key_file)
    context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", served.process.mesh_port, ssl=context, server_hostname="localhost"
    )
    assert reader
    tls = writer.get_extra_info("ssl_object")
    assert isinstance(tls, ssl.SSLObject)
    certificate = tls.getpeercert(binary_form=True)
    writer.close()
    assert certificate is not None
    return certificate
