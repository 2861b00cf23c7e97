"""Request ids: a retried mutation gets its first answer (PROTOCOLS 9)."""

from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_core.errors import IdempotencyKeyReused
from qvdc_core.request import RequestKey
from qvdc_db.generic import request_ids

EMPTY_ANSWER = b""

T = TypeVar("T")

_codecs: dict[type[Any], TypeAdapter[Any]] = {}


class Requests:
    """Remembers the first answer to each request id, in the transaction of its effect.

    A duplicate that comes while the first is under way waits for it and gets its answer; if the
    first is rolled back, the duplicate becomes the first.
    """

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._unanswered: RequestKey | None = None

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None:
        """Return the first answer to `key`; None means: this is the first, go on and `remember`.

        Without a key it is always the first.

        Raises:
            IdempotencyKeyReused: the id was used with another request.
        """
        stored = await self._claim(key)
        return None if stored is None else _codec(kind).validate_json(stored)

    async def repeated(self, key: RequestKey | None) -> bool:
        """Whether `key` was used before, for mutations whose answer is empty.

        Raises:
            IdempotencyKeyReused: the id was used with another request.
        """
        stored = await self._claim(key)
        if stored is None and key is not None:
            await self._store(key, EMPTY_ANSWER)
        return stored is not None

    async def remember(self, key: RequestKey | None, answer: object) -> None:
        """Keep `answer`, a frozen dataclass, for repeats of `key`; leave secrets out of it."""
        if key is not None:
            await self._store(key, _codec(type(answer)).dump_json(answer))

    def check_answered(self) -> None:
        """Fail when a claimed key got no answer: the repeat would have nothing to return."""
        assert self._unanswered is None, f"no answer remembered for {self._unanswered}"

    async def _claim(self, key: RequestKey | None) -> bytes | None:
        if key is None:
            return None
        claimed = await self._session.scalar(
            insert(request_ids)
            .values(
                actor=key.actor,
                rpc=key.rpc,
                request_id=key.request_id,
                digest=key.digest,
                time=self._clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(request_ids.c.request_id)
        )
        if claimed is not None:
            self._unanswered = key
            return None
        return await self._first_answer(key)

    async def _first_answer(self, key: RequestKey) -> bytes:
        found = (
            await self._session.execute(
                select(request_ids.c.digest, request_ids.c.answer).where(*_is(key))
            )
        ).one()
        if found.digest != key.digest:
            raise IdempotencyKeyReused(key.request_id)
        return bytes(found.answer)

    async def _store(self, key: RequestKey, answer: bytes) -> None:
        await self._session.execute(update(request_ids).where(*_is(key)).values(answer=answer))
        self._unanswered = None


def _is(key: RequestKey) -> tuple[Any, ...]:
    return (
        request_ids.c.actor == key.actor,
        request_ids.c.rpc == key.rpc,
        request_ids.c.request_id == key.request_id,
    )


def _codec(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _codecs:
        _codecs[kind] = TypeAdapter(kind)
    return _codecs[kind]
