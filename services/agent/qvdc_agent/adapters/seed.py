"""NoCloud seeds: a small ISO labelled cidata that cloud-init reads at the first boot."""

import io
from typing import Any

import pycdlib

from qvdc_agent.domain.machine import Seed

LABEL = "cidata"


def seed_image(vm_id: str, seed: Seed) -> bytes:
    """Return the ISO for `seed`; without meta-data the machine's id names the instance."""
    meta_data = seed.meta_data or f"instance-id: {vm_id}\nlocal-hostname: {vm_id}\n"
    files = {"user-data": seed.user_data, "meta-data": meta_data}
    if seed.network_config:
        files["network-config"] = seed.network_config
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    for name, content in files.items():
        _add(iso, name, content.encode())
    target = io.BytesIO()
    iso.write_fp(target)
    iso.close()
    return target.getvalue()


def _add(iso: Any, name: str, content: bytes) -> None:
    plain = name.replace("-", "").upper()
    iso.add_fp(
        io.BytesIO(content),
        len(content),
        f"/{plain}.;1",
        rr_name=name,
        joliet_path=f"/{name}",
    )
