"""Takes the agent's reports from the local socket."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from qvdc_obs.logs import get_logger

log = get_logger(__name__)

LENGTH_BYTES = 4
MOST_BYTES = 4 * 1024 * 1024
DEADLINE = timedelta(seconds=5)


class FeedSocket:
    """Listens on a socket that root alone can open; each connection brings one report."""

    def __init__(self, path: Path, take: Callable[[dict[str, object]], None]) -> None:
        self._path = path
        self._take = take
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen; a socket left by an earlier guardian is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                report = await _read(reader)
            self._take(report)
        except (OSError, EOFError, ValueError) as error:
            log.warning("feed.unreadable", why=str(error))
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> dict[str, object]:
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
    if length > MOST_BYTES:
        raise ValueError(f"a report of {length} bytes")
    report = json.loads(await reader.readexactly(length))
    if not isinstance(report, dict):
        raise ValueError("a report that is no object")
    return report
