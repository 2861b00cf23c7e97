"""Waking readers of the outbox early; without it they look every second."""

import asyncio
import contextlib

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from qvdc_obs.logs import get_logger

LOOK_EVERY_SECONDS = 1.0
"""How often a reader looks by itself: what a lost wake-up costs."""
RECONNECT_SECONDS = 2.0
LISTEN_SECONDS = 30.0
"""How long one wait for a message lasts; a lost connection is noticed at its end at the latest."""

log = get_logger(__name__)


class Wakeups:
    """A bell for the readers of one service's outbox, in this process and, over Redis, in others.

    Losing Redis delays readers to one look a second and loses nothing.
    """

    def __init__(self, redis_url: str, *, service: str) -> None:
        self._redis_url = redis_url
        self._channel = f"qvdc:outbox:{service}"
        self._bell = asyncio.Event()
        self._to_publish = asyncio.Event()
        self.count = 0

    def ring(self) -> None:
        """Wake every reader; returns at once."""
        self._wake_here()
        self._to_publish.set()

    async def past(self, count: int, *, within: float = LOOK_EVERY_SECONDS) -> bool:
        """Wait until `self.count` exceeds `count`, at most `within` seconds; whether it did."""
        if self.count > count:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._bell.wait()
        return self.count > count

    async def run(self) -> None:
        """Pass rings between processes until cancelled; a Redis that is away is tried again."""
        if not self._redis_url:
            await asyncio.Event().wait()
        while True:
            try:
                await self._relay()
            except* (RedisError, OSError) as errors:
                log.info("outbox.redis_away", error=type(errors.exceptions[0]).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _relay(self) -> None:
        redis = Redis.from_url(
            self._redis_url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        try:
            async with redis.pubsub() as channel, asyncio.TaskGroup() as tasks:
                await channel.subscribe(self._channel)
                tasks.create_task(self._listen(channel))
                tasks.create_task(self._publish(redis))
        finally:
            await redis.aclose()

    async def _listen(self, channel: PubSub) -> None:
        while True:
            if await channel.get_message(timeout=LISTEN_SECONDS) is not None:
                self._wake_here()
            _heed_cancellation()

    async def _publish(self, redis: Redis) -> None:
        while True:
            await self._to_publish.wait()
            self._to_publish.clear()
            await redis.publish(self._channel, b"")
            _heed_cancellation()

    def _wake_here(self) -> None:
        self.count += 1
        self._bell.set()
        self._bell = asyncio.Event()


def _heed_cancellation() -> None:
    """End here if cancelled: redis-py loses a cancellation that meets the end of a command."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
