"""Reading, changing, claiming, fetching and deleting images."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.access.v1.fence_pb2 import Fence
from quantix.claim.v1 import image_claim_pb2 as claim_pb
from quantix.claim.v1.image_claim_pb2_grpc import ImageClaimServiceStub
from quantix.event.v1 import event_pb2
from quantix.event.v1.event_pb2_grpc import EventServiceStub
from quantix.host.v1 import cache_sync_pb2 as cache_pb
from quantix.image.v1 import image_pb2 as pb
from qvdc_rpc.status import RemoteRefusal

NODE_UID = "5f3c8f3e-6f0b-4f6e-9d2f-0b1c2d3e4f50"
VM_UID = "11111111-2222-4333-8444-555555555555"


async def ready(served: Any, data: bytes, image_id: str, **metadata: str) -> pb.Image:
    """Upload and wait for READY."""
    name = await served.upload(data, imageId=image_id, **metadata)
    async with asyncio.timeout(30):
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            if item.image.name == name and item.image.state == pb.Image.STATE_READY:
                image: pb.Image = item.image
                return image
    raise AssertionError("the stream ended")


def claim(image: str, revision: int = 7, vm_uid: str = VM_UID) -> claim_pb.ClaimImageRequest:
    fence = Fence(site_term=1, loop="machine", revision=revision)
    return claim_pb.ClaimImageRequest(image=image, vm="vms/web-1", vm_uid=vm_uid, fence=fence)


def release(image: str, revision: int = 7) -> claim_pb.ReleaseImageRequest:
    fence = Fence(site_term=1, loop="machine", revision=revision)
    return claim_pb.ReleaseImageRequest(image=image, vm_uid=VM_UID, fence=fence)


async def refusal(call: Any) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as refused:
        await call
    return refused.value


async def test_what_people_may_change_changes_and_nothing_else(
    served: Any, files: SimpleNamespace
) -> None:
    image = await ready(served, files.a_raw_disk(), "blue", description="first")
    asked = pb.Image(
        name=image.name,
        display_name="Blue",
        labels={"os": "linux"},
        etag=image.etag,
        state=pb.Image.STATE_ERROR,
    )
    request_id = str(uuid.uuid4())
    update = pb.UpdateImageRequest(image=asked, request_id=request_id)
    changed = await served.images.call("UpdateImage", update)
    assert (changed.display_name, dict(changed.labels)) == ("Blue", {"os": "linux"})
    assert (changed.description, changed.state) == ("first", pb.Image.STATE_READY)
    assert changed.etag != image.etag
    assert await served.images.call("UpdateImage", update) == changed

    stale = await refusal(served.images.call("UpdateImage", pb.UpdateImageRequest(image=asked)))
    assert stale.reason == "ETAG_MISMATCH"
    other = pb.UpdateImageRequest(image=pb.Image(name=image.name), request_id=request_id)
    assert (await refusal(served.images.call("UpdateImage", other))).reason == (
        "IDEMPOTENCY_KEY_REUSED"
    )
    cleared = pb.UpdateImageRequest(
        image=pb.Image(name=image.name), update_mask=FieldMask(paths=["labels", "description"])
    )
    emptied = await served.images.call("UpdateImage", cleared)
    assert (dict(emptied.labels), emptied.description) == ({}, "")
    wrong = pb.UpdateImageRequest(
        image=pb.Image(name=image.name), update_mask=FieldMask(paths=["colour"])
    )
    assert (await refusal(served.images.call("UpdateImage", wrong))).reason == "UNKNOWN_FIELD"
    kind = pb.Image(name=image.name, kind=pb.Image.KIND_ISO)
    fixed = await refusal(served.images.call("UpdateImage", pb.UpdateImageRequest(image=kind)))
    assert fixed.fields[0].field == "image.kind"
    by_uid = await served.images.call("GetImage", pb.GetImageRequest(name=f"images/{image.uid}"))
    assert by_uid.name == image.name


async def test_lists_have_pages_and_filters(served: Any) -> None:
    async with served.http() as http:
        for number in range(5):
            made = await served.create(
                http, 512, imageId=f"img-{number}", displayName=f"50%_{number}"
            )
            assert made.status_code == 201, made.text
    page = await served.images.call("ListImages", pb.ListImagesRequest(page_size=2))
    names = [image.name for image in page.images]
    while page.next_page_token:
        request = pb.ListImagesRequest(page_size=2, page_token=page.next_page_token)
        page = await served.images.call("ListImages", request)
        names += [image.name for image in page.images]
    assert names == [f"images/img-{number}" for number in range(5)]

    async def listed(**wanted: Any) -> list[str]:
        answer = await served.images.call("ListImages", pb.ListImagesRequest(**wanted))
        return [image.name for image in answer.images]

    assert await listed(query="0%_3") == ["images/img-3"]
    assert await listed(name_prefix="img-4") == ["images/img-4"]
    assert await listed(states=[pb.Image.STATE_READY]) == []
    assert len(await listed(states=[pb.Image.STATE_UPLOADING])) == 5
    assert await listed(labels={"a": "b"}) == []
    uploads = await served.uploads.call("ListUploads", pb.ListUploadsRequest())
    assert len(uploads.uploads) == 5


async def test_a_claimed_image_stays_and_its_bytes_can_be_fetched(
    served: Any, files: SimpleNamespace
) -> None:
    data = files.a_raw_disk(3 << 20)
    image = await ready(served, data, "held")
    grant = await served.claims.call("ClaimImage", claim("images/held"))
    again = await served.claims.call("ClaimImage", claim("images/held"))
    assert (grant.digest, grant.format, grant.size_bytes) == (image.digest, "raw", len(data))
    assert again.digest == grant.digest
    path = f"/images/blobs/{image.digest}"
    assert f"https://127.0.0.1:{served.process.http_port}{path}" in grant.urls
    blocked = await refusal(
        served.images.call("DeleteImage", pb.DeleteImageRequest(name="images/held"))
    )
    assert (blocked.reason, blocked.facts["blockers"]) == ("IN_USE", "vms/web-1")
    held = await served.images.call("GetImage", pb.GetImageRequest(name="images/held"))
    assert held.used_by_count == 1

    bearer = {"Authorization": f"Bearer {grant.ticket}"}
    async with served.http(door=False) as host:
        whole = await host.get(path, headers=bearer)
        assert whole.content == data
        assert whole.headers["etag"] == f'"{image.digest}"'
        part = await host.get(path, headers=bearer | {"Range": "bytes=1048576-1048585"})
        assert (part.status_code, part.content) == (206, data[1 << 20 : (1 << 20) + 10])
        assert part.headers["content-range"] == f"bytes 1048576-1048585/{len(data)}"
        tail = await host.get(path, headers=bearer | {"Range": f"bytes={len(data) - 3}-"})
        assert (tail.status_code, tail.content) == (206, data[-3:])
        head = await host.head(path, headers=bearer)
        assert (head.headers["content-length"], head.content) == (str(len(data)), b"")
        beyond = await host.get(path, headers=bearer | {"Range": f"bytes={len(data)}-"})
        assert beyond.status_code == 416
        assert (await host.get(path)).status_code == 403
        assert (await host.get(path, headers={"Authorization": "Bearer x"})).status_code == 403
        assert (await host.get(f"/images/blobs/{'0' * 64}", headers=bearer)).status_code == 403
        assert (await host.get("/images/blobs/..%2f..%2fetc", headers=bearer)).status_code == 404

    stale = await refusal(served.claims.call("ReleaseImage", release("images/held", revision=6)))
    assert stale.reason == "STALE_FENCE"
    for _ in range(2):
        await served.claims.call("ReleaseImage", release("images/held", revision=8))
    request = pb.DeleteImageRequest(name="images/held", request_id=str(uuid.uuid4()))
    await served.images.call("DeleteImage", request)
    await served.images.call("DeleteImage", request)
    assert served.stored() == [image.digest], "bytes are collected after the grace"


async def test_only_ready_images_are_claimed_and_only_by_the_machine_service(served: Any) -> None:
    async with served.http() as http:
        await served.create(http, 512, imageId="half")
    unready = await refusal(served.claims.call("ClaimImage", claim("images/half")))
    assert (unready.reason, unready.facts["state"]) == ("IMAGE_NOT_READY", "UPLOADING")
    missing = await refusal(served.claims.call("ClaimImage", claim("images/none")))
    assert missing.reason == "NOT_FOUND"
    user = served.callers.user(ImageClaimServiceStub)
    assert (await refusal(user.call("ClaimImage", claim("images/half")))).code == (
        "PERMISSION_DENIED"
    )


async def test_hosts_say_what_they_hold(served: Any, files: SimpleNamespace) -> None:
    image = await ready(served, files.a_raw_disk(), "cached")
    held = cache_pb.CachedImage(
        digest=image.digest, state=cache_pb.CachedImage.STATE_READY, size_bytes=1 << 20
    )
    foreign = cache_pb.CachedImage(digest="f" * 64, state=cache_pb.CachedImage.STATE_READY)
    node = served.node(NODE_UID)
    whole = await node.call(
        "ReportCache", cache_pb.ReportCacheRequest(node_uid=NODE_UID, images=[held, foreign])
    )
    assert (whole.outcome.reconciled_count, whole.outcome.discovered_count) == (1, 1)
    assert [each.id for each in whole.conflicts] == [foreign.digest]
    short = cache_pb.ReportCacheRequest(
        node_uid=NODE_UID, unchanged=True, state_hash=whole.state_hash
    )
    assert not (await node.call("ReportCache", short)).request_full_sync
    short.state_hash = "another"
    assert (await node.call("ReportCache", short)).request_full_sync
    seen = await served.images.call("GetImage", pb.GetImageRequest(name=image.name))
    assert [(each.node_uid, each.state) for each in seen.locations] == [
        ("", pb.ImageLocation.STATE_READY),
        (NODE_UID, pb.ImageLocation.STATE_READY),
    ]
    other = await refusal(
        node.call("ReportCache", cache_pb.ReportCacheRequest(node_uid=VM_UID, images=[held]))
    )
    assert other.reason == "IDENTITY_MISMATCH"
    await node.call("ReportCache", cache_pb.ReportCacheRequest(node_uid=NODE_UID))
    seen = await served.images.call("GetImage", pb.GetImageRequest(name=image.name))
    assert len(seen.locations) == 1


async def test_uploads_can_be_made_by_rpc_once_per_request_id(served: Any) -> None:
    request = pb.CreateUploadRequest(
        upload=pb.Upload(size_bytes=1024, file_name="a.iso"),
        image=pb.Image(display_name="An ISO", kind=pb.Image.KIND_ISO),
        image_id="by-rpc",
        request_id=str(uuid.uuid4()),
    )
    checked = pb.CreateUploadRequest()
    checked.CopyFrom(request)
    checked.validate_only = True
    await served.uploads.call("CreateUpload", checked)
    one = await served.uploads.call("CreateUpload", request)
    two = await served.uploads.call("CreateUpload", request)
    assert one == two
    assert one.location.endswith(one.name.partition("/")[2])
    read = await served.uploads.call("GetUpload", pb.GetUploadRequest(name=one.name))
    assert (read.state, read.offset_bytes) == (pb.Upload.STATE_ACTIVE, 0)
    taken = pb.CreateUploadRequest(upload=pb.Upload(size_bytes=1), image_id="by-rpc")
    assert (await refusal(served.uploads.call("CreateUpload", taken))).code == "ALREADY_EXISTS"
    full = pb.CreateUploadRequest(upload=pb.Upload(size_bytes=2 << 40), image_id="full")
    refused = await refusal(served.uploads.call("CreateUpload", full))
    assert refused.reason == "POOL_FULL"
    assert int(refused.facts["needed_bytes"]) == 2 << 40


async def test_what_happens_is_told(served: Any, files: SimpleNamespace) -> None:
    await ready(served, files.a_raw_disk(), "told")
    events = served.callers.user(EventServiceStub)
    page = await events.call("ListEvents", event_pb2.ListEventsRequest(subject="images/told"))
    assert [event.kind for event in page.events] == ["ImageReady", "ImageCreated"]
    assert page.events[1].actor == "user:ann"
