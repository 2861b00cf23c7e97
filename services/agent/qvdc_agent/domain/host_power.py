"""The power of the host itself."""

from enum import Enum

from qvdc_agent.domain.machine import BootId
from qvdc_core.errors import Kind, Refusal


class PowerAction(Enum):
    """What shall become of the host."""

    REBOOT = "reboot"
    POWER_OFF = "power-off"


class OtherBoot(Refusal):
    """Another life of the host is asked for: it has ended already."""

    kind = Kind.PRECONDITION
    reason = "OTHER_BOOT"

    def __init__(self, asked: BootId, boot: BootId) -> None:
        super().__init__(f"Boot {asked} has ended; this is {boot}.", asked=asked, boot_id=boot)


class HostHasMachines(Refusal):
    """More machines run than were counted with."""

    kind = Kind.PRECONDITION
    reason = "NODE_HAS_RUNNING_VMS"

    def __init__(self, count: int, allowed: int) -> None:
        super().__init__(
            f"{count} machines run here, and {allowed} were counted with.",
            count=count,
            allowed=allowed,
        )


class PowerCommandFailed(Refusal):
    """The host's own command said no."""

    kind = Kind.PRECONDITION
    reason = "POWER_COMMAND_FAILED"

    def __init__(self, action: PowerAction, words: str) -> None:
        super().__init__(f"The command to {action.value} failed: {words}", action=action.value)
