"""Who votes, how fast silence is found, and which fences were decided, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
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


class FenceIntents(Protocol):
    """Fences that were decided, in one transaction; one a host."""

    async def put(self, uid: str, incident: str) -> str:
        """Write the intent down unless another stands; return the incident that does."""
        ...

    async def all(self) -> Mapping[str, str]:
        """Return uid -> incident of every one."""
        ...

    async def remove_settled(self, uid: str, incident: str, age: timedelta) -> bool:
        """Forget the intent of this incident if it is at least so old; False if there was none."""
        ...

    async def remove(self, uid: str, incident: str) -> bool:
        """Forget the intent of this incident; False if there was none."""
        ...
