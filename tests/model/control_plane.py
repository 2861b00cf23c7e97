"""The node service: acknowledges beats, grants sessions, hears confessions (PROTOCOLS 2 and 3)."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from tests.model.rules import Rule
from tests.model.world import LONG, Grant, LateAnswer, World

LATEST = 12
"""Seconds that an answer may be on its way: a registration waits as long for one."""
UNHEARD = 1000
"""More versions of terms than answers can be under way."""


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
    grant = _acknowledge(world, host)
    if world.happens(world.answers_fail):
        return Answer.SILENCE
    if world.happens(world.answers_fail):
        arrives = world.now + world.chance.randint(1, LATEST)
        world.answers.append(LateAnswer(arrives, host, world.now, grant))
        return Answer.SILENCE
    _hear(world, host, grant, sent=world.now)
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
    _hear(world, host, _acknowledge(world, host), sent=world.now)


def start_at_home(world: World, host: int) -> None:
    """vm starts a machine that ended, or brings it back, under the next run epoch."""
    machine, body = world.machines[host], world.hosts[host]
    if world.incidents.get(host) is None and world.now - body.base < 2 and not body.running:
        machine.at_home = True
        machine.run_epoch += 1
        body.running = True


def arrive(world: World, host: int) -> None:
    """Late answers arrive; the host acts on them as on any other."""
    due = [each for each in world.answers if each.to == host and each.arrives <= world.now]
    if due:
        world.answers = [each for each in world.answers if each not in due]
        for each in due:
            _hear(world, host, each.grant, sent=each.sent)


def longest_ladder(world: World, host: int) -> int:
    """L of a proof by time: of the longest terms that the host may still run."""
    grant = _known(world, host)
    if grant is None:
        return LONG.ladder
    if not world.keeps(Rule.LONGEST_TERMS_COUNT):
        return grant.told.ladder
    return max(terms.ladder for terms in grant.in_force)


def _known(world: World, host: int) -> Grant | None:
    """The terms of a host, unless etcd lost them."""
    grant = world.keys[host].grant
    if grant is not None and grant.incarnation == world.incarnation:
        return grant
    if world.keeps(Rule.LOST_TERMS_ARE_THE_LONGEST):
        return None
    return replace(grant or Grant(), incarnation=world.incarnation)


def _next_grant(world: World, host: int) -> Grant:
    said, wanted = world.hosts[host].version, world.records[host].wanted
    grant = _known(world, host)
    if grant is None:
        return Grant(wanted, said + UNHEARD, frozenset({wanted, LONG}), world.incarnation)
    if grant.told != wanted:
        in_force = grant.in_force | {wanted}
        return replace(grant, told=wanted, version=grant.version + 1, in_force=in_force)
    if said == grant.version:
        return replace(grant, in_force=frozenset({grant.told}))
    return grant


def _acknowledge(world: World, host: int) -> Grant:
    """What the control plane writes down of an acknowledged beat; the terms that it tells."""
    record, keys, body = world.records[host], world.keys[host], world.hosts[host]
    keys.grant = grant = _next_grant(world, host)
    life = grant.session if world.keeps(Rule.LONGEST_TERMS_COUNT) else grant.told.session
    keys.session_until = max(keys.session_until, world.now + life)
    keys.incarnation = world.incarnation
    record.acknowledged_set = body.holds
    record.last_acknowledged = world.now
    return grant


def _hear(world: World, host: int, grant: Grant, *, sent: int) -> None:
    """What an acknowledged host does with the answer."""
    body = world.hosts[host]
    body.base = max(body.base, sent)
    if grant.version >= body.version or not world.keeps(Rule.OLDER_TERMS_ARE_IGNORED):
        body.terms, body.version = grant.told, grant.version
    open_incidents = {incident.number for incident in world.incidents.values()}
    body.promised = {x: told for x, told in body.promised.items() if told in open_incidents}
