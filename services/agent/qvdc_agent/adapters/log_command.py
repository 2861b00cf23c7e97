"""Reads logs by the host's own command."""

import asyncio
import shlex
from datetime import timedelta

from qvdc_agent.domain.host_log import HostLogUnreadable, LogEnd, LogProcess, end_of
from qvdc_core.units import MIB

WITHIN = timedelta(seconds=4)
MOST_BYTES = 8 * MIB
"""Of the command's output are kept at the most: the newest."""
SEARCHED_LINES = 20_000
"""How far back a text is looked for."""


class LogCommand:
    """Runs one command, without a shell.

    Args:
        command: with {process} for agent or guardian, and {lines} for how many of the newest.
    """

    def __init__(self, command: str) -> None:
        self._words = shlex.split(command)

    async def read(self, process: LogProcess, *, line_count: int, contains: str) -> LogEnd:
        """Return the newest lines of a log.

        Raises:
            HostLogUnreadable: the command is missing, failed, or took longer than 4 s.
        """
        asked = SEARCHED_LINES if contains else line_count + 1
        words = [
            word.replace("{process}", process.value).replace("{lines}", str(asked))
            for word in self._words
        ]
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                text, cut = await _output(process, words)
        except TimeoutError as error:
            raise HostLogUnreadable(process, f"no answer within {WITHIN}") from error
        except (OSError, ValueError, IndexError) as error:
            raise HostLogUnreadable(process, str(error)) from error
        whole = not cut and text.count("\n") < asked
        return end_of(text, line_count=line_count, contains=contains, whole=whole)


async def _output(process: LogProcess, words: list[str]) -> tuple[str, bool]:
    """Return what the command wrote, the newest of it, and whether there was more."""
    running = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        content, cut = await _newest(running.stdout)
        if await running.wait() != 0:
            said = (await running.stderr.read()).decode(errors="replace").strip()
            raise HostLogUnreadable(process, said[-1000:] or f"it ended with {running.returncode}")
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    return content.decode(errors="replace"), cut


async def _newest(stream: asyncio.StreamReader) -> tuple[bytes, bool]:
    content, cut = bytearray(), False
    while piece := await stream.read(64 * 1024):
        content += piece
        if len(content) > MOST_BYTES:
            cut = True
            del content[:-MOST_BYTES]
    return bytes(content.partition(b"\n")[2] if cut else content), cut
