"""Hands processes of protected machines to the guardian over its local socket."""

import asyncio
import json
import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from qvdc_agent.domain.guarded import Guarded, GuardedNow, guarded_from_json, guarded_to_json
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.refusals import StepRefused

DEADLINE = timedelta(seconds=6)
MOST_BYTES = 1024 * 1024


class GuardianHandover:
    """Keeps the promises of Guarding; each word over a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def guard(self, machine: Guarded, *, started: bool) -> GuardedNow:
        """Have `machine` guarded, durable when this returns; return what is guarded now.

        Raises:
            StepRefused: the guardian does not take it, or is not there.
        """
        said = {"verb": "guard", "started": started, "machine": guarded_to_json(machine)}
        return await self._say(said, pid=machine.pid)

    async def release(self, uid: MachineUid) -> GuardedNow:
        """Have it guarded no more; return what is guarded now. Safe to repeat.

        Raises:
            StepRefused: the guardian is not there.
        """
        return await self._say({"verb": "release", "vm_uid": uid})

    async def guarded(self) -> GuardedNow:
        """What is guarded now.

        Raises:
            StepRefused: the guardian is not there.
        """
        return await self._say({"verb": "list"})

    async def _say(self, said: Mapping[str, object], pid: int | None = None) -> GuardedNow:
        try:
            answer = await asyncio.to_thread(self._exchange, json.dumps(said).encode(), pid)
            found = json.loads(answer)
        except (OSError, ValueError) as error:
            message = f"The guardian does not answer: {error}."
            raise StepRefused("GUARDIAN_AWAY", message) from error
        if "refused" in found:
            raise StepRefused(str(found["refused"]), str(found["message"]))
        return GuardedNow(
            machines=tuple(guarded_from_json(each) for each in found["machines"]),
            asked=frozenset(MachineUid(each) for each in found["asked"]),
        )

    def _exchange(self, content: bytes, pid: int | None) -> bytes:
        descriptors = [] if pid is None else [os.pidfd_open(pid)]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.settimeout(DEADLINE.total_seconds())
                connection.connect(str(self._path))
                socket.send_fds(connection, [content], descriptors)
                return connection.recv(MOST_BYTES)
        finally:
            for each in descriptors:
                os.close(each)
