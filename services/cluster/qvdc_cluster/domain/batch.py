"""What an owner told at once."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from qvdc_core.event import WatchItem, WatchKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Items of a Watch stream in their order; a `snapshot` holds every resource there is."""

    items: tuple[WatchItem[T], ...]
    snapshot: bool = False

    @property
    def token(self) -> str:
        """Where to go on after it."""
        return self.items[-1].token

    @property
    def silent(self) -> bool:
        """Whether it holds heartbeats alone."""
        return all(item.kind is WatchKind.HEARTBEAT for item in self.items)

    def told(self) -> list[T]:
        """The resources it carries, in order."""
        return [item.value for item in self.items if item.value is not None]

    def gone(self) -> list[str]:
        """Uids of resources that were deleted."""
        return [item.uid for item in self.items if item.kind is WatchKind.DELETED]
