"""Answers other hosts: can this one renew?"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_agent.guardian.errors import Refused, Unanswered
from qvdc_agent.guardian.promise_book import PromiseBook
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

GATHERING = timedelta(milliseconds=50)
"""How long questions are gathered before one renewal is sent for them all."""


class Answering:
    """Says *no* only after a renewal of this host's own, sent after the question, found nobody.

    Args:
        renew: sends one beat; raises Unanswered or Refused.
    """

    def __init__(
        self, renew: Callable[[], Awaitable[object]], book: PromiseBook, clock: Clock
    ) -> None:
        self._renew = renew
        self._book = book
        self._clock = clock
        self._gathering: asyncio.Task[bool] | None = None

    async def can_renew(self, asker: str) -> bool:
        """Whether this host can renew, as far as `asker` may know.

        A promise against the asker forbids *no*, however late it was given. *No* is written down
        before it is returned.
        """
        if self._book.against(asker) or await self._somebody_decides():
            return True
        if self._book.against(asker):
            return True
        self._book.say_no(asker, self._clock.boottime())
        log.warning("vote.no", asker=asker)
        return False

    async def _somebody_decides(self) -> bool:
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._try(), name="renewal-for-others")
        return await asyncio.shield(self._gathering)

    async def _try(self) -> bool:
        await asyncio.sleep(GATHERING.total_seconds())
        self._gathering = None
        try:
            await self._renew()
        except Unanswered:
            return False
        except Refused:
            return True
        return True
