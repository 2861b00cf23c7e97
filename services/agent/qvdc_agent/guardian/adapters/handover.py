"""Takes processes of protected machines over a local socket: one message, one answer, one pidfd.

Requests are JSON in one packet: {"verb": "guard", "started": bool, "machine": {...}} with the pidfd
beside it, {"verb": "release", "vm_uid": ...}, {"verb": "list"}. Answers: {"machines": [...],
"asked": [...]}, or {"refused": REASON, "message": ...}.
"""

import asyncio
import json
import os
import socket
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from qvdc_agent.domain.guarded import guarded_from_json, guarded_to_json
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.guardian.guard import Guard, GuardRefused
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

MOST_BYTES = 64 * 1024
DEADLINE = timedelta(seconds=5)
BACKLOG = 64


class HandoverSocket:
    """Listens on a socket that root alone can open."""

    def __init__(self, path: Path, guard: Guard) -> None:
        self._path = path
        self._guard = guard
        self._listening: socket.socket | None = None

    def open(self) -> None:
        """Begin to listen; a socket left by an earlier guardian is replaced."""
        self._listening = listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.setblocking(False)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._path.unlink(missing_ok=True)
        listening.bind(str(self._path))
        self._path.chmod(0o600)
        listening.listen(BACKLOG)

    async def run(self) -> None:
        """Serve for ever what `open` began to listen to."""
        listening = self._listening
        assert listening is not None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    connection, _ = await loop.sock_accept(listening)
                    group.create_task(self._serve(connection))
        finally:
            listening.close()

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                async with asyncio.timeout(DEADLINE.total_seconds()):
                    content, descriptors = await _receive(connection)
                    answer = self._answer(content, descriptors)
                    loop = asyncio.get_running_loop()
                    await loop.sock_sendall(connection, json.dumps(answer).encode())
            except OSError as error:
                log.warning("handover.broken", why=str(error))

    def _answer(self, content: bytes, descriptors: list[int]) -> dict[str, object]:
        try:
            self._obey(json.loads(content), descriptors)
        except GuardRefused as refused:
            log.warning("handover.refused", reason=refused.reason, why=str(refused))
            return {"refused": refused.reason, "message": str(refused)}
        except (ValueError, KeyError, TypeError) as error:
            return {"refused": "UNREADABLE", "message": str(error)}
        finally:
            for each in descriptors:
                os.close(each)
        return {
            "machines": [guarded_to_json(each) for each in self._guard.machines],
            "asked": list(self._guard.asked),
        }

    def _obey(self, said: dict[str, object], descriptors: list[int]) -> None:
        if said["verb"] == "guard":
            told = said["machine"]
            if not isinstance(told, dict) or len(descriptors) != 1:
                raise ValueError("a machine and its pidfd must be given")
            machine = guarded_from_json(told)
            self._guard.take(machine, descriptors.pop(), started=said.get("started") is True)
        elif said["verb"] == "release":
            self._guard.release(MachineUid(str(said["vm_uid"])))
        elif said["verb"] != "list":
            raise ValueError("no such verb")


async def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    while True:
        try:
            content, descriptors, _, _ = socket.recv_fds(connection, MOST_BYTES, 4)
        except BlockingIOError:
            await _readable(loop, connection)
        else:
            return content, list(descriptors)


async def _readable(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    ready: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        with suppress(asyncio.InvalidStateError):
            ready.set_result(None)

    loop.add_reader(connection, tell)
    try:
        await ready
    finally:
        loop.remove_reader(connection)
