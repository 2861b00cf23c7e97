"""What the guardian needs from its host."""

from collections.abc import Callable
from typing import Protocol

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid


class Processes(Protocol):
    """The processes of protected machines, held by descriptors that cannot mean another one."""

    def hold(
        self, machine: Guarded, descriptor: int | None, died: Callable[[MachineUid], None]
    ) -> None:
        """Hold the machine's process and call `died` once when it is gone.

        Args:
            descriptor: a pidfd that was handed over; it is closed in the end. None: found by the
                machine's pid and start time.

        Raises:
            ProcessLookupError: there is no such process any more.
        """
        ...

    def send(self, uid: MachineUid, number: int) -> None:
        """Send a signal to a machine's process; one that is gone takes none."""
        ...

    def drop(self, uid: MachineUid) -> None:
        """Hold it no more; it goes on."""
        ...


class Watchdog(Protocol):
    """Resets the host `timeout` seconds after it was fed last, once armed.

    Every method raises OSError when the watchdog does not take it.
    """

    timeout: float

    def arm(self) -> None:
        """Begin; fed by this. Safe to repeat."""
        ...

    def feed(self, now: float) -> None:
        """Feed it as of `now`, in seconds of CLOCK_BOOTTIME: a feed that is late arrives old."""
        ...

    def disarm(self) -> bool:
        """End; False when it cannot be ended once armed, and must be fed for ever."""
        ...
