"""The failover leader: suspects, fences, gathers promises, proves, starts elsewhere (PROTOCOLS 5).

It sees sessions up to some seconds late and carries out what it decided without another look: the
fence and the run epoch, not its eyes, have to decide.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tests.model.control_plane import longest_ladder
from tests.model.rules import Rule
from tests.model.world import MARGIN, NEVER, Decision, Incident, World

ALL_COPIES_ANSWER = 0.7
LEADER_CHANGES = 0.01


class RunsTwice(Exception):
    """A machine was started elsewhere while its home still runs it."""

    def __init__(self, host: int) -> None:
        super().__init__(f"the machine of host {host} runs twice")


@dataclass(slots=True)
class Leader:
    """What one leader remembers.

    Args:
        lag: how many seconds late it sees sessions, and acts on a decision, at most.
    """

    lag: int
    past: deque[list[bool]] = field(default_factory=lambda: deque(maxlen=8))
    decisions: list[Decision] = field(default_factory=list)

    def turn(self, world: World, *, up: bool) -> None:
        """One second. Raises RunsTwice."""
        hosts = range(len(world.hosts))
        self.past.append([world.has_session(host) for host in hosts])
        if world.happens(LEADER_CHANGES):
            for incident in world.incidents.values():
                incident.fence_seen, incident.promises, incident.acknowledged = None, {}, None
        if not up:
            return
        eyes = self.past[max(0, len(self.past) - 1 - self.lag)]
        for host in hosts:
            if world.machines[host].at_home and (host in world.incidents or not eyes[host]):
                self._pursue(world, host)
        due = [decision for decision in self.decisions if decision.due <= world.now]
        self.decisions = [decision for decision in self.decisions if decision not in due]
        for decision in due:
            _carry_out(world, decision)

    def _pursue(self, world: World, host: int) -> None:
        incident = world.incidents.get(host) or _open(world, host)
        if incident.fence_seen is None and not _fence(world, host, incident):
            return
        _gather(world, host, incident)
        if not incident.decided and _proven(world, host, incident):
            incident.decided = True
            due = world.now + world.chance.randint(0, self.lag)
            self.decisions.append(
                Decision(due, host, incident.number, incident.run_epoch, world.incarnation)
            )


def _open(world: World, host: int) -> Incident:
    """Write the incident down, before the fence."""
    world.incident_count += 1
    incident = Incident(
        number=world.incident_count,
        run_epoch=world.machines[host].run_epoch,
        latest_set=len(world.sets) - 1,
    )
    if not world.keeps(Rule.PROMISES_ARE_OF_ONE_INCIDENT):
        incident.promises = dict(world.old_promises.get(host, {}))
    world.incidents[host] = incident
    return incident


def _fence(world: World, host: int, incident: Incident) -> bool:
    """One transaction: it and a grant exclude each other."""
    if not world.opened and world.keeps(Rule.INCARNATION_IS_COMPARED):
        return False
    keys = world.keys[host]
    if not keys.fenced:
        if world.has_session(host) and world.keeps(Rule.FENCE_NEEDS_ABSENCE):
            world.close_incident(host)
            return False
        keys.fenced = True
        world.tell("fenced", host)
    incident.fence_seen = world.now
    return True


def _gather(world: World, host: int, incident: Incident) -> None:
    for member in world.hosts:
        number = member.number
        reached = world.connected[number] and member.awake(world.now)
        if number == host or number in incident.promises or not reached:
            continue
        member.promised[host] = incident.number
        start = member.guardian_since if world.keeps(Rule.START_IS_A_NO) else NEVER
        incident.promises[number] = member.last_no.get(host, start)


def _proven(world: World, host: int, incident: Incident) -> bool:
    record = world.records[host]
    first = record.acknowledged_set if world.keeps(Rule.EVERY_SET_COUNTS) else incident.latest_set
    promised = set(incident.promises) - {host}
    share = 0.5 if world.keeps(Rule.HALF_PROMISES) else 0.0
    for members in world.sets[first : incident.latest_set + 1]:
        if len(promised & members) < share * len(members):
            return False
    assert incident.fence_seen is not None
    if incident.acknowledged is None:
        told = record.last_acknowledged if world.happens(ALL_COPIES_ANSWER) else None
        incident.acknowledged = incident.fence_seen if told is None else told
    acknowledged = incident.acknowledged
    if not world.keeps(Rule.ACKNOWLEDGEMENT_COUNTS):
        acknowledged = incident.fence_seen - record.wanted.session
    last_no = max(incident.promises.values(), default=NEVER)
    if not world.keeps(Rule.LAST_NO_COUNTS):
        last_no = NEVER
    return world.now >= max(acknowledged, last_no) + longest_ladder(world, host) + MARGIN


def _carry_out(world: World, decision: Decision) -> None:
    """vm's compare-and-set to the next run epoch, and the start elsewhere; whatever became of the
    incident meanwhile."""
    host, machine = decision.host, world.machines[decision.host]
    incident = world.incidents.get(host)
    if not machine.at_home:
        return
    if decision.incarnation != world.incarnation:
        if incident is not None:
            incident.decided = False
        return
    if decision.run_epoch != machine.run_epoch and world.keeps(Rule.EPOCH_IS_COMPARED):
        if incident is not None and incident.number == decision.incident:
            world.close_incident(host)
        return
    machine.at_home = False
    machine.run_epoch += 1
    world.tell("failed over", host)
    if world.hosts[host].running:
        raise RunsTwice(host)
