"""Which wanted state a host accepts: never an older one than it has seen."""

from qvdc_agent.domain.machine import WantedMachine
from qvdc_agent.domain.refusals import StaleEpoch, StaleGeneration
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence


def check_fence(presented: Fence, newest: Fence | None) -> None:
    """Let pass a leader that is not older than the newest one seen of its loop.

    Raises:
        StaleFence: it is older.
    """
    if newest is not None and presented < newest:
        raise StaleFence(presented.loop, presented, newest)


def check_wanted(presented: WantedMachine, *, generation: int, run_epoch: int) -> None:
    """Let pass a wanted state whose generation and run epoch are not below those held.

    Raises:
        StaleGeneration: its generation is lower.
        StaleEpoch: its run epoch is lower.
    """
    if presented.generation < generation:
        raise StaleGeneration(presented.uid, presented.generation, generation)
    if presented.run_epoch < run_epoch:
        raise StaleEpoch(presented.uid, presented.run_epoch, run_epoch)
