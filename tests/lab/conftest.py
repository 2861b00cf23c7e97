"""One lab of bare hosts and one whole site, with names, ports and subnets of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab.site import Site, site_in

from qvdc_lab.guest.image import build_guest_image
from qvdc_lab.lab import Lab, lab_in

NEEDED = ("libvirtd", "qemu-system-x86_64", "ovs-vswitchd", "ovn-controller", "ovn-northd")


def _missing() -> str:
    if os.geteuid() != 0:
        return "the lab needs root"
    absent = [program for program in NEEDED if shutil.which(program) is None]
    return f"the lab needs {', '.join(absent)}" if absent else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the lab's tests where no lab can be; in CI let them fail instead."""
    reason = _missing()
    if not reason or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A folder for one lab's state."""
    with tempfile.TemporaryDirectory(prefix="qvlab-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def lab(run_folder: Path) -> Iterator[Lab]:
    """Two running hosts and their OVN central."""
    if reason := _missing():
        pytest.fail(reason)
    lab = lab_in(run_folder)
    try:
        lab.start_network()
        lab.start_hosts()
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Every service, three hosts, and the demo's machine."""
    if reason := _missing():
        pytest.fail(reason)
    site = site_in(tmp_path_factory.mktemp("site"))
    try:
        site.run_demo()
        yield site
    finally:
        site.lab.down()


@pytest.fixture(scope="session")
def guest_image() -> Path:
    """The bootable test guest, built once per checkout."""
    return build_guest_image(Path(__file__).parents[2] / ".run/guest")
