"""What goes wrong: links, stopped hosts, dead guardians, lost leases, lost etcds, changing sets."""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass, field

from tests.model.guardian import restart
from tests.model.rules import Rule
from tests.model.world import LONG, SHORT, Keys, World

OUTAGE = 0.004
FREEZE = 0.002
GUARDIAN_RESTARTS = 0.006
LEASES_BEGIN_ANEW = 0.01
SESSION_ENDS = 0.01
ETCD_IS_RESTORED = 0.003
SETS_ARE_PUSHED = 0.5
ONE_WAY = 0.2
"""A host that reaches nobody of the control plane may still be reached by it."""
OLDEST_BACKUP = 30


@dataclass(slots=True)
class Adversary:
    """How hard this run is.

    Args:
        breaks, heals: chance of a link in each second.
        sets_change: chance in each second that the member set changes.
        terms_change: chance in each second that a host shall run other terms.
        dies_cut_off: further chance of a guardian to die while the control plane is out of reach.
    """

    breaks: float
    heals: float
    sets_change: float
    terms_change: float
    dies_cut_off: float = 0.0
    backups: deque[list[Keys]] = field(default_factory=lambda: deque(maxlen=OLDEST_BACKUP))

    def strike(self, world: World) -> None:
        """One second of bad luck."""
        self._links(world)
        self._hosts(world)
        self._etcd(world)
        _change_sets(world, self.sets_change)
        _change_terms(world, self.terms_change)

    def _links(self, world: World) -> None:
        for number in range(len(world.hosts)):
            world.connected[number] = self._still(world, up=world.connected[number])
        if world.happens(OUTAGE):
            world.connected = [False for _ in world.hosts]
        for pair, up in world.links.items():
            world.links[pair] = self._still(world, up=up)

    def _still(self, world: World, *, up: bool) -> bool:
        return not world.happens(self.breaks) if up else world.happens(self.heals)

    def _hosts(self, world: World) -> None:
        for host in world.hosts:
            if world.happens(FREEZE):
                host.frozen_until = world.now + world.chance.randrange(1, 25)
            cut_off = not world.connected[host.number] and self.dies_cut_off > 0
            if world.happens(GUARDIAN_RESTARTS) or (cut_off and world.happens(self.dies_cut_off)):
                restart(world, host, away=world.chance.randrange(1, 9))

    def _etcd(self, world: World) -> None:
        self.backups.append([copy(keys) for keys in world.keys])
        if world.happens(LEASES_BEGIN_ANEW):  # its leader changed
            for keys in world.keys:
                if keys.session_until > world.now and keys.grant is not None:
                    keys.session_until = max(keys.session_until, world.now + keys.grant.session)
        if world.happens(SESSION_ENDS):  # a stuck leader revoked it
            world.chance.choice(world.keys).session_until = world.now
        if world.opens is not None and world.now >= world.opens:
            _open(world)
        elif world.opened and world.happens(ETCD_IS_RESTORED):
            self._restore(world)

    def _restore(self, world: World) -> None:
        """Begin another life of etcd: empty, or from a backup, whose leases live anew in full."""
        if world.happens(0.5):
            world.keys = [Keys() for _ in world.hosts]
        else:
            taken = world.now - world.chance.randrange(len(self.backups))
            restored = self.backups[taken - world.now - 1]
            world.keys = [copy(keys) for keys in restored]
            for keys in world.keys:
                if keys.session_until > taken and keys.grant is not None:
                    keys.session_until = world.now + keys.grant.session
        self.backups.clear()
        world.opens = world.now + world.chance.randrange(1, 12)
        world.tell("etcd restored", -1)


def _open(world: World) -> None:
    """Open the new life: the open fences first, then the key that lets grants in."""
    if world.keeps(Rule.FENCES_ARE_REOPENED):
        for host in world.incidents:
            world.keys[host].fenced = True
    world.incarnation += 1
    world.opens = None
    world.tell("etcd opened", -1)


def _change_sets(world: World, likely: float) -> None:
    """An empty host leaves the member set, as for maintenance, or one returns; hosts are told."""
    if world.happens(likely):
        newest = world.sets[-1]
        empty = [host.number for host in world.hosts if not host.running]
        everybody = range(len(world.hosts))
        number = world.chance.choice(empty if empty and world.happens(0.7) else everybody)
        leaves = number in newest and number in empty and len(newest) > 1
        world.sets.append(newest - {number} if leaves else newest | {number})
    for host in world.hosts:
        frozen = host.number in world.incidents and world.keeps(Rule.SETS_FREEZE)
        one_way = world.happens(ONE_WAY)
        reached = (world.connected[host.number] or one_way) and host.awake(world.now)
        if reached and not frozen and world.happens(SETS_ARE_PUSHED):
            host.holds = len(world.sets) - 1


def _change_terms(world: World, likely: float) -> None:
    """Other terms are wanted of a host: those that it runs count until it says otherwise."""
    if world.happens(likely):
        record = world.chance.choice(world.records)
        record.wanted = LONG if record.wanted == SHORT else SHORT
