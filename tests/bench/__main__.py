"""`make bench [NAME=...]`: every figure beside its floor, measured in the same run.

The machine is noisy and shared, so a figure alone says little; its ratio to a floor that was
measured between the same two breaths says what our own code costs.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.bench import heartbeats, wire
from tests.bench.figure import Figure

from qvdc_obs.logs import configure

BENCHMARKS: dict[str, Callable[[], Coroutine[Any, Any, list[Figure]]]] = {
    "wire": wire.measure,
    "heartbeats": heartbeats.measure,
}
OUT = pathlib.Path(__file__).parents[2] / "build/bench"


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; return the exit status."""
    unknown = set(arguments) - set(BENCHMARKS)
    if unknown:
        known = ", ".join(BENCHMARKS)
        sys.stderr.write(f"no benchmark is called {', '.join(unknown)}; there are: {known}\n")
        return 2
    configure("bench")
    for name in arguments or BENCHMARKS:
        figures = asyncio.run(BENCHMARKS[name]())
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{name}.json").write_text(json.dumps([each.record() for each in figures], indent=1))
        Console().print(_table(name, figures))
    return 0


def _table(name: str, figures: list[Figure]) -> Table:
    table = Table(title=name)
    for column, right in (("figure", False), ("value", True), ("floor", True), ("ratio", True)):
        table.add_column(column, justify="right" if right else "left")
    for each in figures:
        unit = each.unit
        table.add_row(
            f"{each.name} ({each.better} is better)",
            f"{each.value:,.1f} {unit}",
            f"{each.floor:,.1f} {unit}",
            f"{each.ratio:.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
