"""Restarting hosts and turning them off: intent and an operation; a loop does the rest."""

from collections.abc import Callable
from dataclasses import replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import Severity
from qvdc_core.operation import Operation
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import mark_events, node_event
from qvdc_node.domain.maintenance import Busy
from qvdc_node.domain.mark import HOST_POWER, marked
from qvdc_node.domain.power import PowerAction, PowerVerb, check_power
from qvdc_node.ports.rows import UnitsOfWork


class PowerUseCase:
    """The verbs of power."""

    def __init__(self, unit_of_work: UnitsOfWork, clock: Clock, wake: Callable[[], None]) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._wake = wake

    async def begin(
        self,
        verb: PowerVerb,
        name: str,
        *,
        force: bool,
        machine_count: int,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Operation:
        """Have a host restart or turn off.

        Args:
            machine_count: with `force`, how many machines run there.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            NodeSilent: the host cannot be asked.
            NodeHasRunningVms: machines run there, and it was not forced with their number.
            Busy: it is being restarted or turned off already.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
            found = await work.nodes.get(name)
            node = await work.nodes.lock(found.uid) or found
            node.require(etag)
            if (other := await work.power_actions.of(node.uid)) is not None:
                raise Busy(node.name, other.operation)
            placed, count = await work.placements.blocking(node.name)
            allowed = check_power(node, placed, count, force=force, machine_count=machine_count)
            operation = await work.operations.start(
                verb.value,
                target=node.name,
                target_uid=node.uid,
                requester=actor.subject,
                stage="asking",
            )
            if validate_only:
                return operation
            now = self._clock.now()
            action = PowerAction(
                node_uid=node.uid,
                operation=operation.id,
                verb=verb,
                boot_id=node.observed.boot_id,
                machine_count=allowed,
                create_time=now,
            )
            await work.power_actions.put(action)
            message = f"{verb.value} by {actor.subject}, with {allowed} machines on it"
            marks = marked(node.marks, HOST_POWER, verb.name, message, now)
            saved = await work.nodes.save_marks(replace(node, marks=marks))
            await work.events.append(
                node_event(
                    saved,
                    "HostPowerStarted",
                    f"{saved.name} is told to {verb.value}.",
                    actor=actor.subject,
                    severity=Severity.WARNING,
                    details={"operation": operation.id, "verb": verb.value},
                ),
                *mark_events(node, saved),
            )
            await work.requests.remember(key, operation)
            await work.commit()
        self._wake()
        return operation
