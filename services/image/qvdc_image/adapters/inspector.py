"""qemu-img as a second opinion: unprivileged, without the file's path, and on a short leash."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from qvdc_image.domain.content import Format
from qvdc_image.domain.refusals import ImageUnsafe, ToolUnavailable
from qvdc_image.domain.safety import ToolFinding

NOBODY = 65534
"""The user and group that own nothing."""
MAX_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Leash:
    """What the tool may use.

    Args:
        memory_bytes: of address space; the largest tables of a qcow2 need 32 MiB.
        cpu: of processor time.
        wall: of time at all.
    """

    memory_bytes: int = 1024 * 1024 * 1024
    cpu: timedelta = timedelta(seconds=20)
    wall: timedelta = timedelta(seconds=30)


class QemuImg:
    """Runs `qemu-img info` on an open descriptor; the process may open nothing of ours by name."""

    def __init__(self, path_of: Callable[[str], Path], leash: Leash) -> None:
        self._path_of = path_of
        self._leash = leash

    async def inspect(self, upload_uid: str, format_: Format) -> ToolFinding:
        """Look at an upload's bytes, which were judged safe to open.

        Raises:
            ImageUnsafe: the tool cannot read them, or ran into a limit.
            ToolUnavailable: the tool is not installed or cannot be started.
        """
        descriptor = os.open(self._path_of(upload_uid), os.O_RDONLY | os.O_CLOEXEC)
        try:
            if os.geteuid() == 0:
                os.fchown(descriptor, -1, NOBODY)
                os.fchmod(descriptor, 0o640)
            answer = await self._run(descriptor, "qcow2" if format_ is Format.QCOW2 else "raw")
        finally:
            if os.geteuid() == 0:
                os.fchown(descriptor, -1, os.getegid())
            os.close(descriptor)
        return _finding(answer)

    async def _run(self, descriptor: int, format_: str) -> Mapping[str, Any]:
        command = [
            *_dropped(),
            *_limits(self._leash),
            _program("qemu-img"), "info", "--force-share", "--output=json",
            "-f", format_, f"/proc/self/fd/{descriptor}",
        ]  # fmt: skip
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(descriptor,),
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            )
        except OSError as error:
            raise ToolUnavailable("qemu-img", error.strerror or str(error)) from error
        return await self._answer(process)

    async def _answer(self, process: asyncio.subprocess.Process) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._leash.wall.total_seconds()):
                out, complaint = await process.communicate()
        except TimeoutError:
            raise ImageUnsafe("qemu-img took too long over it") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            said = complaint.decode("utf-8", "replace").strip().splitlines()
            raise ImageUnsafe("qemu-img cannot read it", fact=said[-1][:200] if said else "")
        try:
            found = json.loads(out[:MAX_ANSWER_BYTES])
        except ValueError:
            raise ImageUnsafe("qemu-img gave no sensible answer") from None
        return found if isinstance(found, dict) else {}


def _dropped() -> list[str]:
    """Give up root in a program of its own: a child of ours that does it itself would have to be
    forked, and gRPC's threads do not survive that."""
    if os.geteuid() != 0:
        return []
    return [
        _program("setpriv"),
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--no-new-privs",
        "--",
    ]


def _limits(leash: Leash) -> list[str]:
    return [
        _program("prlimit"),
        f"--as={leash.memory_bytes}",
        f"--cpu={int(leash.cpu.total_seconds())}",
        "--fsize=0",
        "--nofile=64",
        "--core=0",
        "--",
    ]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolUnavailable(name, "it is not installed")
    return found


def _finding(answer: Mapping[str, Any]) -> ToolFinding:
    specific = answer.get("format-specific", {}).get("data", {})
    return ToolFinding(
        format=str(answer.get("format", "")),
        virtual_size_bytes=int(answer.get("virtual-size", 0)),
        backing_file=str(answer.get("backing-filename", "")),
        data_file=str(specific.get("data-file", "")),
        encrypted=bool(answer.get("encrypted", False)),
    )
