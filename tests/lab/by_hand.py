"""What happens to machines on their host, without anybody asking the control plane."""

from __future__ import annotations

import os
import select
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.demo import objects
from qvdc_lab.demo.door import Door, Message
from qvdc_lab.errors import LabError
from qvdc_lab.guest.machine import open_console
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import wait_for

GRACE = timedelta(minutes=2)
"""How long a guest may take to go down by itself; not part of what is measured."""

FOREIGN = """
<domain type='qemu'>
  <name>{name}</name><uuid>{uid}</uuid>
  <memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
</domain>
"""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person on a host, and a clock beside the API."""

    host: Host
    door: Door

    def seen(
        self, name: str, state: str, *, why: str, since: float, within: timedelta
    ) -> tuple[float, Message]:
        """Wait until the API shows a machine in a state for a reason; return the seconds since."""

        def now() -> Message:
            return self.door.call(f"{objects.MACHINES}/GetVirtualMachine", {"name": name})

        def shown() -> bool:
            machine = now()
            return machine["state"] == state and why in machine.get("stateMessage", "")

        return self._after(shown, now, since=since, within=within), now()

    def unmanaged(
        self, uid: str, *, gone: bool = False, since: float, within: timedelta
    ) -> tuple[float, list[Message]]:
        """Wait until the API shows an unmanaged machine that runs, or none; return the seconds."""

        def now() -> list[Message]:
            answer = self.door.call(f"{objects.MACHINES}/ListUnmanagedMachines", {})
            return [each for each in answer.get("unmanagedMachines", ()) if each["uid"] == uid]

        def shown() -> bool:
            found = [each["state"] for each in now()]
            return found == ([] if gone else ["STATE_RUNNING"])

        return self._after(shown, now, since=since, within=within), now()

    def guest_powers_off(self, uid: str) -> float:
        """Have the guest switch itself off; return the moment its process ended."""
        descriptor = os.pidfd_open(self._process(uid))
        try:
            with open_console(self.host, uid) as console:
                console.type("poweroff -f")
                select.select([descriptor], [], [], GRACE.total_seconds())
            return time.monotonic()
        finally:
            os.close(descriptor)

    def kill(self, uid: str) -> float:
        """Kill the machine's process; return when."""
        os.kill(self._process(uid), signal.SIGKILL)
        return time.monotonic()

    def start(self, uid: str) -> float:
        """Start a defined machine; return when libvirt said that it runs."""
        self.host.run(["virsh", "start", uid])
        return time.monotonic()

    def make_foreign(self, name: str) -> tuple[str, float]:
        """Start a machine that nobody here asked for; return its uuid and when it ran."""
        uid = str(uuid.uuid4())
        document = self.host.run_folder / f"{name}.xml"
        document.write_text(FOREIGN.format(name=name, uid=uid))
        self.host.run(["virsh", "create", str(document)])
        return uid, time.monotonic()

    def destroy(self, uid: str) -> float:
        """End a machine at once; return when."""
        self.host.run(["virsh", "destroy", uid])
        return time.monotonic()

    def _process(self, uid: str) -> int:
        for pid in self.host.pids():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"qemu-system-x86_64") and uid.encode() in words:
                return pid
        raise LabError(f"no process of {uid} on {self.host.name}")

    def _after(
        self,
        shown: Callable[[], bool],
        now: Callable[[], object],
        *,
        since: float,
        within: timedelta,
    ) -> float:
        every = timedelta(milliseconds=20)
        wait_for(shown, within=within, every=every, otherwise=lambda: LabError(f"seen: {now()}"))
        return time.monotonic() - since
