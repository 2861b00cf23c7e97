"""Starts the agent of a host."""

import asyncio

from qvdc_agent.app import run
from qvdc_agent.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Run the agent with the settings of the environment, until SIGTERM."""
    settings = Settings()
    configure("agent", level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
