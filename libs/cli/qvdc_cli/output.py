"""Output: tables for people; JSON, YAML and names for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.text import Text

GOOD = frozenset(
    "READY RUNNING HEALTHY ACTIVE SUCCEEDED TRUE RECEIVED ONLINE UP yes".split()  # noqa: SIM905
)
BAD = frozenset(
    "ERROR FAILED CRITICAL OFFLINE FENCED CRASHED LOST UNKNOWN FALSE EXPIRED".split()  # noqa: SIM905
)
QUIET = frozenset("STOPPED CANCELLED TERMINATED - no".split())  # noqa: SIM905
GAP = "   "
STREAM_WIDTH = 12
"""Least width of a cell of a stream, whose later rows are not known."""


class Format(StrEnum):
    """How to write results."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one line of a detail view.

    Args:
        value: text of the cell.
        state: the text is a state, shown in its colour.
        right: numbers stand right.
    """

    title: str
    value: Callable[[Any], str]
    state: bool = False
    right: bool = False


class Output:
    """Writes results to standard output and remarks to standard error."""

    def __init__(self, format_: Format, *, quiet: bool = False) -> None:
        self.format = format_
        self.quiet = quiet
        self.out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self.err = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def rows(self, messages: Iterable[Message], columns: Sequence[Column]) -> None:
        """Write a list; an empty table says so on standard error."""
        found = list(messages)
        if self.format is Format.TABLE:
            if not found:
                self.remark("Nothing found.")
                return
            self._table(found, columns)
        elif self.format is Format.NAME:
            self._names(found)
        else:
            self._data([plain(each) for each in found])

    def one(self, message: Message, lines: Sequence[Column]) -> None:
        """Write one resource: its details, or its data."""
        if self.format is Format.TABLE:
            self._details(message, lines)
        elif self.format is Format.NAME:
            self._names([message])
        else:
            self._data(plain(message))

    def item(self, message: Message, columns: Sequence[Column], *, mark: str = "") -> None:
        """Write one item of a stream in one line (YAML: one document)."""
        if self.format is Format.TABLE:
            line = Text.assemble((f"{mark:<9}", "dim") if mark else "")
            cells = [_cell(column, message) for column in columns]
            for cell, column in zip(cells[:-1], columns, strict=False):
                cell.pad_right(max(0, max(len(column.title), STREAM_WIDTH) - cell.cell_len))
            self.out.print(line + Text(GAP).join(cells))
        elif self.format is Format.NAME:
            self._names([message])
        elif self.format is Format.JSON:
            self._write(json.dumps(plain(message), ensure_ascii=False))
        else:
            self._write("---\n" + yaml.safe_dump(plain(message), sort_keys=False).rstrip())
        self.out.file.flush()

    def done(self, text: str, message: Message | None = None) -> None:
        """Say what was done; programs get the resource instead."""
        if self.format is Format.TABLE or message is None:
            self.remark(text)
        elif self.format is Format.NAME:
            self._names([message])
        else:
            self._data(plain(message))

    def text(self, text: str) -> None:
        """Write text as it is."""
        self._write(text)

    def remark(self, text: str) -> None:
        """Tell people something, beside the results."""
        if not self.quiet:
            self.err.print(Text(text))

    def _table(self, found: Sequence[Message], columns: Sequence[Column]) -> None:
        cells = [[_cell(column, each) for column in columns] for each in found]
        titles = [Text(column.title, style="bold") for column in columns]
        widths = [max(row[i].cell_len for row in [titles, *cells]) for i in range(len(columns))]
        for row in [titles, *cells]:
            line = Text()
            for i, (cell, column) in enumerate(zip(row, columns, strict=True)):
                padding = " " * (widths[i] - cell.cell_len)
                line += Text(padding) + cell if column.right else cell + Text(padding)
                line += Text(GAP if i < len(columns) - 1 else "")
            line.rstrip()
            self.out.print(line)

    def _details(self, message: Message, lines: Sequence[Column]) -> None:
        width = max(len(line.title) for line in lines)
        for line in lines:
            cell = _cell(line, message)
            if cell.plain:
                title = (f"{line.title:<{width}}{GAP}", "dim")
                indent = "\n" + " " * (width + len(GAP))
                shown = Text(cell.plain.replace("\n", indent), style=cell.style)
                self.out.print(Text.assemble(title, shown))

    def _names(self, found: Sequence[Message]) -> None:
        for each in found:
            self._write(str(getattr(each, "name", "") or _first_text(each)))

    def _data(self, data: object) -> None:
        if self.format is Format.JSON:
            self._write(json.dumps(data, indent=2, ensure_ascii=False))
        else:
            self._write(yaml.safe_dump(data, sort_keys=False, allow_unicode=True).rstrip())

    def _write(self, text: str) -> None:
        self.out.print(Text(text), end="\n")


def plain(message: Message) -> dict[str, Any]:
    """A message as its JSON mapping."""
    found: dict[str, Any] = MessageToDict(message)
    return found


def styled(text: str) -> Text:
    """A state in its colour."""
    if text in GOOD:
        return Text(text, style="green")
    if text in BAD:
        return Text(text, style="red")
    return Text(text, style="dim" if text in QUIET else "yellow")


def _cell(column: Column, message: Message) -> Text:
    text = column.value(message)
    return styled(text) if column.state else Text(text)


def _first_text(message: Message) -> str:
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING and isinstance(value, str):
            return value
    return ""
