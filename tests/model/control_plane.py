"""The node service: acknowledges beats, grants sessions, hears confessions (PROTOCOLS 2 and 3)."""

from __future__ import annotations

from enum import Enum, auto

from tests.model.rules import Rule
from tests.model.world import World

LOST_ANSWERS = 0.03


class Answer(Enum):
    """What a host hears after a beat."""

    ACKNOWLEDGED = auto()
    FENCED = auto()
    SILENCE = auto()


def beat(world: World, host: int) -> Answer:
    """Let `host` try to renew; an acknowledged one runs by the terms it is told."""
    if not world.connected[host]:
        return Answer.SILENCE
    if not world.opened and world.keeps(Rule.INCARNATION_IS_COMPARED):
        return Answer.SILENCE
    fenced = world.keys[host].fenced and world.keeps(Rule.FENCE_HOLDS)
    if fenced and not world.has_session(host):
        return Answer.FENCED
    _acknowledge(world, host)
    if world.happens(LOST_ANSWERS):
        return Answer.SILENCE
    _hear(world, host)
    return Answer.ACKNOWLEDGED


def confess(world: World, host: int) -> None:
    """A fenced host tells its run epoch: it keeps its machine under the next one, or kills it."""
    machine, body = world.machines[host], world.hosts[host]
    if machine.at_home:
        if world.keeps(Rule.CONFESSION_TAKES_THE_EPOCH):
            machine.run_epoch += 1
        body.running = True
    else:
        body.running = False
    world.keys[host].fenced = False
    if world.keeps(Rule.CONFESSION_TAKES_THE_EPOCH):
        world.close_incident(host)
    world.tell("confessed", host)
    _acknowledge(world, host)
    _hear(world, host)


def start_at_home(world: World, host: int) -> None:
    """vm starts a machine that ended, or brings it back, under the next run epoch."""
    machine, body = world.machines[host], world.hosts[host]
    if world.incidents.get(host) is None and world.now - body.base < 2 and not body.running:
        machine.at_home = True
        machine.run_epoch += 1
        body.running = True


def _acknowledge(world: World, host: int) -> None:
    """What the control plane writes down of an acknowledged beat."""
    record, keys, body = world.records[host], world.keys[host], world.hosts[host]
    if body.terms == record.told:
        record.in_force = {record.told}
    life = max(terms.session for terms in record.in_force)
    if not world.keeps(Rule.LONGEST_TERMS_COUNT):
        life = record.told.session
    keys.session_until = max(keys.session_until, world.now + life)
    keys.incarnation = world.incarnation
    record.acknowledged_set = body.holds
    record.last_acknowledged = world.now


def _hear(world: World, host: int) -> None:
    """What an acknowledged host does with the answer."""
    body = world.hosts[host]
    body.base = world.now
    body.terms = world.records[host].told
    open_incidents = {incident.number for incident in world.incidents.values()}
    body.promised = {x: told for x, told in body.promised.items() if told in open_incidents}
