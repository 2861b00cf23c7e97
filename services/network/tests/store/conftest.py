"""A site on a real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from qvdc_core.clock import ManualClock
from qvdc_testing.postgresql import TestDatabase
from tests.network_testing.stores import Site, site_on


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
async def site(postgresql: TestDatabase, clock: ManualClock) -> AsyncIterator[Site]:
    """A site on an empty database."""
    async with site_on(postgresql, clock) as site:
        yield site
