"""Token buckets in Redis, one a caller, shared by all copies of the door."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from qvdc_console.domain.rate import Rate
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

ANSWERS_WITHIN = timedelta(milliseconds=100)
LOOKS_AGAIN_AFTER = timedelta(seconds=2)

# Fills by Redis's own clock, takes one, and tells how many milliseconds are missing to it.
_TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(held[1]) or burst
local at = tonumber(held[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
"""


class RedisBuckets:
    """Counts calls. Without Redis nothing is limited, and it is said so: in the log, and by
    `qvdc_rate_limits_enforced`; sign-in keeps its lockout, which is in PostgreSQL.

    Args:
        enforced: hears whether limits are.
    """

    def __init__(
        self, url: str, *, enforced: Callable[[bool], None], now: Callable[[], float]
    ) -> None:
        self._enforced = enforced
        self._now = now
        self._away_until = 0.0
        self._working: bool | None = None
        self._redis: Redis | None = None
        if url:
            seconds = ANSWERS_WITHIN.total_seconds()
            self._redis = Redis.from_url(
                url,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
                retry=Retry(NoBackoff(), 0),
                max_connections=64,
            )
        else:
            self._say(working=False, why="QVDC_REDIS_URL is not set")

    async def take(self, caller: str, rate: Rate) -> timedelta:
        """Take one of `caller`'s calls; return how long to wait for it, zero when it is granted."""
        if self._redis is None or self._now() < self._away_until:
            return timedelta()
        try:
            async with asyncio.timeout(2 * ANSWERS_WITHIN.total_seconds()):
                wait = await self._redis.eval(
                    _TAKE, 1, f"qvdc:rate:{caller}", str(rate.per_second), str(rate.burst)
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._now() + LOOKS_AGAIN_AFTER.total_seconds()
            self._say(working=False, why=type(error).__name__)
            return timedelta()
        self._say(working=True, why="")
        return timedelta(milliseconds=int(wait))

    async def close(self) -> None:
        """Let the connections go."""
        if self._redis is not None:
            await self._redis.aclose()

    def _say(self, *, working: bool, why: str) -> None:
        self._enforced(working)
        if working == self._working:
            return
        if working:
            log.info("rate_limits.enforced")
        else:
            log.warning("rate_limits.not_enforced", why=why)
        self._working = working
