"""What store, wire and OVN tests share."""

from collections.abc import Iterator

import pytest

from tests.network_testing.ovn import OvnCentral


@pytest.fixture
def central() -> Iterator[OvnCentral]:
    """A real, started OVN central."""
    central = OvnCentral()
    try:
        central.start()
        yield central
    finally:
        central.remove()
