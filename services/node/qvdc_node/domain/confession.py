"""A fenced host comes back: its machines go on as a new start, or end first (PROTOCOLS 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from qvdc_node.domain.session import NodeFenced

MOST_TOLD = 50
"""Machines named in one refusal, which travels in a header; the host asks again for the others."""


@dataclass(frozen=True, slots=True)
class Living:
    """A protected machine that lives on a host, as start `run_epoch`."""

    vm_uid: str
    run_epoch: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What the machines' owner decided: it goes on as start `run_epoch`, or is to be killed."""

    vm_uid: str
    keep: bool
    run_epoch: int


class MachinesToKill(NodeFenced):
    """The host has machines that may run elsewhere: it kills them and comes again, still fenced."""

    def __init__(self, incident: str, machines: Sequence[str]) -> None:
        super().__init__(incident)
        self.facts = {**self.facts, "kill": ",".join(sorted(machines)[:MOST_TOLD])}


def kept(incident: str, settled: Sequence[Settled]) -> tuple[Settled, ...]:
    """Return what was settled when all of it goes on.

    Raises:
        MachinesToKill: some of it does not; its fence stays until it is dead.
    """
    doomed = [each.vm_uid for each in settled if not each.keep]
    if doomed:
        raise MachinesToKill(incident, doomed)
    return tuple(settled)
