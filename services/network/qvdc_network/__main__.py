"""`qvdc-network`: one copy of the network service."""

import asyncio

from qvdc_network.app import run
from qvdc_network.settings import Settings
from qvdc_obs.logs import configure


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings()  # type: ignore[call-arg]  # the environment gives what is missing
    configure("network", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
