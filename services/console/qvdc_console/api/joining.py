"""Several streams of the services behind the door as one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import grpc.aio

from qvdc_console.api.owners import Behind
from qvdc_console.domain.refusals import OwnerAway
from qvdc_obs.logs import get_logger
from qvdc_rpc.context import RequestContext
from qvdc_rpc.dial import stream
from qvdc_rpc.status import RemoteRefusal

log = get_logger(__name__)

HEARTBEAT = timedelta(seconds=15)
RECONNECT = timedelta(seconds=2)
QUEUED_ITEMS = 256
EXPIRED = "RESUME_EXPIRED"


class Item(Protocol):
    """One item of any Watch stream."""

    kind: Any
    resume_token: str


class Request(Protocol):
    """Makes the request of a Watch stream that goes on after a resume token."""

    def __call__(self, *, resume_token: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of one service.

    Args:
        key: its place in resume tokens.
        call: the method of a channel.
        request: makes its request.
        restarts: begin anew, with a snapshot, when the token is too old.
    """

    key: str
    service: str
    call: Callable[[grpc.aio.Channel], Callable[..., Any]]
    request: Request
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """An item of a source; `begins`: it is the first since the source was asked without a token."""

    source: Source
    item: Item
    begins: bool


async def joined(
    sources: Sequence[Source], tokens: Mapping[str, str], behind: Behind, ctx: RequestContext
) -> AsyncGenerator[Heard | None, None]:
    """Yield what all sources tell, each after its token; None when 15 s brought nothing.

    A source that goes away is asked again every 2 s after its last token, so that nothing of it
    is missed; meanwhile the others flow. A slow reader slows the sources.

    Raises:
        RemoteRefusal: one of them refuses for another reason than being away.
        Exception: reading one of them failed, whyever: without it the others would look whole.
    """
    queue: asyncio.Queue[Heard | Exception] = asyncio.Queue(maxsize=QUEUED_ITEMS)
    readers = [
        asyncio.create_task(_tell(source, tokens.get(source.key, ""), queue, behind, ctx))
        for source in sources
    ]
    try:
        while True:
            yield await _next(queue)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _next(queue: asyncio.Queue[Heard | Exception]) -> Heard | None:
    try:
        async with asyncio.timeout(HEARTBEAT.total_seconds()):
            got = await queue.get()
    except TimeoutError:
        return None
    if isinstance(got, Exception):
        raise got
    return got


async def _tell(
    source: Source,
    token: str,
    queue: asyncio.Queue[Heard | Exception],
    behind: Behind,
    ctx: RequestContext,
) -> None:
    """Put what a source tells into the queue, and at last what ended it."""
    try:
        async with aclosing(_read(source, token, behind, ctx)) as told:
            async for heard in told:
                await queue.put(heard)
    except Exception as ended:  # noqa: BLE001 - raised anew to the one who reads the queue
        await queue.put(ended)


async def _read(
    source: Source, token: str, behind: Behind, ctx: RequestContext
) -> AsyncGenerator[Heard, None]:
    while True:
        try:
            items = stream(
                source.call(await behind.channel(source.service)),
                source.request(resume_token=token),
                request_id=ctx.request_id,
                assertion=behind.assertion(source.service, ctx),
            )
            begins = not token
            async with aclosing(items) as open_items:
                async for item in open_items:
                    yield Heard(source, item, begins)
                    begins, token = False, item.resume_token or token
        except (OwnerAway, RemoteRefusal) as refused:
            if isinstance(refused, RemoteRefusal) and not _passing(refused):
                if not (source.restarts and token and refused.reason == EXPIRED):
                    raise
                token = ""
                continue
            log.info("joined.source_away", source=source.key, why=refused.reason)
        await asyncio.sleep(RECONNECT.total_seconds())


def _passing(refused: RemoteRefusal) -> bool:
    """Whether another try may go better; an older copy that lacks the method goes away as well."""
    return refused.transient or refused.code == "UNIMPLEMENTED"
