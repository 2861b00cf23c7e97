"""Hosts of a crowd that beat in processes of their own, so that their processor time is theirs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HOSTS_IN_A_PROCESS = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What happened since it was asked last.

    Args:
        hosts: which hosts were acknowledged.
        took: seconds that each acknowledged beat took.
        silent: beats that nobody answered in time.
    """

    hosts: frozenset[str]
    took: list[float]
    silent: int


class Beaters:
    """Beating processes that share a range of a crowd's hosts."""

    def __init__(self, parts: list[subprocess.Popen[str]]) -> None:
        self._parts = parts

    def told(self) -> Told:
        """Ask every process what happened since the last question."""
        hosts, silent, took = set[str](), 0, list[float]()
        for part in self._parts:
            assert part.stdin is not None
            part.stdin.write("\n")
            part.stdin.flush()
            said = json.loads(line_of(part))
            hosts.update(said["hosts"])
            silent += said["silent"]
            took += said["took"]
        return Told(frozenset(hosts), took, silent)

    def freeze(self) -> None:
        """Let all hosts fall silent with their connections open."""
        for part in self._parts:
            part.send_signal(signal.SIGSTOP)


@contextmanager
def beating(crowd: Path, address: str, first: int, end: int) -> Iterator[Beaters]:
    """Let the hosts from `first` up to `end`, which joined, beat at `address`."""
    with ExitStack() as stack:
        parts = []
        for begin in range(first, end, HOSTS_IN_A_PROCESS):
            count = min(HOSTS_IN_A_PROCESS, end - begin)
            wanted = (str(crowd), str(begin), str(count), address)
            parts.append(stack.enter_context(running("beating", *wanted)))
        yield Beaters(parts)


@contextmanager
def running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module of the benchmarks as a process with pipes."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
