"""Counts the changes of a set of things, so that late news of them can be told (HB-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qvdc_core.state_hash import SeenItem, state_hash


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing as it was seen.

    Args:
        state: what is hashed; a word of the contract.
        facts: what else makes a change when it differs.
    """

    state: str
    facts: tuple[object, ...] = ()


@dataclass(slots=True)
class ChangeCounts:
    """What was seen last of each thing, and the total count when it changed last."""

    total: int = 0
    _things: dict[str, tuple[Thing, int]] = field(default_factory=dict)

    def take(self, seen: Mapping[str, Thing]) -> None:
        """Take `seen` as all that there is now."""
        for gone in self._things.keys() - seen.keys():
            del self._things[gone]
            self.total += 1
        for uid, thing in sorted(seen.items()):
            known = self._things.get(uid)
            if known is None or known[0] != thing:
                self.total += 1
                self._things[uid] = (thing, self.total)

    def of(self, uid: str) -> int:
        """The total when this one changed last."""
        return self._things[uid][1]

    def hash(self) -> str:
        """What host and owner compare."""
        return state_hash(
            SeenItem(uid, thing.state, count) for uid, (thing, count) in self._things.items()
        )
