"""What a pass over OVN has shown of networks and ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qvdc_network.domain.network import Network, NetworkObservation, NetworkPhase
from qvdc_network.domain.ovn_plan import RowChange, Step
from qvdc_network.domain.ovn_rows import NbRow, NbTable, rows_of
from qvdc_network.domain.port import Binding, Plug, Port, PortObservation, observe

CONFIRM_EVERY = timedelta(seconds=30)
"""How old an observation may get before its time is written again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that OVN should hold, read in one transaction.

    Args:
        plugs: what hosts said, by port uid.
    """

    networks: tuple[Network, ...]
    ports: tuple[Port, ...]
    plugs: Mapping[str, Sequence[Plug]]

    def rows(self) -> list[NbRow]:
        """The rows of all networks that are to stay."""
        ports: dict[str, list[Port]] = {}
        for port in self.ports:
            ports.setdefault(port.network_uid, []).append(port)
        return [
            row
            for network in self.networks
            if network.delete_time is None
            for row in rows_of(network, ports.get(network.uid, ()))
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen after a pass has acted.

    Args:
        remaining: steps that are still to be taken, by network uid.
        refused: why OVN refused a network's rows, by network uid.
        processed: northd has worked through everything.
        bindings: by port uid.
    """

    remaining: Mapping[str, Sequence[Step]]
    processed: bool
    bindings: Mapping[str, Binding]
    refused: Mapping[str, str] = field(default_factory=dict)


def drifted(wanted: Wanted, steps: Mapping[str, Sequence[Step]]) -> dict[str, list[Step]]:
    """Of `steps`, those that mend what had been seen to be right, by network uid."""
    settled = {network.uid for network in wanted.networks if network.settled}
    seen = {port.uid for port in wanted.ports if port.observed.generation == port.generation}
    found = {
        uid: [
            step
            for step in each
            if step.change is not RowChange.DELETE
            and (step.row.table is not NbTable.PORT or step.row.key in seen)
        ]
        for uid, each in steps.items()
        if uid in settled
    }
    return {uid: each for uid, each in found.items() if each}


def gone(network: Network, outcome: Outcome) -> bool:
    """Whether a network that is to go has left nothing on OVN."""
    return (
        network.delete_time is not None
        and outcome.processed
        and not outcome.remaining.get(network.uid)
        and network.port_count == 0
    )


def network_seen(network: Network, outcome: Outcome, now: datetime) -> NetworkObservation | None:
    """What to write of a network; None when there is nothing new and nothing to confirm."""
    before = network.observed
    phase, message = _phase(network, outcome)
    if (
        network.settled
        and phase is NetworkPhase.APPLYING
        and not outcome.remaining.get(network.uid)
    ):
        return None  # northd is behind with something else; silence ages into DEGRADED
    seen = NetworkObservation(generation=network.generation, phase=phase, message=message, time=now)
    return seen if replace(seen, time=before.time) != before else None


def away(network: Network, message: str) -> NetworkObservation | None:
    """What to write of a network while OVN is away; None when there is nothing new."""
    if network.settled and network.delete_time is None:
        return None
    seen = replace(network.observed, message=message)
    return seen if seen != network.observed else None


def port_seen(
    port: Port, plugs: Sequence[Plug], outcome: Outcome, now: datetime, stale_after: timedelta
) -> PortObservation | None:
    """What to write of a port; None when there is nothing new."""
    steps = outcome.remaining.get(port.network_uid, ())
    differs = any(step.row.identity == (NbTable.PORT, port.uid) for step in steps)
    seen = observe(
        port,
        on_ovn=outcome.processed and not differs,
        binding=outcome.bindings.get(port.uid, Binding()),
        plugs=plugs,
        now=now,
        stale_after=stale_after,
    )
    return (
        replace(seen, time=now) if replace(seen, time=port.observed.time) != port.observed else None
    )


def to_confirm(time: datetime | None, now: datetime) -> bool:
    """Whether an observation of `time` is to be written again with a newer time."""
    return time is None or now - time >= CONFIRM_EVERY


def _phase(network: Network, outcome: Outcome) -> tuple[NetworkPhase, str]:
    if why := outcome.refused.get(network.uid):
        return NetworkPhase.ERROR, why
    if steps := outcome.remaining.get(network.uid):
        return NetworkPhase.APPLYING, f"{len(steps)} rows differ on OVN still."
    if not outcome.processed:
        return NetworkPhase.APPLYING, "Written to OVN; its northd has not worked through it yet."
    return NetworkPhase.READY, ""
