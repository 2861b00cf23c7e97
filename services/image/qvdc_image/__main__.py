"""Run one copy of the image service."""

import asyncio

from qvdc_image.app import run
from qvdc_image.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Read the settings and serve until SIGTERM."""
    settings = Settings()  # type: ignore[call-arg]  # the environment gives what is missing
    configure("image", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
