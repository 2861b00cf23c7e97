"""A part of the crowd in a process of its own.

`python -m tests.bench.beating FOLDER FIRST COUNT ADDRESS`: hosts that joined beat at ADDRESS
until this process is ended. For each line that comes on its standard input it prints, since the
last one, how many beats were not answered, how many seconds each of the others took, and whose they
were.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.mesh.crowd import Crowd


async def beat(folder: Path, first: int, count: int, address: str) -> None:
    """Beat until standard input ends."""
    crowd = Crowd.kept(folder, first=first, count=count)
    crowd.live(address)
    told = 0
    while await asyncio.to_thread(sys.stdin.readline):
        took = [each for host in crowd.hosts for each in host.took]
        hosts = [host.uid for host in crowd.hosts if host.took]
        for host in crowd.hosts:
            host.took.clear()
        silent = sum(host.silent for host in crowd.hosts)
        said = {"silent": silent - told, "took": took, "hosts": hosts}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        told = silent
    await crowd.rest()


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command."""
    folder, first, count, address = arguments
    asyncio.run(beat(Path(folder), int(first), int(count), address))


if __name__ == "__main__":
    main(sys.argv[1:])
