"""Which machine is placed on which node: what is known of another service's noun."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one machine is and what it does there; an empty `node` is nowhere.

    Args:
        state: as the vm service names it, RUNNING and so on; "" while that is not known.
    """

    machine: str
    node: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class AllPlaced:
    """All machines that are placed."""

    machines: Sequence[Placed]
