"""Pulling images over the mesh: cut, refused, wrong, and many who wait for one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from qvdc_agent.adapters.image_cache import LAST_RETRY, ImageCache
from qvdc_agent.adapters.image_shelf import OwnShelf
from qvdc_agent.domain.machine import BaseImage, Digest, ImageFormat
from qvdc_agent.domain.seen import BaseState, BaseView
from qvdc_core.clock import ManualClock
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Identity, Pki

CONTENT = bytes(range(256)) * 8192
DIGEST = Digest(hashlib.sha256(CONTENT).hexdigest())
TICKET = "the-ticket"


@dataclass
class Library:
    """Gives the image's bytes, cut after some when told to."""

    cuts: list[int] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    content: bytes = CONTENT

    async def give(self, request: Request) -> Response:
        asked = request.headers.get("range", "")
        self.ranges.append(asked)
        if request.headers.get("authorization") != f"Bearer {TICKET}":
            return Response(status_code=403)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = self.content[begin:]
        headers = {"content-length": str(len(rest))}
        if asked:
            headers["content-range"] = f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}"
        cut = self.cuts.pop(0) if self.cuts else len(rest)
        return StreamingResponse(
            _cut(rest, cut), status_code=206 if asked else 200, headers=headers
        )


async def _cut(content: bytes, after: int) -> AsyncIterator[bytes]:
    yield content[:after]
    if after < len(content):
        raise ConnectionError("the test cuts here")


def tls_of(identity: Identity) -> TlsFiles:
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
async def url(library: Library, pki: Pki) -> AsyncIterator[str]:
    process = Process("image", Wire(tls=tls_of(pki.service("image")), drain=timedelta(seconds=1)))
    process.mount("/bytes", Starlette(routes=[Route("/{digest}", library.give)]))
    async with process.running():
        yield f"https://127.0.0.1:{process.http_port}/bytes/{DIGEST}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def base(url: str) -> BaseImage:
    return BaseImage(DIGEST, ImageFormat.RAW, len(CONTENT), urls=(url,), ticket=TICKET)


Settled = Callable[[BaseImage], Awaitable[BaseView]]


@pytest.fixture
async def cache(tmp_path: Path, pki: Pki, clock: ManualClock) -> AsyncIterator[ImageCache]:
    (tmp_path / "images").mkdir()
    cache = ImageCache(OwnShelf(tmp_path / "images"), tls=tls_of(pki.node("h1")), clock=clock)
    running = asyncio.create_task(cache.run())
    yield cache
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def settled(cache: ImageCache) -> Settled:
    """Request an image and wait until the cache says that it is ready or failed."""
    told: asyncio.Queue[Digest] = asyncio.Queue()
    cache.on_change(told.put_nowait)

    async def settle(base: BaseImage) -> BaseView:
        cache.request(base)
        async with asyncio.timeout(20):
            await told.get()
        return cache.view(base)

    return settle


async def test_an_image_is_pulled_once_and_verified(
    cache: ImageCache, base: BaseImage, settled: Settled, library: Library
) -> None:
    cache.request(base)
    view = await settled(base)
    cache.request(base)

    assert view.state is BaseState.READY
    assert cache.path(DIGEST).read_bytes() == CONTENT
    assert cache.path(DIGEST).stat().st_mode & 0o222 == 0
    assert library.ranges == [""]
    assert [each.state for each in cache.views()] == [BaseState.READY]


async def test_a_cut_pull_goes_on_where_it_stopped(
    cache: ImageCache, base: BaseImage, settled: Settled, library: Library
) -> None:
    library.cuts = [2**20, 2**19]

    view = await settled(base)

    assert view.state is BaseState.READY
    assert library.ranges[0] == ""
    assert all(each.startswith("bytes=") for each in library.ranges[1:])
    assert len(library.ranges) == 3


async def test_a_part_left_by_a_killed_agent_is_taken_up(
    cache: ImageCache, base: BaseImage, settled: Settled, library: Library, tmp_path: Path
) -> None:
    (tmp_path / "images" / f"{DIGEST}.part").write_bytes(CONTENT[:1000])

    assert (await settled(base)).state is BaseState.READY
    assert library.ranges == ["bytes=1000-"]


async def test_wrong_bytes_never_become_an_image(
    cache: ImageCache, base: BaseImage, settled: Settled, library: Library
) -> None:
    library.content = CONTENT[:-1] + b"x"

    view = await settled(base)

    assert (view.state, view.reason, view.final) == (BaseState.FAILED, "DIGEST_MISMATCH", True)
    assert DIGEST in view.message
    assert not cache.path(DIGEST).exists()


async def test_a_refused_ticket_is_named_and_a_fresh_one_tried_at_once(
    cache: ImageCache, base: BaseImage, settled: Settled
) -> None:
    view = await settled(replace(base, ticket="old"))

    assert (view.state, view.reason) == (BaseState.FAILED, "TICKET_REFUSED")
    assert cache.view(base).state is BaseState.MISSING
    assert (await settled(base)).state is BaseState.READY


async def test_a_failure_is_forgotten_when_its_time_has_come(
    cache: ImageCache, base: BaseImage, settled: Settled, clock: ManualClock
) -> None:
    nowhere = replace(base, urls=("https://127.0.0.1:1/x",))
    view = await settled(nowhere)
    assert (view.state, view.reason) == (BaseState.FAILED, "IMAGE_UNREACHABLE")

    clock.advance(LAST_RETRY)

    assert cache.view(nowhere).state is BaseState.MISSING


async def test_only_https_is_pulled_from(
    cache: ImageCache, base: BaseImage, settled: Settled
) -> None:
    view = await settled(replace(base, urls=("http://127.0.0.1:1/x",)))

    assert view.state is BaseState.FAILED
