"""Progress for a person: one line per step, with how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Teller:
    """Writes steps to a console as they begin and end."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """Tell that `what` goes on, and when it is done; words put into the list are added."""
        notes: list[str] = []
        began = time.monotonic()
        with self.console.status(f"{what} ..."):
            yield notes
        took = time.monotonic() - began
        added = f": {', '.join(notes)}" if notes else ""
        self.console.print(f"[green]✓[/] {what}{added} [dim]({took:.1f} s)[/]", highlight=False)

    def say(self, text: str) -> None:
        """Write one line."""
        self.console.print(text, highlight=False, soft_wrap=True)
