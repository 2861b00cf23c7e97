"""What long runs saw, kept below build/soak: figures and seeds, for whoever looks afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build/soak"


def tell(name: str, facts: Mapping[str, Any]) -> None:
    """Write `facts` down under `name`, over those of an earlier run."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(facts, indent=1))
