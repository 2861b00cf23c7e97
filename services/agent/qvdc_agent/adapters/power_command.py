"""Restarts the host and turns it off by the commands of its own system."""

import asyncio
import shlex
from collections.abc import Mapping
from datetime import timedelta

from qvdc_agent.domain.host_power import PowerAction, PowerCommandFailed

SAYS_NO_WITHIN = timedelta(seconds=2)
"""A command that runs longer is at work: it ends with the host."""
MOST_WORDS = 1000


class PowerCommands:
    """Runs one command for each action, without a shell, in a session of its own."""

    def __init__(self, commands: Mapping[PowerAction, str]) -> None:
        self._commands = {action: shlex.split(text) for action, text in commands.items()}
        self._running: set[asyncio.Task[bytes]] = set()

    async def act(self, action: PowerAction) -> None:
        """Start the command; return when it succeeded, or is at work for 2 s.

        Raises:
            PowerCommandFailed: it is missing, or ended badly within that time.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *self._commands[action],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError, IndexError) as error:
            raise PowerCommandFailed(action, str(error)) from error
        assert process.stderr is not None
        told = asyncio.create_task(process.stderr.read(), name="power-command")
        self._running.add(told)
        told.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(SAYS_NO_WITHIN.total_seconds()):
                code = await process.wait()
        except TimeoutError:
            return
        if code != 0:
            words = (await told).decode(errors="replace").strip()[-MOST_WORDS:]
            raise PowerCommandFailed(action, words or f"it ended with {code}")
