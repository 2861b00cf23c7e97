"""Runs the door: qvdc-console."""

import asyncio

from qvdc_console.app import run
from qvdc_console.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Read the settings and run until SIGTERM."""
    settings = Settings()  # type: ignore[call-arg]  # pydantic reads the environment
    configure("console", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
