"""A part of the crowd in a process of its own.

`python -m tests.bench.beating FOLDER FIRST COUNT ADDRESS`: hosts that joined beat at ADDRESS
until this process is ended. For each line that comes on its standard input it prints how many beats
were answered and how many were not, so far.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.mesh.crowd import Crowd


async def beat(folder: Path, first: int, count: int, address: str) -> None:
    """Beat until standard input ends."""
    crowd = Crowd.kept(folder, first=first, count=count)
    crowd.live(address)
    while await asyncio.to_thread(sys.stdin.readline):
        answered = sum(host.answered for host in crowd.hosts)
        silent = sum(host.silent for host in crowd.hosts)
        sys.stdout.write(f"{answered} {silent}\n")
        sys.stdout.flush()
    await crowd.rest()


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command."""
    folder, first, count, address = arguments
    asyncio.run(beat(Path(folder), int(first), int(count), address))


if __name__ == "__main__":
    main(sys.argv[1:])
