"""Where a reader of the outbox stands."""

from dataclasses import dataclass
from typing import Self

from qvdc_core.errors import InvalidField


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """After the row `(xid, id)` of site term `term`; its text is the resume token."""

    term: int
    xid: int
    id: int

    @classmethod
    def parse(cls, token: str) -> Self:
        """Read a resume token.

        Raises:
            InvalidField: it is none.
        """
        parts = token.split(".")
        if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
            raise InvalidField("resume_token", "is not a resume token")
        return cls(*(int(part) for part in parts))

    def __str__(self) -> str:
        return f"{self.term}.{self.xid}.{self.id}"
