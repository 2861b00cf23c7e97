"""`qvdc-node`: one copy of the node service."""

import asyncio

from qvdc_node.app import run
from qvdc_node.settings import Settings
from qvdc_obs.logs import configure
from qvdc_obs.native import NativeLines


def main() -> None:
    """Run until SIGTERM."""
    native = NativeLines()  # first: it takes over stderr
    settings = Settings()  # type: ignore[call-arg]  # the environment gives what is missing
    configure("node", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings, native))


if __name__ == "__main__":
    main()
