"""Feeds the guardian: at every beat, how the host is.

It runs from the first second, joined or not, and whether or not libvirt answers: the guardian needs
the inventory for the first registration, and tells the control plane when it hears nothing.
"""

import asyncio
from datetime import timedelta

from qvdc_agent.ports import Feed, HostWatch
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class FeedLoop:
    """Sends a report every `period`; one that fails is replaced by the next."""

    def __init__(self, host: HostWatch, feed: Feed, period: timedelta) -> None:
        self._host = host
        self._feed = feed
        self._period = period

    async def run(self) -> None:
        """Feed for ever."""
        silent = False
        while True:
            report = await self._host.report()
            try:
                await self._feed.send(report)
            except OSError as error:
                if not silent:
                    log.warning("guardian.away", why=str(error))
                silent = True
            else:
                silent = False
            await asyncio.sleep(self._period.total_seconds())
