"""The guardian's own rules under the adversary of the protocol's model: no machine runs twice.

One second a step. Links fail and heal, answers come late, hosts stand still, sessions end early,
member sets change. Ladder, ballot, member sets, promises and noes are the product's; control plane
and failover are the model's, as short as they can be. Leaving a rule out must be caught.
"""

import random
from dataclasses import dataclass, field

import pytest

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.guardian.domain.ladder import Kill, Ladder
from qvdc_agent.guardian.domain.members import Ballot, Member, MemberSet
from qvdc_agent.guardian.domain.promises import Noes, OpenIncidents, Promise, Promises
from qvdc_core.fence import Fence

T, L, EVERY, MARGIN, WATCHDOG = 9, 13, 3, 1, 5
STEPS = 300
MACHINE = Guarded(MachineUid("m"), 1, Response.POWER_OFF, 1, 1)


@dataclass
class Host:
    """A host: the product's state, and what the adversary does to it."""

    name: str
    ladder: Ladder
    members: MemberSet
    ballot: Ballot
    offset: int
    promises: Promises = field(default_factory=Promises)
    noes: Noes = field(default_factory=lambda: Noes(began=0.0))
    fed_at: float = 0.0
    stopped_until: int = 0
    connected: bool = True
    session_until: int = T
    last_ack: int = 0
    epoch: int = 1
    acked_set: int = 1

    @property
    def running(self) -> bool:
        return bool(self.ladder.watched)

    def start(self) -> None:
        self.ladder = self.ladder.watching(MACHINE)

    def end(self) -> None:
        self.ladder = self.ladder.without(MACHINE.uid)

    def guard(self, now: int) -> None:
        """The watchdog, which never stands still, and the ladder, which may."""
        if self.running and now >= self.fed_at + WATCHDOG:
            self.end()
        if self.stopped_until > now:
            return
        for action in self.ladder.due(now):
            self.ladder = self.ladder.done(action, now)
            if isinstance(action, Kill):
                self.end()
        if now <= self.ladder.fed_until(WATCHDOG):
            self.fed_at = now


@dataclass
class Incident:
    """A failover: what was read before the fence, and what was promised after it."""

    name: str
    revision: int
    fenced_at: int
    epoch: int
    acknowledged: int | None = None
    answers: dict[str, float] = field(default_factory=dict)
    carried_out_at: int | None = None


class World:
    """A cluster, its control plane and an adversary; `mutant` names a rule that is left out."""

    def __init__(self, seed: int, mutant: str = "") -> None:
        self.chance = random.Random(seed)
        self.mutant = mutant
        self.now, self.revision, self.failovers = 0, 1, 0
        names = "abcde"[: self.chance.choice([1, 2, 3, 4, 5])]
        self.sets = [self._set(names, 1)]
        ladder = Ladder(acknowledged_at=0.0).watching(MACHINE)
        self.hosts = {
            name: Host(name, ladder, self.sets[0], Ballot(name), self.chance.randrange(EVERY))
            for name in names
        }
        self.links = {(a, b): True for a in names for b in names}
        self.answers: list[tuple[int, str, float, str]] = []
        self.incidents: dict[str, Incident] = {}
        self.elsewhere: set[str] = set()
        self.flaky = self.chance.choice([0.002, 0.01, 0.05])
        self.heal = self.chance.choice([0.02, 0.1, 0.3])
        self.delay = self.chance.choice([0, 1, 2])
        self.lag = self.chance.choice([0, 2, 4])

    def run(self) -> bool:
        """Play; return whether a machine ran twice."""
        for self.now in range(1, STEPS):
            self._interfere()
            for host in self.chance.sample(list(self.hosts.values()), len(self.hosts)):
                self._live(host)
            if self.chance.random() < 0.95:
                for host in self.hosts.values():
                    self._fail_over(host)
            if any(self.hosts[name].running for name in self.elsewhere):
                return True
        return False

    def _interfere(self) -> None:
        chance = self.chance
        outage = chance.random() < 0.004
        for host in self.hosts.values():
            works = chance.random() >= self.flaky if host.connected else chance.random() < self.heal
            host.connected = works and not outage
            if chance.random() < 0.002:
                host.stopped_until = self.now + chance.randrange(1, 25)
            if host.connected and chance.random() < 0.2 and self.sets[-1].newer_than(host.members):
                host.members = self.sets[-1]
        for link, works in self.links.items():
            roll = chance.random()
            self.links[link] = roll >= self.flaky if works else roll < self.heal
        if chance.random() < 0.01:
            chance.choice(list(self.hosts.values())).session_until = self.now
        if chance.random() < 0.02:
            self._change_set(chance.choice(list(self.hosts.values())))

    def _change_set(self, host: Host) -> None:
        names = self.sets[-1].uids
        leaves = host.name in names and not host.running and len(names) > 1
        changed = names - {host.name} if leaves else names | {host.name}
        self.sets.append(self._set("".join(sorted(changed)), len(self.sets) + 1))

    def _live(self, host: Host) -> None:
        host.guard(self.now)
        if host.stopped_until > self.now:
            return
        self._count(host)
        if (self.now + host.offset) % EVERY:
            return
        answer = self._renew(host)
        if answer is None:
            self._confess(host)
        elif not answer:
            self._ask(host)

    def _renew(self, host: Host) -> bool | None:
        """True: acknowledged. None: refused, it is fenced. False: nobody answers."""
        if not host.connected:
            return False
        if host.session_until <= self.now and host.name in self.incidents:
            return None
        host.session_until = self.now + T
        host.last_ack, host.acked_set = self.now, host.members.version
        host.ladder = host.ladder.acknowledged(self.now)
        closed = frozenset((i.name, name) for name, i in self.incidents.items())
        host.promises = host.promises.told(OpenIncidents(self.revision, closed))
        return True

    def _confess(self, host: Host) -> None:
        """Its machine is killed and starts again as a new run epoch, unless it is elsewhere now."""
        host.end()
        self.revision += 1
        del self.incidents[host.name]
        self._renew(host)
        if host.name not in self.elsewhere:
            host.start()
            host.fed_at, host.epoch = self.now, host.epoch + 1

    def _ask(self, host: Host) -> None:
        host.ballot = host.ballot.asked(self.now)
        self._carry(host)
        for member in self.hosts.values():
            away = member is host or member.stopped_until > self.now
            if away or not self.links[host.name, member.name]:
                continue
            if self._renew(member) is not False:
                continue
            if member.promises.against(host.name) and self.mutant != "promises bind nobody":
                continue
            member.noes = member.noes.said(host.name, self.now)
            if self.links[member.name, host.name]:
                arrives = self.now + self.chance.randint(0, self.delay)
                self.answers.append((arrives, host.name, self.now, member.name))

    def _count(self, host: Host) -> None:
        arrived = [each for each in self.answers if each[1] == host.name and each[0] <= self.now]
        self.answers = [each for each in self.answers if each not in arrived]
        for _, _, asked_at, voter in arrived:
            host.ballot = host.ballot.no(asked_at, voter)
        self._carry(host)

    def _carry(self, host: Host) -> None:
        carried = host.ballot.carried(host.members)
        if self.mutant == "anybody's no carries":
            noes = [at for at, voters in host.ballot.noes.items() if len(voters) > 1]
            carried = max(noes, default=carried)
        if carried is not None and host.running:
            host.ladder = host.ladder.voted(carried)

    def _fail_over(self, host: Host) -> None:
        incident = self.incidents.get(host.name)
        if incident is None:
            if host.session_until <= self.now and host.name not in self.elsewhere:
                self.revision += 1
                name = f"i{self.revision}"
                self.incidents[host.name] = Incident(name, self.revision, self.now, host.epoch)
            return
        self._promise(host, incident)
        if incident.carried_out_at is None and self._proven(host, incident):
            incident.carried_out_at = self.now + self.chance.randint(0, self.lag)
        due = incident.carried_out_at is not None and self.now >= incident.carried_out_at
        if due and incident.epoch == host.epoch and host.name not in self.elsewhere:
            self.elsewhere.add(host.name)
            self.failovers += 1

    def _promise(self, host: Host, incident: Incident) -> None:
        for member in self.hosts.values():
            reached = member.connected and member.stopped_until <= self.now
            if member is host or not reached or member.name in incident.answers:
                continue
            promise = Promise(host.name, incident.name, incident.revision)
            fence = Fence(1, "failover", self.revision)
            member.promises = member.promises.with_promise(promise, fence)
            age = member.noes.age(host.name, self.now)
            incident.answers[member.name] = self.now - age

    def _proven(self, host: Host, incident: Incident) -> bool:
        promised = set(incident.answers)
        for held in self.sets[host.acked_set - 1 :]:
            if 2 * len(promised & held.uids) < len(held.uids):
                return False
        if incident.acknowledged is None:
            told = self.chance.random() < 0.7
            incident.acknowledged = host.last_ack if told else incident.fenced_at
        last_no = max(incident.answers.values(), default=0.0)
        if self.mutant == "the last no is not asked for":
            last_no = 0.0
        return self.now >= max(incident.acknowledged, last_no) + L + MARGIN

    def _set(self, names: str, version: int) -> MemberSet:
        return MemberSet(0, version, tuple(Member(name, "10.0.0.1", 1) for name in names))


def test_no_machine_runs_twice() -> None:
    failovers = 0
    for seed in range(200):
        world = World(seed)
        assert not world.run(), f"seed {seed} at {world.now}"
        failovers += world.failovers

    assert failovers > 50


@pytest.mark.parametrize(
    "mutant",
    ["promises bind nobody", "anybody's no carries", "the last no is not asked for"],
)
def test_leaving_a_rule_out_is_caught(mutant: str) -> None:
    assert any(World(seed, mutant).run() for seed in range(3000))
