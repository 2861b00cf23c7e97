"""The voting hosts of a cluster, and the counting of their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

KEPT_SECONDS = 30.0
"""How long a question waits for late answers."""


@dataclass(frozen=True, slots=True)
class Member:
    """A voting host; `port` is where its guardian serves other hosts."""

    uid: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class MemberSet:
    """A version of a cluster's voting hosts, this host among them if it votes."""

    site_term: int = 0
    version: int = 0
    members: tuple[Member, ...] = ()

    @property
    def uids(self) -> frozenset[str]:
        """Who votes."""
        return frozenset(each.uid for each in self.members)

    def newer_than(self, other: "MemberSet") -> bool:
        """Whether it replaces `other`."""
        return (self.site_term, self.version) > (other.site_term, other.version)

    def others(self, own: str) -> tuple[Member, ...]:
        """The members to be asked by host `own`."""
        return tuple(each for each in self.members if each.uid != own)

    def carried_by(self, voters: frozenset[str]) -> bool:
        """Whether `voters` are more than half of the set."""
        return 2 * len(voters & self.uids) > len(self.members) > 0


@dataclass(frozen=True, slots=True)
class Ballot:
    """The open questions of host `own`, by the time they were asked, and who said *no*.

    The asker counts itself: its own renewal went unanswered. Whoever counts must be in the set
    that is held at the moment of counting.
    """

    own: str
    noes: Mapping[float, frozenset[str]] = field(default_factory=dict)

    def asked(self, at: float) -> "Ballot":
        """A question was asked `at` this time; old ones are forgotten."""
        kept = {q: voters for q, voters in self.noes.items() if q > at - KEPT_SECONDS}
        return replace(self, noes={**kept, at: frozenset({self.own})})

    def no(self, at: float, voter: str) -> "Ballot":
        """`voter` said *no* to the question of `at`; one that is forgotten stays forgotten."""
        if at not in self.noes:
            return self
        return replace(self, noes={**self.noes, at: self.noes[at] | {voter}})

    def carried(self, members: MemberSet) -> float | None:
        """The latest question with *no* from more than half of `members`; None without one, or
        when this host does not vote itself."""
        if self.own not in members.uids:
            return None
        found = [at for at, voters in self.noes.items() if members.carried_by(voters)]
        return max(found, default=None)
