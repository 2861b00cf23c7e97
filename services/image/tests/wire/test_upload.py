"""Bytes come in by tus, however the connection behaves (IM-5, IM-2, IM-3)."""

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from quantix.image.v1 import image_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_rpc.status import RemoteRefusal

READY, ERROR = pb.Image.STATE_READY, pb.Image.STATE_ERROR


async def settled(served: Any, name: str) -> pb.Image:
    """The image once it is READY, in ERROR or CANCELLED."""
    async with asyncio.timeout(30):
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            image: pb.Image = item.image
            if image.name == name and image.state in (READY, ERROR, pb.Image.STATE_CANCELLED):
                return image
    raise AssertionError("the stream ended")


async def test_an_upload_becomes_an_image(served: Any, files: SimpleNamespace, sha256: Any) -> None:
    data = files.Qcow2(virtual_size=1 << 30).build() + os.urandom(3 << 20)
    async with served.http() as http:
        made = await served.create(http, len(data), filename="debian.qcow2", imageId="debian-12")
        assert made.status_code == 201
        location = made.headers["location"]
        assert location.startswith("/api/v1/images/uploads/")
        head = await http.head(location)
        assert (head.headers["upload-offset"], head.headers["upload-length"]) == (
            "0",
            str(len(data)),
        )
        half = await served.patch(http, location, 0, data[:1000])
        assert half.headers["upload-offset"] == "1000"
        sent = await served.patch(http, location, 1000, data[1000:])
        assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(len(data)))
    image = await settled(served, "images/debian-12")

    assert image.state == READY
    assert image.digest == sha256(data)
    assert (image.format, image.kind) == (pb.Image.FORMAT_QCOW2, pb.Image.KIND_CLOUD_IMAGE)
    assert (image.size_bytes, image.virtual_size_bytes) == (len(data), 1 << 30)
    assert image.progress.percent == 100
    assert image.progress.bytes_done == len(data)
    assert image.display_name == "debian.qcow2"
    assert image.locations[0].node_uid == ""
    operation = await served.operations.call(
        "GetOperation", operation_pb2.GetOperationRequest(name=image.operation)
    )
    assert operation.state == operation_pb2.Operation.STATE_SUCCEEDED
    assert (operation.progress_percent, operation.bytes_done) == (100, len(data))
    assert served.stored() == [sha256(data)]
    assert served.incoming() == []


async def test_the_way_to_ready_is_watched_and_never_falls(
    served: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(4 << 20)
    seen: list[pb.Image] = []

    async def watch() -> None:
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            if item.image.name:
                seen.append(pb.Image.FromString(item.image.SerializeToString()))
            if item.image.state == READY:
                return

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1 << 19):
            yield data[start : start + (1 << 19)]
            await asyncio.sleep(0.3)

    watching = asyncio.create_task(watch())
    async with served.http() as http:
        made = await served.create(http, len(data), imageId="raw")
        assert (await served.patch(http, made.headers["location"], 0, slowly())).status_code == 204
    async with asyncio.timeout(20):
        await watching

    percents = [image.progress.percent for image in seen]
    done = [image.progress.bytes_done for image in seen]
    assert percents == sorted(percents)
    assert done == sorted(done)
    assert any(0 < part < len(data) for part in done)
    assert [p for image, p in zip(seen, percents, strict=True) if image.state != READY][-1] < 100
    assert percents[-1] == 100


async def test_a_cut_connection_keeps_what_came(served: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(6 << 20)

    async def cut() -> AsyncIterator[bytes]:
        yield data[: 5 << 20]
        await asyncio.sleep(1.2)
        raise ConnectionResetError

    async with served.http() as http:
        location = (await served.create(http, len(data), imageId="cut")).headers["location"]
        with pytest.raises((httpx.TransportError, ConnectionResetError)):
            await served.patch(http, location, 0, cut())
    async with served.http() as http, asyncio.timeout(10):
        offset, status = 0, 423
        while status in (423, 409):
            offset = int((await http.head(location)).headers["upload-offset"])
            status = (await served.patch(http, location, offset, data[offset:])).status_code
        assert (offset, status) == (5 << 20, 204)
    image = await settled(served, "images/cut")
    assert image.digest == hashlib.sha256(data).hexdigest()


async def test_what_does_not_fit_the_protocol_is_refused(
    served: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(1 << 20)
    async with served.http() as http:
        location = (await served.create(http, len(data), imageId="strict")).headers["location"]
        wrong_offset = await served.patch(http, location, 5, data[5:])
        assert wrong_offset.status_code == 409
        assert wrong_offset.json()["reason"] == "UPLOAD_OFFSET"
        assert (await served.patch(http, location, 0, data + b"x")).status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield data[: 1 << 16]

        too_long = await served.patch(http, location, 0, endless())
        assert too_long.status_code == 413
        assert (await http.head(location)).headers["upload-offset"] == "0"
        more = {"Content-Type": "text/plain"}
        assert (await served.patch(http, location, 0, data, **more)).status_code == 415
        assert (await http.head(location, headers={"Tus-Resumable": "0.2"})).status_code == 412
        unknown = "/api/v1/images/uploads/00000000-0000-4000-8000-000000000000"
        assert (await http.head(unknown)).status_code == 404
        assert (await http.head("/api/v1/images/uploads/etc")).status_code == 404
        options = await http.options("/api/v1/images/uploads/")
        assert "creation-with-upload" in options.headers["tus-extension"]
        for size in ("", "-1", "x", "0"):
            made = await http.post("/api/v1/images/uploads", headers={"Upload-Length": size})
            assert made.status_code == 400
        huge = await http.post("/api/v1/images/uploads/", headers={"Upload-Length": str(1 << 50)})
        assert huge.status_code == 413
        full = await served.create(http, 2 << 40, imageId="full")
        assert full.status_code == 429
        assert full.json()["reason"] == "POOL_FULL"
        assert (await served.create(http, 512, imageId="strict")).status_code == 409
        for bad in ("Bad_Id", "uploads"):
            assert (await served.create(http, 512, imageId=bad)).status_code == 400
        assert (await served.create(http, 512, kind="OVA")).status_code == 400


async def test_only_users_with_the_permission_may_upload(served: Any) -> None:
    async with served.http(permissions=("image.read",)) as http:
        assert (await served.create(http, 512)).status_code == 403
    async with served.http(door=False) as http:
        assert (await served.create(http, 512)).status_code == 401


async def test_a_request_with_a_wrong_checksum_changes_nothing(
    served: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(2 << 20)
    right = base64.b64encode(hashlib.sha256(data).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    async with served.http() as http:
        location = (await served.create(http, len(data), imageId="sum")).headers["location"]
        refused = await served.patch(
            http, location, 0, data, **{"Upload-Checksum": f"sha256 {wrong}"}
        )
        assert refused.status_code == 460
        assert (await http.head(location)).headers["upload-offset"] == "0"
        sent = await served.patch(http, location, 0, data, **{"Upload-Checksum": f"sha256 {right}"})
        assert sent.status_code == 204
    assert (await settled(served, "images/sum")).state == READY


async def test_of_two_connections_to_one_upload_one_wins(
    served: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(1 << 20)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield data[:4096]
        begun.set()
        await go_on.wait()
        yield data[4096:]

    async with served.http() as http, served.http() as other:
        location = (await served.create(http, len(data), imageId="race")).headers["location"]
        first = asyncio.create_task(served.patch(http, location, 0, slowly()))
        await begun.wait()
        second = await served.patch(other, location, 0, data[:512])
        go_on.set()
        statuses = sorted([second.status_code, (await first).status_code])
        assert statuses in ([204, 409], [204, 423])


async def test_another_digest_than_announced_ends_in_error(
    served: Any, files: SimpleNamespace, sha256: Any
) -> None:
    data = files.a_raw_disk(1 << 20)
    name = await served.upload(data, imageId="flipped", checksum=f"sha256:{'0' * 64}")
    image = await settled(served, name)
    assert image.state == ERROR
    assert image.error.reason == "CHECKSUM_MISMATCH"
    assert dict(image.error.metadata) == {"expected": "0" * 64, "actual": sha256(data)}
    assert (served.stored(), served.incoming()) == ([], [])


@pytest.mark.parametrize(
    "hostile", ["html", "backing", "data_file", "huge", "bomb", "empty_gzip", "iso_as_disk"]
)
async def test_hostile_bytes_end_in_error_and_are_gone(
    hostile: str, served: Any, files: SimpleNamespace
) -> None:
    bomb = files.Qcow2(
        virtual_size=1 << 40,
        l1=[files.L2_AT | files.COPIED] * 2048,
        l2=[1 << 62 | files.DATA_AT] * 8192,
    )
    data = {
        "html": b"<!DOCTYPE html><html>sorry</html>",
        "backing": files.Qcow2(backing_offset=512).build(),
        "data_file": files.Qcow2(extensions=[(0x44415441, b"/etc/shadow")]).build(),
        "huge": files.Qcow2(virtual_size=17 << 40).build(),
        "bomb": bomb.build(),
        "empty_gzip": b"\x1f\x8b" + bytes(510),
        "iso_as_disk": files.an_iso(),
    }[hostile]
    kind = {"kind": "DISK"} if hostile == "iso_as_disk" else {}
    image = await settled(served, await served.upload(data, imageId="hostile", **kind))
    assert image.state == ERROR
    assert image.error.reason == "IMAGE_UNSAFE"
    assert image.error.metadata["finding"]
    assert (served.stored(), served.incoming()) == ([], [])
    await served.images.call("DeleteImage", pb.DeleteImageRequest(name=image.name))


async def test_an_iso_and_a_raw_disk_are_taken(served: Any, files: SimpleNamespace) -> None:
    iso = await settled(served, await served.upload(files.an_iso(), imageId="cd"))
    raw = await settled(served, await served.upload(files.a_raw_disk(), imageId="disk"))
    assert (iso.state, iso.format, iso.kind) == (READY, pb.Image.FORMAT_ISO, pb.Image.KIND_ISO)
    assert (raw.state, raw.format) == (READY, pb.Image.FORMAT_RAW)


async def test_equal_bytes_are_kept_once(served: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk()
    one = await settled(served, await served.upload(data, imageId="one"))
    two = await settled(served, await served.upload(data, imageId="two"))
    assert (two.state, one.digest) == (READY, two.digest), two
    assert len(served.stored()) == 1


async def test_an_upload_can_be_ended_in_three_ways(served: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(1 << 20)
    async with served.http() as http:
        for way in ("tus", "rpc", "operation"):
            made = await served.create(http, len(data), imageId=f"end-{way}")
            location = made.headers["location"]
            await served.patch(http, location, 0, data[:4096])
            if way == "tus":
                assert (await http.delete(location)).status_code == 204
            elif way == "rpc":
                name = made.headers["quantix-upload"]
                await served.uploads.call("CancelUpload", pb.CancelUploadRequest(name=name))
            else:
                name = made.headers["quantix-operation"]
                cancel = operation_pb2.CancelOperationRequest(name=name)
                await served.operations.call("CancelOperation", cancel)
            image = await settled(served, f"images/end-{way}")
            assert image.state == pb.Image.STATE_CANCELLED
            assert (await http.head(location)).status_code == 410
            assert (await served.patch(http, location, 4096, data[4096:])).status_code == 410
    assert served.incoming() == []


async def test_deleting_an_image_ends_its_upload(served: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(1 << 20)
    async with served.http() as http:
        location = (await served.create(http, len(data), imageId="gone")).headers["location"]
        await served.patch(http, location, 0, data[:4096])
        await served.images.call("DeleteImage", pb.DeleteImageRequest(name="images/gone"))
        assert (await http.head(location)).status_code == 404
    assert served.incoming() == []
    with pytest.raises(RemoteRefusal) as refused:
        await served.images.call("GetImage", pb.GetImageRequest(name="images/gone"))
    assert refused.value.reason == "NOT_FOUND"
