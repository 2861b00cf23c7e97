"""What a host keeps of a machine, durably."""

from dataclasses import dataclass, field

from qvdc_agent.domain.machine import BootId, MachineUid, WantedMachine
from qvdc_agent.domain.observation import ObservedMachine
from qvdc_agent.domain.seen import Remembered


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """All that is kept of one machine.

    Args:
        generation: the highest accepted; kept also when the wanted state itself was lost.
        run_epoch: the highest accepted.
        accepted_boot: the life of the host in which the control plane spoke of it last.
        wanted: None when only a domain of ours was found.
    """

    uid: MachineUid
    generation: int
    run_epoch: int
    accepted_boot: BootId | None = None
    wanted: WantedMachine | None = None
    remembered: Remembered = field(default_factory=Remembered)
    observed: ObservedMachine | None = None
