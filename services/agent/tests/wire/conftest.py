"""The node service as a guardian meets it, with the test's own decisions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qvdc_testing.pki import Pki
from tests.doubles.node_service import ControlPlane, Decided, serving_node


@pytest.fixture
async def control_plane(pki: Pki, tmp_path: Path) -> AsyncIterator[ControlPlane]:
    """A running node service double."""
    async with serving_node(pki, tmp_path) as control_plane:
        yield control_plane


@pytest.fixture
def decided() -> type[Decided]:
    """Refusals that a test decides on."""
    return Decided
