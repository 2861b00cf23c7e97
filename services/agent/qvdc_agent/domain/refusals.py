"""The refusals of a host; each reason is published and never changes."""

from qvdc_core.errors import Kind, Refusal


class StaleGeneration(Refusal):
    """The wanted state is older than the one this host holds."""

    kind = Kind.PRECONDITION
    reason = "STALE_GENERATION"

    def __init__(self, uid: str, presented: int, newest: int) -> None:
        super().__init__(
            f"Generation {presented} of machine {uid} is older than {newest}.",
            vm_uid=uid,
            presented=presented,
            newest=newest,
        )


class StaleEpoch(Refusal):
    """The run epoch is older than the one this host holds."""

    kind = Kind.PRECONDITION
    reason = "STALE_EPOCH"

    def __init__(self, uid: str, presented: int, newest: int) -> None:
        super().__init__(
            f"Run epoch {presented} of machine {uid} is older than {newest}.",
            vm_uid=uid,
            presented=presented,
            newest=newest,
        )


class HypervisorAway(Refusal):
    """libvirt cannot be reached; it is tried again by itself."""

    kind = Kind.UNAVAILABLE
    reason = "HYPERVISOR_AWAY"

    def __init__(self, why: str) -> None:
        super().__init__(f"The hypervisor cannot be reached: {why}")


class StepRefused(Refusal):
    """A step towards the wanted state failed; `final` when trying again will not help.

    Args:
        reason: UPPER_SNAKE, reported as the machine's problem.
        message: the tool's own words.
    """

    kind = Kind.PRECONDITION

    def __init__(self, reason: str, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.final = final


class OwnerUnknown(Refusal):
    """The control plane has not told where this service is."""

    kind = Kind.UNAVAILABLE
    reason = "OWNER_UNKNOWN"

    def __init__(self, service: str) -> None:
        super().__init__(f"No address of the service {service} is known yet.", service=service)
