"""What minding storage pools needs from the world."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.pool import (
    FolderView,
    Health,
    Nonces,
    ObservedPool,
    PoolFiles,
    PoolMemory,
    PoolUid,
    WantedPool,
)
from qvdc_agent.ports import Standing


class PoolFolders(Protocol):
    """The folders of pools. One that hangs costs nothing but itself: every method answers in time.

    All but `look` raise StepRefused where a folder hangs or fails, and all but `look` and
    `initialise` where it does not carry the pool's marker.
    """

    def hold(self, pool: WantedPool) -> None:
        """Know of a pool, as it is wanted now."""
        ...

    def forget(self, uid: PoolUid) -> None:
        """Know of it no more; work on it that hangs is left to itself."""
        ...

    def path(self, pool: WantedPool) -> Path:
        """Where its folder is."""
        ...

    async def look(self, pool: WantedPool) -> FolderView:
        """What is seen at its path; writes nothing."""
        ...

    async def initialise(self, pool: WantedPool) -> None:
        """Make its marker, and its folder unless it is shared. A marker that is there stays."""
        ...

    async def check(self, pool: WantedPool, nonces: Nonces | None) -> Health:
        """How it is; with `nonces`, measured by a synced write of this host's."""
        ...

    async def list_files(self, pool: WantedPool, now: datetime) -> PoolFiles:
        """The first of its files, by path."""
        ...

    async def let_go(self, pool: WantedPool, *, wipe: bool) -> None:
        """Leave nothing of this host there; with `wipe` nothing of the pool. Safe to repeat."""
        ...


class PoolBook(Protocol):
    """What this host keeps of its pools for good."""

    def read(self) -> Mapping[PoolUid, PoolMemory]:
        """All that is kept."""
        ...

    async def write(self, memories: Mapping[PoolUid, PoolMemory]) -> None:
        """Keep exactly these; on disk when it returns. Raises OSError."""
        ...


class Assignments(Protocol):
    """The pools that this host shall have, as the guardian was told."""

    def read(self) -> AssignedPools:
        """The newest list; what was known last while it cannot be read."""
        ...


class PoolOwner(Protocol):
    """The service that owns storage pools."""

    async def report(
        self, standing: Standing, pools: Sequence[ObservedPool], *, full: bool, state_hash: str
    ) -> bool:
        """Tell it what is seen; return whether it wants everything. Raises Refusal; repeating is
        safe."""
        ...
