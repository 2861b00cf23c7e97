"""One measured figure and the floor it is judged by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of ours beside `floor`, the least that the same work costs without us."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    floor: float

    @property
    def ratio(self) -> float:
        """Value over floor."""
        return self.value / self.floor

    def record(self) -> dict[str, Any]:
        """Return it as it is written to build/bench."""
        return {**asdict(self), "ratio": self.ratio}
