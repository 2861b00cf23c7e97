"""Processes of machines, held by pidfds in the event loop."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid

PROC = Path("/proc")


class HeldProcesses:
    """Keeps the promises of Processes; made inside the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: dict[MachineUid, int] = {}

    def hold(
        self, machine: Guarded, descriptor: int | None, died: Callable[[MachineUid], None]
    ) -> None:
        """Hold the machine's process; an earlier one of the same machine is let go."""
        own = os.pidfd_open(machine.pid) if descriptor is None else descriptor
        try:
            if start_ticks(machine.pid) != machine.start_ticks or pid_of(own) != machine.pid:
                raise ProcessLookupError(f"process {machine.pid} is another one now")
        except OSError:
            os.close(own)
            raise
        self.drop(machine.uid)
        self._held[machine.uid] = own
        self._loop.add_reader(own, self._ended, machine.uid, own, died)

    def send(self, uid: MachineUid, number: int) -> None:
        """Send a signal to a machine's process."""
        with suppress(ProcessLookupError, KeyError):
            signal.pidfd_send_signal(self._held[uid], number)

    def drop(self, uid: MachineUid) -> None:
        """Hold it no more."""
        descriptor = self._held.pop(uid, None)
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)

    def _ended(self, uid: MachineUid, descriptor: int, died: Callable[[MachineUid], None]) -> None:
        if self._held.get(uid) == descriptor:
            self.drop(uid)
            died(uid)


def pid_of(descriptor: int) -> int:
    """The process that a pidfd means.

    Raises:
        ProcessLookupError: it is no pidfd, or its process is gone.
    """
    try:
        lines = (PROC / "self/fdinfo" / str(descriptor)).read_text().splitlines()
    except OSError as error:
        raise ProcessLookupError(f"no descriptor {descriptor}") from error
    found = [int(line.split()[1]) for line in lines if line.startswith("Pid:")]
    if not found or found[0] <= 0:
        raise ProcessLookupError("the descriptor means no living process")
    return found[0]
