"""`qvdc-vm`: one copy of the vm service."""

import asyncio

from qvdc_obs.logs import configure
from qvdc_vm.app import run
from qvdc_vm.settings import Settings


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings()  # type: ignore[call-arg]  # the environment gives what is missing
    configure("vm", instance=settings.instance, level=settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
