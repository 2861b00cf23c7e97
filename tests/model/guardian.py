"""The guardian: the ladder, the vote, and its restarts (PROTOCOLS 4)."""

from __future__ import annotations

from tests.model.control_plane import Answer, arrive, beat, confess, start_at_home
from tests.model.rules import Rule
from tests.model.world import INTERVAL, Host, Vote, World

FORGOTTEN_AFTER = 30


def live(world: World, host: Host, vote_delay: int) -> None:
    """One second of a host."""
    _watchdog(world, host)
    if not host.awake(world.now):
        return
    _count(world, host)
    arrive(world, host.number)
    if (world.now + host.offset) % INTERVAL:
        return
    answer = beat(world, host.number)
    if answer is Answer.FENCED:
        confess(world, host.number)
    elif answer is Answer.SILENCE:
        _ask(world, host, vote_delay)
    elif world.happens(world.starts_again):
        start_at_home(world, host.number)


def restart(world: World, host: Host, away: int) -> None:
    """The guardian dies, and another is there after `away` seconds; machines run on meanwhile."""
    host.guardian_down_until = host.guardian_since = world.now + away
    host.questions, host.last_no = {}, {}
    if not world.keeps(Rule.GUARDIAN_REMEMBERS):
        host.base = host.guardian_since
    if not world.keeps(Rule.SETS_ARE_KEPT):
        host.holds = 0
    world.tell("guardian restarted", host.number)


def _watchdog(world: World, host: Host) -> None:
    """The ladder's end, kept by guardian and watchdog alike: it needs nobody awake."""
    if host.running and world.now >= host.base + host.terms.ladder:
        host.running = False
        world.tell("ladder ended", host.number)


def _count(world: World, host: Host) -> None:
    """Count the votes that arrived; a won question is as good as an acknowledgement of then."""
    arrived = [v for v in world.votes if v.to == host.number and v.arrives <= world.now]
    if not arrived:
        return
    world.votes = [v for v in world.votes if v not in arrived]
    members = world.sets[host.holds]
    for vote in arrived:
        voters = host.questions.get(vote.question)
        if voters is None:
            continue
        voters.add(vote.voter)
        _win(world, host, vote.question, voters & members)


def _win(world: World, host: Host, question: int, voters: set[int] | frozenset[int]) -> None:
    members = world.sets[host.holds]
    enough = len(members) / 2 if world.keeps(Rule.MAJORITY_VOTES) else 0
    if host.number in members and len(voters) > enough and host.base < question:
        host.base = question
        world.tell("vote won", host.number)


def _ask(world: World, host: Host, vote_delay: int) -> None:
    """Ask all others whether they can renew."""
    question = world.now
    recent = {q: v for q, v in host.questions.items() if q > question - FORGOTTEN_AFTER}
    host.questions = {**recent, question: {host.number}}
    _win(world, host, question, {host.number})
    for member in world.hosts:
        if member is host or not world.links[host.number, member.number]:
            continue
        if member.awake(world.now) and _says_no(world, member, asker=host.number):
            member.last_no[host.number] = question
            if world.links[member.number, host.number]:
                arrives = question + world.chance.randint(0, vote_delay)
                world.votes.append(Vote(arrives, host.number, question, member.number))


def _says_no(world: World, member: Host, *, asker: int) -> bool:
    """Only after a renewal of its own, sent after the question, went unanswered."""
    if beat(world, member.number) is not Answer.SILENCE:
        return False
    return asker not in member.promised or not world.keeps(Rule.PROMISED_IS_SILENT)
