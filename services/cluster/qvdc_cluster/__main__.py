"""Run the cluster service until SIGTERM."""

import asyncio

from qvdc_cluster.app import run
from qvdc_cluster.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Read the settings and serve."""
    settings = Settings()  # type: ignore[call-arg]  # its fields come from the environment
    configure("cluster", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
