"""Who votes in each cluster, and how fast it finds its hosts silent, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from qvdc_node.domain.member_set import MemberSet, Voter


class MemberSets(Protocol):
    """Who votes in each cluster, in one transaction."""

    async def voters(self) -> Sequence[Voter]:
        """Return what decides whether each node of a cluster votes."""
        ...

    async def newest(self) -> Mapping[str, MemberSet]:
        """Return the newest set of each cluster that ever had one."""
        ...

    async def add(self, sets: Iterable[MemberSet]) -> None:
        """Store new sets; older ones stay, for hosts may hold them."""
        ...

    async def held_by(self, uid: str) -> Sequence[MemberSet]:
        """Return the sets that the host may hold, oldest first."""
        ...


class ClusterTerms(Protocol):
    """How fast each cluster wants its hosts' silence found, in one transaction."""

    async def replace(self, detection_seconds: Mapping[str, int]) -> None:
        """Store what each cluster wants, by its name; others are forgotten."""
        ...
