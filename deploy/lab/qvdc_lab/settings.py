"""What the environment says about a lab; read once, in __main__."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Settings:
    """One lab's settings.

    Args:
        run_folder: QVDC_RUN_DIR, where the lab keeps its state; .run in the checkout by default,
            so that a clone carries its lab with it.
        host_count: QVDC_LAB_HOSTS, how many hypervisor hosts; two by default, the smallest
            number between which a machine can move.
    """

    run_folder: Path
    host_count: int

    @staticmethod
    def read(environment: Mapping[str, str]) -> Settings:
        """Return the settings that `environment` holds."""
        return Settings(
            run_folder=Path(environment.get("QVDC_RUN_DIR") or CHECKOUT / ".run").resolve(),
            host_count=int(environment.get("QVDC_LAB_HOSTS") or 2),
        )
