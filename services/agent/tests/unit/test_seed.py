"""The seed as cloud-init finds it."""

import io

import pycdlib

from qvdc_agent.adapters.seed import seed_image
from qvdc_agent.domain.machine import Seed


def read(image: bytes, name: str) -> str:
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(image))
    content = io.BytesIO()
    iso.get_file_from_iso_fp(content, joliet_path=f"/{name}")
    iso.close()
    return content.getvalue().decode()


def test_a_seed_says_what_it_was_given() -> None:
    image = seed_image("web-1", Seed("instance-id: x\n", "#cloud-config\nü", "version: 2\n"))

    assert image[0x8028:0x8048].rstrip() == b"cidata"
    assert read(image, "meta-data") == "instance-id: x\n"
    assert read(image, "user-data") == "#cloud-config\nü"
    assert read(image, "network-config") == "version: 2\n"


def test_without_meta_data_the_machine_is_named() -> None:
    assert "local-hostname: web-1" in read(seed_image("web-1", Seed()), "meta-data")
