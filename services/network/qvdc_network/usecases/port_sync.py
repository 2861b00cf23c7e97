"""Hearing which ports hosts have plugged; writes observed state only."""

from collections.abc import Sequence

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import Clock
from qvdc_core.event import EventDraft
from qvdc_network.domain.port import PluggedPort
from qvdc_network.domain.refusals import IdentityMismatch
from qvdc_network.ports import UnitOfWork


class PortReports:
    """The hosts' reports of plugged ports."""

    def __init__(self, *, unit_of_work: UnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def report(
        self,
        ports: Sequence[PluggedPort],
        *,
        node_uid: str,
        chassis: str,
        error: str,
        actor: Actor,
    ) -> None:
        """Store all that a host has plugged; ports that we do not know are left out.

        Raises:
            IdentityMismatch: a host speaks for another.
        """
        if actor.kind is not ActorKind.NODE or actor.short_name != node_uid:
            raise IdentityMismatch(node_uid)
        async with self._unit_of_work() as work:
            changed = await work.reports.put(
                node_uid=node_uid,
                chassis=chassis,
                error=error,
                ports=ports,
                now=self._clock.now(),
            )
            if changed:  # told to nobody, but it wakes the loop wherever that runs
                await work.events.append(EventDraft(subject=f"nodes/{node_uid}"))
            await work.commit()
