"""Bytes come in one multipart form (IM-4, IM-3)."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from quantix.image.v1 import image_folder_pb2
from quantix.image.v1 import image_pb2 as pb
from quantix.image.v1.image_folder_pb2_grpc import ImageFolderServiceStub
from quantix.operation.v1 import operation_pb2
from qvdc_rpc.status import RemoteRefusal

FORM = "/api/v1/images/upload"
MIB = 1 << 20
READY, ERROR = pb.Image.STATE_READY, pb.Image.STATE_ERROR


async def settled(served: Any, name: str) -> pb.Image:
    """The image once it is READY or in ERROR."""
    async with asyncio.timeout(60):
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            image: pb.Image = item.image
            if image.name == name and image.state in (READY, ERROR):
                return image
    raise AssertionError("the stream ended")


def field(name: str, value: str) -> bytes:
    """A plain field of a form."""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(data: bytes, *, name: str = "file", file_name: str = "disk.qcow2") -> bytes:
    """A file of a form."""
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
    return head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"


async def post(http: httpx.AsyncClient, *parts: bytes, **headers: str) -> httpx.Response:
    """Send a form of these parts."""
    more = {"Content-Type": "multipart/form-data; boundary=B"} | headers
    return await http.post(FORM, content=b"".join([*parts, b"--B--\r\n"]), headers=more)


@pytest.mark.parametrize("order", ["before", "after", "around"])
async def test_im_4_a_form_in_any_order_becomes_an_image(
    served: Any, files: SimpleNamespace, sha256: Any, order: str
) -> None:
    data = files.Qcow2(virtual_size=1 << 30).build() + os.urandom(2 * MIB)
    fields = [
        field("name", "Debian 12"),
        field("description", "the stable one"),
        field("osFamily", "linux"),
        field("distribution", "debian"),
        field("version", "12"),
        field("checksum", f"sha256:{sha256(data)}"),
    ]
    parts = {
        "before": [*fields, file(data)],
        "after": [file(data), *fields],
        "around": [*fields[:3], file(data), *fields[3:]],
    }[order]

    async with served.http() as http:
        answer = await post(http, *parts)
    body = answer.json()

    assert answer.status_code == 202, answer.text
    assert body["statusUrl"] == answer.headers["location"] == f"{FORM}/status/{body['job']}"
    assert body["operation"]["name"] == f"operations/{body['job']}"
    image = await settled(served, body["image"]["name"])
    assert image.state == READY, image.error
    assert (image.display_name, image.description) == ("Debian 12", "the stable one")
    assert (image.os.family, image.os.distribution, image.os.version) == ("linux", "debian", "12")
    assert (image.digest, image.size_bytes) == (sha256(data), len(data))
    assert (image.progress.bytes_done, image.progress.bytes_total) == (len(data), len(data))
    assert image.progress.percent == 100
    status = await served.uploads.call(
        "GetUploadStatus", pb.GetUploadStatusRequest(job=body["job"])
    )
    assert status.image == image
    assert status.operation.state == operation_pb2.Operation.STATE_SUCCEEDED
    assert status.operation.bytes_total == len(data)


async def test_im_3_the_form_is_watched_while_it_comes(served: Any, files: SimpleNamespace) -> None:
    data = files.a_raw_disk(6 * MIB)
    halfway = asyncio.Event()
    seen: list[pb.Image] = []

    async def watch() -> None:
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            if item.image.name:
                seen.append(pb.Image.FromString(item.image.SerializeToString()))
                if 0 < item.image.progress.bytes_done < len(data):
                    halfway.set()
            if item.image.state == READY:
                return

    whole = file(data) + b"--B--\r\n"

    async def slowly() -> AsyncIterator[bytes]:
        yield whole[: 4 * MIB]
        await asyncio.sleep(1.1)  # the service shows progress once a second
        yield whole[4 * MIB : 5 * MIB]
        await asyncio.wait_for(halfway.wait(), 30)
        yield whole[5 * MIB :]

    watching = asyncio.ensure_future(watch())
    async with served.http() as http:
        headers = {
            "Content-Type": "multipart/form-data; boundary=B",
            "Content-Length": str(len(whole)),
        }
        answer = await http.post(FORM, content=slowly(), headers=headers)
    assert answer.status_code == 202, answer.text
    await asyncio.wait_for(watching, 30)

    percents = [each.progress.percent for each in seen]
    totals = {each.progress.bytes_total for each in seen if each.progress.bytes_done}
    assert percents == sorted(percents)
    assert all(len(data) <= each <= len(data) + 2 for each in totals), "known from the length"
    assert [p for p in percents if p == 100] == [100]


async def test_a_checksum_that_comes_after_the_file_still_counts(
    served: Any, files: SimpleNamespace
) -> None:
    async with served.http() as http:
        answer = await post(http, file(files.a_raw_disk()), field("checksum", "0" * 64))
    image = await settled(served, answer.json()["image"]["name"])

    assert (image.state, image.error.reason) == (ERROR, "CHECKSUM_MISMATCH")
    assert served.stored() == served.incoming() == []


REFUSED: list[tuple[list[bytes], str, str]] = [
    ([field("name", "x")], "INVALID_ARGUMENT", "file"),
    ([file(b"")], "INVALID_ARGUMENT", "file"),
    ([field("colour", "blue")], "UNKNOWN_FIELD", "colour"),
    ([field("name", "a"), field("name", "b")], "INVALID_ARGUMENT", "name"),
    ([file(b"x", name="other")], "INVALID_ARGUMENT", "other"),
    ([file(b"x" * 99), file(b"y")], "INVALID_ARGUMENT", "file"),
    ([file(b"x" * 99), field("checksum", "nonsense")], "INVALID_ARGUMENT", "checksum"),
    ([file(b"x" * 99), field("image_id", "late")], "INVALID_ARGUMENT", "image_id"),
    ([field("storagePoolId", "pools/fast"), file(b"x")], "INVALID_ARGUMENT", "storage_pool_id"),
    ([field("folder", "image-folders/none"), file(b"x" * 9)], "NOT_FOUND", ""),
    ([file(b"x" * 9), field("folder", "none")], "NOT_FOUND", ""),
    ([field("description", "x" * 9000)], "FORM_MALFORMED", ""),
    ([b"no form at all"], "FORM_MALFORMED", ""),
]


async def test_a_form_that_is_refused_leaves_nothing(served: Any) -> None:
    async with served.http() as http:
        for parts, reason, fault in REFUSED:
            answer = await post(http, *parts)
            body = answer.json()
            assert (answer.status_code in (400, 404), body["reason"]) == (True, reason), body
            assert not fault or [each["field"] for each in body["fields"]] == [fault]
    left = await served.images.call("ListImages", pb.ListImagesRequest())
    assert (list(left.images), served.incoming()) == ([], [])


async def test_a_form_must_say_its_length(served: Any) -> None:
    async def unknown() -> AsyncIterator[bytes]:
        yield file(b"x") + b"--B--\r\n"

    async with served.http() as http:
        headers = {"Content-Type": "multipart/form-data; boundary=B"}
        answer = await http.post(FORM, content=unknown(), headers=headers)

    assert (answer.status_code, answer.json()["reason"]) == (411, "LENGTH_REQUIRED")


async def test_a_cut_form_is_an_error_that_can_be_read(served: Any, files: SimpleNamespace) -> None:
    whole = file(files.a_raw_disk(3 * MIB)) + b"--B--\r\n"

    async def cut() -> AsyncIterator[bytes]:
        yield whole[: 2 * MIB]
        raise RuntimeError("unplugged")

    async with served.http() as http:
        headers = {
            "Content-Type": "multipart/form-data; boundary=B",
            "Content-Length": str(len(whole)),
        }
        with pytest.raises(RuntimeError):
            await http.post(FORM, content=cut(), headers=headers)
    async with asyncio.timeout(30):
        async for item in served.images.stream("WatchImages", pb.WatchImagesRequest()):
            if item.image.state == ERROR:
                break

    assert item.image.error.reason == "UPLOAD_INTERRUPTED"
    assert served.incoming() == []


async def test_gen_5_a_repeated_form_gets_the_first_answer(
    served: Any, files: SimpleNamespace
) -> None:
    key = {"Idempotency-Key": "5f3c8f3e-6f0b-4f6e-9d2f-0b1c2d3e4f50"}
    async with served.http() as http:
        first = await post(http, file(files.a_raw_disk()), **key)
        again = await post(http, file(files.a_raw_disk()), **key)
        other = await post(http, file(files.a_raw_disk(2 * MIB)), **key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["job"] == again.json()["job"]
    assert other.json()["reason"] == "IDEMPOTENCY_KEY_REUSED"


TRICKS = [
    ("../../etc/passwd", "passwd"),
    ("..", None),
    ("C:\\\\windows\\\\system32\\\\a.iso", "a.iso"),
    ("/dev/null", "null"),
    ("a\tb\x7f.iso", "ab.iso"),
    ("<img src=x onerror=alert(1)>.iso", "<img src=x onerror=alert(1)>.iso"),
]


async def test_path_tricks_in_file_names_end_as_plain_names(
    served: Any, files: SimpleNamespace
) -> None:
    async with served.http() as http:
        for sent, shown in TRICKS:
            answer = await post(http, file(files.an_iso(), file_name=sent))
            name = answer.json()["image"]["name"]
            image = await settled(served, name)
            assert image.display_name == (shown or name.removeprefix("images/"))
            assert served.stored() == [image.digest]


async def test_im_4_a_form_needs_no_more_than_16_mib(
    make_copy: Any, running: Any, files: SimpleNamespace
) -> None:
    copy = make_copy("form")
    size = 192 * MIB
    head, tail = file(files.a_raw_disk(MIB))[:-2], b"\r\n--B--\r\n"

    async def body() -> AsyncIterator[bytes]:
        yield head
        for _ in range(size // MIB - 1):
            yield bytes(MIB)
        yield tail

    with running(copy) as process:
        await copy.ready()
        before = _peak(process.pid)
        async with httpx.AsyncClient(base_url=copy.url, timeout=120) as http:
            headers = {
                **copy.headers,
                "Content-Type": "multipart/form-data; boundary=B",
                "Content-Length": str(len(head) + size - MIB + len(tail)),
            }
            answer = await http.post(FORM, content=body(), headers=headers)
        grown = _peak(process.pid) - before

    assert answer.status_code == 202, answer.text
    assert grown <= 16 * MIB, f"{grown} bytes more at its peak"


def _peak(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


async def test_im_16_the_content_is_read_in_ranges(
    served: Any, files: SimpleNamespace, sha256: Any
) -> None:
    data = files.an_iso(2 * MIB)
    name = await served.upload(data, imageId="tools")
    await settled(served, name)
    url = f"/api/v1/{name}/content"

    async with served.http() as http:
        whole = await http.get(url)
        part = await http.get(url, headers={"Range": "bytes=32768-32773"})
        beyond = await http.get(url, headers={"Range": f"bytes={len(data)}-"})
        none = await http.get("/api/v1/images/none/content")
    async with served.http(permissions=("vm.read",)) as stranger:
        denied = await stranger.get(url)

    assert whole.content == data
    assert whole.headers["etag"] == f'"{sha256(data)}"'
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''tools.iso"
    assert (part.status_code, part.content) == (206, b"\x01CD001")
    assert (beyond.status_code, none.status_code, denied.status_code) == (416, 404, 403)


async def test_im_4_a_form_puts_the_image_into_a_folder(
    served: Any, files: SimpleNamespace
) -> None:
    folders = served.callers.user(ImageFolderServiceStub)
    request = image_folder_pb2.CreateImageFolderRequest(image_folder_id="isos")
    request.image_folder.display_name = "ISOs"
    await folders.call("CreateImageFolder", request)

    async with served.http() as http:
        answer = await post(http, file(files.an_iso()), field("folder", "isos"))

    assert answer.json()["image"]["folder"] == "image-folders/isos"
    delete = image_folder_pb2.DeleteImageFolderRequest(name="image-folders/isos")
    with pytest.raises(RemoteRefusal) as refused:
        await folders.call("DeleteImageFolder", delete)
    assert refused.value.reason == "IN_USE"
    assert json.loads(answer.text)["image"]["name"] in refused.value.facts["blockers"]
