"""Wanted and observed states as JSON text, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any

from qvdc_agent.domain.machine import (
    DEFAULT_GRACE_SECONDS,
    BaseImage,
    Digest,
    Disk,
    Firmware,
    ImageFormat,
    MachineUid,
    Nic,
    Power,
    Response,
    Seed,
    WantedMachine,
)
from qvdc_agent.domain.observation import (
    MachineState,
    Observation,
    ObservedMachine,
    Problem,
    Unmanaged,
)


def wanted_to_text(wanted: WantedMachine) -> str:
    """Write a wanted state; it may hold secrets."""
    return json.dumps(asdict(wanted), default=_plain)


def wanted_from_text(text: str) -> WantedMachine:
    """Read what `wanted_to_text` wrote; fields of a newer version are left out."""
    found = json.loads(text)
    seed = found.get("seed")
    return WantedMachine(
        uid=MachineUid(found["uid"]),
        vm_id=found["vm_id"],
        generation=found["generation"],
        run_epoch=found["run_epoch"],
        power=Power(found["power"]),
        absent=found["absent"],
        vcpu_count=found["vcpu_count"],
        memory_bytes=found["memory_bytes"],
        disks=tuple(_disk(each) for each in found["disks"]),
        nics=tuple(Nic(each["port_uid"], each["mac"], each["mtu"]) for each in found["nics"]),
        seed=Seed(**seed) if seed is not None else None,
        firmware=Firmware(found["firmware"]),
        protected=found["protected"],
        isolation=Response(found.get("isolation", Response.POWER_OFF.value)),
        grace_seconds=float(found.get("grace_seconds", DEFAULT_GRACE_SECONDS)),
    )


def observed_to_text(observed: ObservedMachine) -> str:
    """Write what was told of a machine."""
    return json.dumps(asdict(observed), default=_plain)


def observed_from_text(text: str) -> ObservedMachine:
    """Read what `observed_to_text` wrote."""
    found = json.loads(text)
    told = found["observation"]
    problem = told.pop("problem")
    unmanaged = told.pop("unmanaged", None)
    return ObservedMachine(
        uid=MachineUid(found["uid"]),
        observation=Observation(
            **{**told, "state": MachineState(told["state"])},
            problem=Problem(**problem) if problem is not None else None,
            unmanaged=Unmanaged(**unmanaged) if unmanaged is not None else None,
        ),
        change_count=found["change_count"],
        since=datetime.fromisoformat(found["since"]),
        observed=datetime.fromisoformat(found["observed"]),
    )


def _disk(found: dict[str, Any]) -> Disk:
    base = found["base"]
    return Disk(
        disk_id=found["disk_id"],
        size_bytes=found["size_bytes"],
        pool=found["pool"],
        base=None if base is None else _base(base),
        boot_index=found["boot_index"],
    )


def _base(found: dict[str, Any]) -> BaseImage:
    return BaseImage(
        digest=Digest(found["digest"]),
        format=ImageFormat(found["format"]),
        size_bytes=found["size_bytes"],
        virtual_size_bytes=found["virtual_size_bytes"],
        urls=tuple(found["urls"]),
        ticket=found["ticket"],
    )


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no plain form of {type(value).__name__}")
