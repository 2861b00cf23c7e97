"""The token of a leader: every effect carries it and receivers refuse older ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of a turn at leading `loop`; the newer of two is the one with the greater
    (site term, revision).

    Args:
        site_term: raised when PostgreSQL or etcd starts a new life.
        loop: the loop's name; fences of different loops cannot be compared.
        revision: create_revision of the leader key in etcd.
    """

    site_term: int
    loop: str
    revision: int

    def __lt__(self, other: "Fence") -> bool:
        return self._order(other) < other._order(self)

    def __le__(self, other: "Fence") -> bool:
        return self._order(other) <= other._order(self)

    def __gt__(self, other: "Fence") -> bool:
        return self._order(other) > other._order(self)

    def __ge__(self, other: "Fence") -> bool:
        return self._order(other) >= other._order(self)

    def __str__(self) -> str:
        return f"{self.loop}@{self.site_term}.{self.revision}"

    def _order(self, other: "Fence") -> tuple[int, int]:
        if other.loop != self.loop:
            raise ValueError(f"fences of {self.loop} and {other.loop} have no order")
        return (self.site_term, self.revision)
