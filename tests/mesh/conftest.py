from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.mesh.site import Site, installed_site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests that leave it as they found it; every service runs, once."""
    with installed_site(tmp_path_factory.mktemp("site")) as site:
        site.start_all()
        site.wait_ready()
        site.node = site.join_host("walked")
        yield site


@pytest.fixture
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of one test: the stores run, no service does."""
    with installed_site(tmp_path_factory.mktemp("site")) as site:
        yield site
