"""The host's cache of images: pulled by digest, verified, then never written again.

`<pool>/images/<digest>` is whole and verified, `*.part` is on its way. A pull that was cut
goes on where it stopped; its first part is hashed again, since a hash does not outlive a process.
"""

import asyncio
import hashlib
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from qvdc_agent.adapters.image_shelf import Shelf
from qvdc_agent.domain.machine import BaseImage, Digest
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import BaseState, BaseView
from qvdc_core.clock import Clock
from qvdc_core.units import MIB
from qvdc_obs.logs import get_logger
from qvdc_rpc.tls import TlsFiles, client_context, service_name

log = get_logger(__name__)

CHUNK_BYTES = MIB
REHASH_BYTES = 64 * MIB
"""How much is hashed again in one piece: others wait for the same disk."""
PULLS_AT_ONCE = 2
"""More would only share the same line and disk."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=2), timedelta(seconds=60)
CUTS_IN_A_ROW = 5
"""How often a cut pull goes on at once, as long as each attempt brought something."""


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    message: str
    final: bool
    retry_at: float
    """On the monotonic clock, in seconds."""


@dataclass(slots=True)
class _Pull:
    base: BaseImage
    running: bool = True
    bytes_done: int = 0
    attempts: int = 0
    failure: _Failure | None = None


@dataclass(slots=True)
class _Part:
    """A file on its way and the hash of what it holds."""

    path: Path
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def restart(self) -> None:
        self.path.write_bytes(b"")
        self.size, self.digest = 0, hashlib.sha256()

    def begin(self) -> None:
        self.path.touch()
        self.size, self.digest = 0, hashlib.sha256()

    def rehash(self) -> bool:
        """Hash a piece of what lies there; whether there may be more of it."""
        read = 0
        with self.path.open("rb") as file:
            file.seek(self.size)
            while read < REHASH_BYTES and (chunk := file.read(CHUNK_BYTES)):
                self.digest.update(chunk)
                read += len(chunk)
        self.size += read
        return read > 0

    def append(self, chunk: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)


class ImageCache:
    """Keeps the Images' promises for one place. `run` does the pulling.

    Args:
        shelf: where the images lie.
        tls: this host's certificate, presented to the image service.
    """

    def __init__(self, shelf: Shelf, *, tls: TlsFiles, clock: Clock) -> None:
        self._shelf = shelf
        self._tls = tls
        self._clock = clock
        self._pulls: dict[Digest, _Pull] = {}
        self._queue: asyncio.Queue[_Pull] = asyncio.Queue()
        self._callbacks: list[Callable[[Digest], None]] = []

    def view(self, base: BaseImage) -> BaseView:
        """How far the image is; a failure is forgotten when its time has come, or when other
        addresses or another ticket are given."""
        found = BaseView(base.digest, BaseState.MISSING, bytes_total=base.size_bytes)
        if self._shelf.has(base.digest):
            return replace(found, state=BaseState.READY, bytes_done=base.size_bytes)
        pull = self._pulls.get(base.digest)
        if pull is None:
            return found
        found = replace(found, bytes_done=pull.bytes_done)
        if pull.running:
            return replace(found, state=BaseState.PULLING)
        if pull.failure is None or self._may_retry(pull, base):
            return found
        failure = pull.failure
        return replace(
            found,
            state=BaseState.FAILED,
            reason=failure.reason,
            message=failure.message,
            final=failure.final,
        )

    def views(self) -> Sequence[BaseView]:
        """All images of the cache, those on their way too."""
        ready = [
            BaseView(digest, BaseState.READY, size, size)
            for digest, size in self._shelf.ready().items()
        ]
        known = {view.digest for view in ready}
        pulls = [self.view(pull.base) for pull in self._pulls.values()]
        return [*ready, *(view for view in pulls if view.digest not in known)]

    def request(self, base: BaseImage) -> None:
        """Have the image pulled; one that is ready or on its way is left alone."""
        if self.view(base).state is not BaseState.MISSING:
            return
        before = self._pulls.get(base.digest)
        pull = _Pull(base, attempts=before.attempts if before is not None else 0)
        self._pulls[base.digest] = pull
        self._queue.put_nowait(pull)

    def path(self, digest: Digest) -> Path:
        """Where a READY image lies."""
        return self._shelf.path(digest)

    async def look(self) -> None:
        """Look at what lies there, for images that came or went by themselves.

        Raises:
            StepRefused: it cannot be looked at now.
        """
        await self._shelf.prepare()

    def on_change(self, callback: Callable[[Digest], None]) -> None:
        """Call `callback` when an image became ready or failed."""
        self._callbacks.append(callback)

    async def run(self) -> None:
        """Pull what is requested; for ever."""
        for pull in self._pulls.values():
            pull.running = False
        async with asyncio.TaskGroup() as group:
            for _ in range(PULLS_AT_ONCE):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            pull = await self._queue.get()
            try:
                await self._fetch(pull)
            except (StepRefused, OSError) as error:
                self._fail(pull, error)
            else:
                log.info("image.pulled", digest=pull.base.digest, size_bytes=pull.bytes_done)
                pull.failure, pull.attempts = None, 0
            finally:
                pull.running = False
            for callback in self._callbacks:
                callback(pull.base.digest)

    async def _fetch(self, pull: _Pull) -> None:
        base = pull.base
        await self._shelf.prepare()
        if self._shelf.has(base.digest):
            return
        part = _Part(self._shelf.part(base.digest))
        if not base.urls:
            raise StepRefused("IMAGE_UNREACHABLE", "No address was given for the image.")
        await self._shelf.do(part.begin)
        while await self._shelf.do(part.rehash):
            pass
        if base.size_bytes and part.size > base.size_bytes:
            await self._shelf.do(part.restart)
        if part.size == 0 or part.size != base.size_bytes:
            await self._fetch_from_any(pull, part)
        await self._shelf.do(_finish, part, base, self.path(base.digest))
        await self._shelf.prepare()

    async def _fetch_from_any(self, pull: _Pull, part: _Part) -> None:
        urls = random.sample(pull.base.urls, len(pull.base.urls))
        context = client_context(self._tls)
        refused: StepRefused | None = None
        async with httpx.AsyncClient(verify=context, timeout=TIMEOUT, trust_env=False) as client:
            for url in urls * CUTS_IN_A_ROW:
                before = part.size
                try:
                    await self._stream(client, url, pull, part)
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    refused = StepRefused("IMAGE_UNREACHABLE", f"{type(error).__name__}: {error}")
                except StepRefused as error:
                    refused = error
                else:
                    return
                if part.size == before and url == urls[-1]:
                    break
        raise refused or StepRefused("IMAGE_UNREACHABLE", "No address answered.")

    async def _stream(self, client: httpx.AsyncClient, url: str, pull: _Pull, part: _Part) -> None:
        if not url.startswith("https://"):
            raise StepRefused("IMAGE_UNREACHABLE", "Only https addresses are pulled from.")
        headers = {"authorization": f"Bearer {pull.base.ticket}", "accept-encoding": "identity"}
        if part.size > 0:
            headers["range"] = f"bytes={part.size}-"
        names = {"sni_hostname": service_name("image")}
        async with client.stream("GET", url, headers=headers, extensions=names) as answer:
            await self._take_status(answer, part)
            waiting = bytearray()
            try:
                async for piece in answer.aiter_raw():
                    waiting += piece
                    if len(waiting) >= CHUNK_BYTES:
                        await self._keep(waiting, pull, part)
            finally:
                await self._keep(waiting, pull, part)

    async def _keep(self, waiting: bytearray, pull: _Pull, part: _Part) -> None:
        """Put what has come on disk, also when the rest was cut off."""
        content = bytes(waiting)
        waiting.clear()
        await self._shelf.do(part.append, content)
        pull.bytes_done = part.size
        if pull.base.size_bytes and part.size > pull.base.size_bytes:
            raise StepRefused("DIGEST_MISMATCH", "The image is longer than told.", final=True)

    async def _take_status(self, answer: httpx.Response, part: _Part) -> None:
        if answer.status_code == httpx.codes.PARTIAL_CONTENT:
            given = answer.headers.get("content-range", "")
            if given.startswith(f"bytes {part.size}-"):
                return
            raise StepRefused("IMAGE_UNREACHABLE", f"Another range was given: {given}")
        if answer.status_code == httpx.codes.OK:
            await self._shelf.do(part.restart)
            return
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            await self._shelf.do(part.restart)
        denied = answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
        reason = "TICKET_REFUSED" if denied else "IMAGE_UNREACHABLE"
        raise StepRefused(reason, f"The image service answered {answer.status_code}.")

    def _fail(self, pull: _Pull, error: StepRefused | OSError) -> None:
        pull.attempts += 1
        most = min(LAST_RETRY, FIRST_RETRY * (1 << min(pull.attempts - 1, 10)))
        delay = most.total_seconds() * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        reason = error.reason if isinstance(error, StepRefused) else "POOL_FAILED"
        final = isinstance(error, StepRefused) and error.final
        retry_at = self._clock.monotonic() + delay
        pull.failure = _Failure(reason, str(error), final=final, retry_at=retry_at)
        log.warning("image.pull_failed", digest=pull.base.digest, reason=reason, why=str(error))

    def _may_retry(self, pull: _Pull, base: BaseImage) -> bool:
        due = pull.failure is not None and self._clock.monotonic() >= pull.failure.retry_at
        return due or base.ticket != pull.base.ticket or base.urls != pull.base.urls


def _finish(part: _Part, base: BaseImage, target: Path) -> None:
    found = part.digest.hexdigest()
    if found != base.digest:
        part.path.unlink()
        message = f"Expected SHA-256 {base.digest}, got {found}."
        raise StepRefused("DIGEST_MISMATCH", message, final=True)
    with part.path.open("rb") as file:
        os.fsync(file.fileno())
    part.path.chmod(0o444)
    part.path.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
