"""Tells whether guests can run on KVM, by running one.

That /dev/kvm exists and answers is no proof: under some hypervisors firmware starts and a kernel
never does. So a kernel of this host is booted once per boot without a disk; reaching its own panic
and the reset after it proves KVM. The answer is remembered for this life of the host.
"""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from qvdc_agent.adapters.command import run
from qvdc_agent.domain.definition import VirtType
from qvdc_agent.domain.machine import BootId
from qvdc_agent.domain.refusals import StepRefused
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

PROBE_DEADLINE = timedelta(seconds=20)
"""A kernel on KVM panics within 3 s; the rest is for a busy host."""
KERNELS = "vmlinuz-*"


class VirtTypeProbe:
    """Chooses how guests run on this host.

    Args:
        chosen: what the settings say; None proves it.
        remembered: file for the answer, in a folder that a reboot empties.
        boot_folder: where kernels of this host lie.
    """

    def __init__(
        self,
        chosen: VirtType | None,
        *,
        boot: BootId,
        remembered: Path,
        boot_folder: Path = Path("/boot"),
        kvm: Path = Path("/dev/kvm"),
    ) -> None:
        self._answer = chosen
        self._boot = boot
        self._remembered = remembered
        self._boot_folder = boot_folder
        self._kvm = kvm
        self._turn = asyncio.Lock()

    @property
    def known(self) -> VirtType | None:
        """The answer, if there is one yet."""
        return self._answer

    async def choose(self) -> VirtType:
        """Return how guests run here; the first call may take until the probe's deadline."""
        async with self._turn:
            if self._answer is None:
                self._answer = self._recall() or await self._prove()
            return self._answer

    def _recall(self) -> VirtType | None:
        try:
            found = json.loads(self._remembered.read_text())
            return VirtType(found["virt_type"]) if found["boot_id"] == self._boot else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def _prove(self) -> VirtType:
        kernels = sorted(self._boot_folder.glob(KERNELS))
        answer, why = VirtType.QEMU, ""
        if not self._kvm.exists():
            why = f"there is no {self._kvm}"
        elif not kernels:
            why = f"there is no kernel in {self._boot_folder} to prove it with"
        else:
            try:
                await boot_once(kernels[-1], accelerator="kvm", within=PROBE_DEADLINE)
                answer = VirtType.KVM
            except StepRefused as refused:
                why = str(refused)
        log.info("virt_type.proven", virt_type=answer.value, why=why)
        self._remembered.parent.mkdir(parents=True, exist_ok=True)
        self._remembered.write_text(json.dumps({"boot_id": self._boot, "virt_type": answer.value}))
        return answer


async def boot_once(kernel: Path, *, accelerator: str, within: timedelta) -> None:
    """Boot `kernel` in a guest without disks until it panics and resets.

    Raises:
        StepRefused: it did not get so far in time.
    """
    argv = [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
        "-machine", f"q35,accel={accelerator}", "-m", "256M", "-no-reboot",
        "-kernel", str(kernel), "-append", "panic=-1 quiet",
    ]  # fmt: skip
    await run(argv, reason="KVM_UNPROVEN", within=within)
