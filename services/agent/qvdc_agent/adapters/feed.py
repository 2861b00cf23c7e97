"""Sends the host's reports to the guardian over its local socket: a length, then JSON."""

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from enum import Enum
from pathlib import Path

from qvdc_agent.domain.host_report import HostReport

SEND_DEADLINE = timedelta(seconds=2)
LENGTH_BYTES = 4


class GuardianFeed:
    """Hands reports to the guardian; each over a connection of its own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def send(self, report: HostReport) -> None:
        """Hand over `report`.

        Raises:
            OSError: the guardian is not there, or does not take it in time.
        """
        content = json.dumps(asdict(report), default=_plain).encode()
        async with asyncio.timeout(SEND_DEADLINE.total_seconds()):
            _, writer = await asyncio.open_unix_connection(str(self._socket))
            try:
                writer.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
                await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no plain form of {type(value).__name__}")
