"""The process may die at any instruction; a real tus client goes on (S-D)."""

import asyncio
import hashlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

MIB = 1 << 20


def a_file(tmp_path: Path, files: SimpleNamespace, size: int) -> tuple[Path, str]:
    path = tmp_path / "disk.raw"
    data = files.a_raw_disk(4096) + os.urandom(size - 4096)
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def kill_when_some_is_there(folder: Path, process: "subprocess.Popen[bytes]", bytes_: int) -> None:
    while sum(path.stat().st_size for path in folder.glob("*")) < bytes_:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()


async def test_tuspy_resumes_after_the_service_was_killed(
    make_copy: Callable[[str], Any], running: Any, files: SimpleNamespace, tmp_path: Path
) -> None:
    copy = make_copy("image-1")
    path, digest = a_file(tmp_path, files, 48 * MIB)
    incoming = tmp_path / "library" / "incoming"
    with running(copy) as first:
        await copy.ready()
        client = TusClient(f"{copy.url}/api/v1/images/uploads/", headers=copy.headers)
        metadata = {"filename": "disk.raw", "imageId": "killed", "checksum": f"sha256:{digest}"}
        uploader = client.uploader(str(path), chunk_size=2 * MIB, metadata=metadata)
        killing = asyncio.create_task(
            asyncio.to_thread(kill_when_some_is_there, incoming, first, 20 * MIB)
        )
        with pytest.raises((TusCommunicationError, OSError)):
            await asyncio.to_thread(uploader.upload)
        await killing
    url = uploader.url
    with running(copy):
        await copy.ready()
        client = TusClient(f"{copy.url}/api/v1/images/uploads/", headers=copy.headers)
        again = client.uploader(str(path), url=url, chunk_size=8 * MIB)
        assert 0 < again.offset < 48 * MIB
        before = copy.image("images/killed")["progress"]
        await asyncio.to_thread(again.upload)
        image = await copy.settled("images/killed")
    assert int(before.get("bytesDone", 0)) <= again.offset
    assert (image["state"], image["digest"]) == ("STATE_READY", digest)
    assert image["progress"]["percent"] == 100
    assert [each.name for each in (tmp_path / "library" / "stored").iterdir()] == [digest]
    assert list(incoming.iterdir()) == []


async def test_two_copies_share_uploads_and_finish_each_others_work(
    make_copy: Callable[[str], Any], running: Any, files: SimpleNamespace, tmp_path: Path
) -> None:
    one, two = make_copy("image-1"), make_copy("image-2")
    path, digest = a_file(tmp_path, files, 24 * MIB)
    with running(one) as first, running(two):
        await one.ready()
        await two.ready()
        client = TusClient(f"{one.url}/api/v1/images/uploads/", headers=one.headers)
        uploader = client.uploader(
            str(path), chunk_size=2 * MIB, metadata={"imageId": "shared", "checksum": digest}
        )
        await asyncio.to_thread(uploader.upload, 12 * MIB)
        moved = str(uploader.url).replace(one.url, two.url)
        other = TusClient(f"{two.url}/api/v1/images/uploads/", headers=two.headers)
        resumed = other.uploader(str(path), url=moved, chunk_size=2 * MIB)
        assert resumed.offset == 12 * MIB
        racing = [
            asyncio.to_thread(resumed.upload),
            asyncio.to_thread(uploader.upload),
        ]
        outcomes = await asyncio.gather(*racing, return_exceptions=True)
        assert all(o is None or isinstance(o, TusCommunicationError) for o in outcomes)
        if all(outcomes):
            rest = other.uploader(str(path), url=moved, chunk_size=2 * MIB)
            await asyncio.to_thread(rest.upload)
        first.kill()
        image = await two.settled("images/shared")
    assert (image["state"], image["digest"]) == ("STATE_READY", digest)
