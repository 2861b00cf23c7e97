"""Starts the guardian of a host."""

import asyncio
import os
import sys

from qvdc_agent.guardian.app import run
from qvdc_agent.guardian.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Run the guardian with the settings of the environment, until SIGTERM."""
    settings = Settings.read(os.environ)
    configure("guardian", level=settings.log_level)
    sys.exit(asyncio.run(run(settings)))


if __name__ == "__main__":
    main()
