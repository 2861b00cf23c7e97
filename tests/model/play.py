"""One run of the model: a site, an adversary and a seed; equal seeds give equal runs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.model.adversary import Adversary
from tests.model.failover import Leader, RunsTwice
from tests.model.guardian import live
from tests.model.rules import Rule
from tests.model.world import World, a_world

SECONDS = 400
LEADER_IS_UP = 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Args:
        doubled: what ran twice; empty if nothing did.
        seen: how often what happened, so that a model in which nothing happens is noticed.
        story: the last things that happened.
    """

    seed: int
    doubled: str
    seen: Counter[str]
    story: tuple[str, ...]


def play(seed: int, left_out: Iterable[Rule] = (), *, dies_cut_off: float = 0.0) -> Outcome:
    """Run one site for 400 seconds, without the rules `left_out`.

    Args:
        dies_cut_off: see Adversary; it finds what usual luck shows once in many thousands of runs.
    """
    chance = random.Random(seed)
    world = a_world(chance, frozenset(left_out), chance.choice((1, 2, 3, 4, 5)))
    adversary = Adversary(
        breaks=chance.choice((0.002, 0.01, 0.05)),
        heals=chance.choice((0.02, 0.1, 0.3)),
        sets_change=chance.choice((0.02, 0.1, 0.4)),
        terms_change=chance.choice((0.02, 0.2)),
        dies_cut_off=dies_cut_off,
    )
    leader, vote_delay = Leader(lag=chance.choice((0, 2, 4))), chance.choice((0, 1, 2))
    doubled = ""
    try:
        for world.now in range(1, SECONDS):
            _second(world, adversary, leader, vote_delay)
    except RunsTwice as twice:
        doubled = str(twice)
    return Outcome(seed, doubled, world.seen, tuple(world.story))


def _second(world: World, adversary: Adversary, leader: Leader, vote_delay: int) -> None:
    adversary.strike(world)
    for host in chance_order(world):
        live(world, world.hosts[host], vote_delay)
    leader.turn(world, up=world.happens(LEADER_IS_UP))


def chance_order(world: World) -> list[int]:
    """Return the hosts in an order that each second draws anew."""
    return world.chance.sample(range(len(world.hosts)), len(world.hosts))
