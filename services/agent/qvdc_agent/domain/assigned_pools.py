"""The storage pools of a host as one version, which the guardian keeps and the agent reads.

One file in the state folder, replaced as a whole before the host says that it holds it. Standard
library only: the guardian stays small.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from qvdc_agent.domain.pool import PoolUid, WantedPool


@dataclass(frozen=True, slots=True)
class AssignedPools:
    """All pools of a host; none means none."""

    site_term: int = 0
    generation: int = 0
    pools: tuple[WantedPool, ...] = ()

    def newer_than(self, other: "AssignedPools") -> bool:
        """Whether it replaces `other`."""
        return (self.site_term, self.generation) > (other.site_term, other.generation)

    def to_text(self) -> str:
        """The version as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "AssignedPools":
        """Read what `to_text` wrote, by this version or a newer one.

        Raises:
            ValueError: it is no such list.
        """
        found = json.loads(text)
        try:
            pools = tuple(wanted_pool(each) for each in found["pools"])
            return cls(int(found["site_term"]), int(found["generation"]), pools)
        except (KeyError, TypeError) as error:
            raise ValueError("not a list of pools") from error


def wanted_pool(found: Mapping[str, object]) -> WantedPool:
    """Read one pool; what a newer version added is left out.

    Raises:
        KeyError, TypeError: it is no pool.
    """
    known = {key: value for key, value in found.items() if key in WantedPool.__slots__}
    return WantedPool(**{**known, "uid": PoolUid(str(found["uid"]))})  # type: ignore[arg-type]  # read from JSON that `to_text` wrote
