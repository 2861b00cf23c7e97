"""A machine's own QEMU monitor, for one word: power down."""

import asyncio
import json
from datetime import timedelta

DEADLINE = timedelta(seconds=3)


async def press_power_button(path: str) -> None:
    """Ask the guest behind the monitor at `path` to shut down.

    Raises:
        OSError: QEMU does not answer.
    """
    async with asyncio.timeout(DEADLINE.total_seconds()):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            await reader.readline()
            for word in ("qmp_capabilities", "system_powerdown"):
                writer.write(json.dumps({"execute": word}).encode() + b"\n")
                await writer.drain()
                await _answer(reader)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> None:
    while line := await reader.readline():
        found = json.loads(line)
        if "error" in found:
            raise OSError(str(found["error"]))
        if "return" in found:
            return
    raise OSError("QEMU closed its monitor")
