"""What this host has promised against others, and when it last said *no* to them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence


@dataclass(frozen=True, slots=True)
class Promise:
    """Never to vote again for a host in an incident.

    Args:
        fenced_revision: etcd's revision of the fence that the promise followed.
    """

    node_uid: str
    incident: str
    fenced_revision: int


@dataclass(frozen=True, slots=True)
class OpenIncidents:
    """The open incidents as pairs of incident and node uid, read at etcd's `revision`."""

    revision: int
    incidents: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Promises:
    """Everything promised, and the highest fence seen of each loop; kept durably."""

    given: frozenset[Promise] = frozenset()
    fences: Mapping[str, Fence] = field(default_factory=dict)

    def with_promise(self, promise: Promise, fence: Fence) -> "Promises":
        """Promise, as told by the leader with `fence`. Repeating it changes nothing.

        Raises:
            StaleFence: a newer leader of that loop was seen.
        """
        highest = self.fences.get(fence.loop)
        if highest is not None and fence < highest:
            raise StaleFence(fence.loop, fence, highest)
        return replace(
            self, given=self.given | {promise}, fences={**self.fences, fence.loop: fence}
        )

    def against(self, node_uid: str) -> bool:
        """Whether something is promised against a host."""
        return any(each.node_uid == node_uid for each in self.given)

    def told(self, open_incidents: OpenIncidents) -> "Promises":
        """Drop what is closed: not listed, in a list younger than the promise's fence."""
        kept = frozenset(
            each
            for each in self.given
            if each.fenced_revision > open_incidents.revision
            or (each.incident, each.node_uid) in open_incidents.incidents
        )
        return self if kept == self.given else replace(self, given=kept)


@dataclass(frozen=True, slots=True)
class Noes:
    """When this host last said *no*, by whom it was said to.

    Args:
        began: when the record began; nothing is known from before.
    """

    began: float
    last: Mapping[str, float] = field(default_factory=dict)

    def said(self, asker: str, at: float) -> "Noes":
        """*No* is said to `asker`."""
        return replace(self, last={**self.last, asker: max(at, self.last.get(asker, at))})

    def age(self, asker: str, now: float) -> float:
        """Seconds since the last *no* to `asker`, or since the record began."""
        return max(0.0, now - self.last.get(asker, self.began))
