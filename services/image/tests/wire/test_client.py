"""The public client and `qvdc image upload` against a real image service behind a door."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from qvdc_client.client import Client, Site
from qvdc_client.errors import Conflict, InvalidRequest
from qvdc_client.upload import NewImage, upload_image
from qvdc_testing.pki import Pki

MIB = 1 << 20


class Door:
    """Passes everything on with an assertion, and cuts connections when it is told to."""

    def __init__(self, target: str, pki: Pki) -> None:
        self._target = target
        self._pki = pki
        self.cut_after: list[int] = []

    def app(self) -> Starlette:
        methods = ["GET", "POST", "HEAD", "PATCH", "DELETE"]
        return Starlette(routes=[Route("/{path:path}", self._pass, methods=methods)])

    async def _pass(self, request: Request) -> StreamingResponse:
        token = self._pki.assertion(audience="image", subject="user:ann", permissions=("*",))
        dropped = {"host", "authorization", "accept-encoding"}
        headers = {k: v for k, v in request.headers.items() if k not in dropped}
        headers["x-quantix-assertion"] = token
        http = httpx.AsyncClient(timeout=60)
        sent = http.build_request(
            request.method, f"{self._target}{request.url.path}", headers=headers,
            content=self._body(request),
        )  # fmt: skip
        answer = await http.send(sent, stream=True)
        return StreamingResponse(
            answer.aiter_raw(), answer.status_code, headers=dict(answer.headers.items())
        )

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        left = self.cut_after.pop(0) if request.method == "PATCH" and self.cut_after else None
        async for piece in request.stream():
            yield piece
            if left is not None and (left := left - len(piece)) < 0:
                raise ConnectionResetError("cut by the test")


@contextlib.contextmanager
def opened(door: Door) -> Iterator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(door.app(), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def a_file(tmp_path: Path, files: SimpleNamespace, size: int) -> tuple[Path, str]:
    path = tmp_path / "disk.raw"
    data = files.a_raw_disk(4096) + os.urandom(size - 4096)
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def qvdc(url: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"QVDC_SERVER": url, "QVDC_CONFIG": "/nonexistent"}
    return subprocess.Popen(
        ["qvdc", *arguments], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


async def test_an_upload_survives_cuts_and_ends_with_the_right_digest(
    make_copy: Callable[[str], Any], running: Any, files: SimpleNamespace, tmp_path: Path
) -> None:
    copy = make_copy("image-1")
    path, digest = a_file(tmp_path, files, 12 * MIB)
    with running(copy):
        await copy.ready()
        door = Door(copy.url, copy.pki)
        door.cut_after = [3 * MIB, 4 * MIB]
        seen: list[int] = []
        with opened(door) as url, Client(Site(url)) as client:
            upload = await asyncio.to_thread(
                upload_image,
                client,
                path,
                NewImage(image_id="cut", digest=digest, labels={"a": "b"}),
                on_progress=lambda done, _total: seen.append(done),
                pause=lambda _seconds: None,
            )
            assert upload.offset_bytes == 12 * MIB
            assert seen == sorted(seen)
            assert seen[-1] == 12 * MIB
            image = await copy.settled("images/cut")
            assert (image["state"], image["digest"]) == ("STATE_READY", digest)
            assert image["labels"] == {"a": "b"}
            with pytest.raises(Conflict):
                await asyncio.to_thread(upload_image, client, path, NewImage(image_id="cut"))
            with pytest.raises(InvalidRequest) as refused:
                await asyncio.to_thread(upload_image, client, path, NewImage(image_id="uploads"))
            assert refused.value.fields[0].field == "image_id"


async def test_the_command_goes_on_where_a_killed_one_stopped(
    make_copy: Callable[[str], Any], running: Any, files: SimpleNamespace, tmp_path: Path
) -> None:
    copy = make_copy("image-1")
    path, digest = a_file(tmp_path, files, 96 * MIB)
    incoming = tmp_path / "library" / "incoming"
    arguments = ["image", "upload", str(path), "--name", "big", "--checksum", digest, "-o", "json"]
    with running(copy):
        await copy.ready()
        with opened(Door(copy.url, copy.pki)) as url:
            first = qvdc(url, *arguments)

            def some_bytes() -> int:
                return sum(each.stat().st_size for each in incoming.glob("*"))

            async with asyncio.timeout(60):
                while some_bytes() < 20 * MIB:  # noqa: ASYNC110 - another process writes
                    await asyncio.sleep(0.01)
            first.send_signal(signal.SIGKILL)
            first.communicate()
            second = qvdc(url, *arguments)
            out, err = await asyncio.to_thread(second.communicate)
            assert second.returncode == 0, err
            image = json.loads(out)
            assert (image["state"], image["digest"]) == ("STATE_READY", digest)
            listed = qvdc(url, "image", "list", "-o", "name")
            names, _ = await asyncio.to_thread(listed.communicate)
            assert names.split() == ["images/big"], "one upload, not two"
