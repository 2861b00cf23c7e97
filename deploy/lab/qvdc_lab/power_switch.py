"""What a lab host runs to restart itself or to turn itself off.

A real host's system ends its own processes; here the lab does that from outside. The command starts
inside the host, goes over to the namespaces of the host's watchdog, and calls the lab from there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qvdc_lab.lab import lab_in
from qvdc_lab.supervise import alive_pid

VERBS = {"reboot": "reboot", "off": "power-loss"}


def main() -> None:
    """Act as the command line says: the lab's run folder, the host's name, reboot or off."""
    run_folder, name, verb = sys.argv[1:]
    host = lab_in(Path(run_folder)).host(name)
    outside = alive_pid(host.folders.daemons / "watchdog.pid")
    if outside is None:
        sys.exit(f"{name} has no watchdog: nobody is outside to do it")
    entering = ["nsenter", "-t", str(outside), "-m", "-n", "-u", "-r", "-w", "--"]
    lab = [sys.executable, "-m", "qvdc_lab", "host", VERBS[verb], name]
    os.execvpe(  # noqa: S606 - it takes this process over
        entering[0], [*entering, *lab], {**os.environ, "QVDC_RUN_DIR": run_folder}
    )


if __name__ == "__main__":
    main()
