"""Changing what does not touch the guest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_core.errors import FieldViolation, InvalidField
from qvdc_vm.domain.protection import RestartPolicy, RestartWish
from qvdc_vm.domain.values import Disk, Nic, Spec
from qvdc_vm.domain.virtual_machine import VirtualMachine

IMMUTABLE = frozenset(
    {"cluster", "vcpu_count", "memory_bytes", "disks", "nics", "firmware", "cloud_init"}
    | {"placement"}
)
"""Paths that are fixed at creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody wants changed; None leaves a field as it is.

    Args:
        fixed: masked paths that are immutable; they must say what is stored.
        spec: what those paths say.
        user_data_given: raw user-data was sent, which cannot be changed.
    """

    display_name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] | None = None
    notes: str | None = None
    delete_protection: bool | None = None
    auto_restart: bool | None = None
    restart_policy: RestartPolicy | None = None
    fixed: frozenset[str] = frozenset()
    spec: Spec | None = None
    user_data_given: bool = False


def changed(
    machine: VirtualMachine, change: Change, *, actor: str, now: datetime
) -> VirtualMachine:
    """Return `machine` with `change`, one generation on; the same one if nothing differs.

    Raises:
        InvalidField: an immutable field would change, or the display name be empty.
    """
    _refuse_fixed(machine, change)
    if change.display_name == "":
        raise InvalidField("virtual_machine.display_name", "must not be empty")
    wanted = replace(
        machine,
        display_name=_or(change.display_name, machine.display_name),
        description=_or(change.description, machine.description),
        labels=dict(machine.labels if change.labels is None else change.labels),
        notes=_or(change.notes, machine.notes),
        delete_protection=(
            machine.delete_protection
            if change.delete_protection is None
            else change.delete_protection
        ),
        restart=_restart(machine.restart, change),
    )
    if wanted == machine:
        return machine
    return replace(wanted, generation=machine.generation + 1, update_time=now, updated_by=actor)


def _restart(stored: RestartWish, change: Change) -> RestartWish:
    auto = stored.auto_restart if change.auto_restart is None else change.auto_restart
    return RestartWish(auto_restart=auto, policy=change.restart_policy or stored.policy)


def _or(given: str | None, stored: str) -> str:
    return stored if given is None else given


def _refuse_fixed(machine: VirtualMachine, change: Change) -> None:
    spec = change.spec
    wrong = [
        path
        for path in sorted(change.fixed)
        if spec is None or not _same(path, spec, machine.spec, change)
    ]
    if wrong:
        refusal = InvalidField(f"virtual_machine.{wrong[0]}", "is fixed at creation")
        refusal.fields = tuple(
            FieldViolation(f"virtual_machine.{path}", "is fixed at creation", "IMMUTABLE")
            for path in wrong
        )
        raise refusal


def _same(path: str, given: Spec, stored: Spec, change: Change) -> bool:
    match path:
        case "disks":
            return len(given.disks) == len(stored.disks) and all(
                _same_disk(disk, kept, position)
                for position, (disk, kept) in enumerate(zip(given.disks, stored.disks, strict=True))
            )
        case "nics":
            return [_nic(nic) for nic in given.nics] == [_nic(nic) for nic in stored.nics]
        case "cloud_init":
            kept = replace(stored.cloud_init, user_data_set=False)
            return not change.user_data_given and given.cloud_init == kept
        case "placement":
            return given.wishes == stored.wishes
        case _:
            return bool(getattr(given, path) == getattr(stored, path))


def _same_disk(given: Disk, stored: Disk, position: int) -> bool:
    named = replace(given, disk_id=given.disk_id or f"disk{position}")
    # What was read shows the size that follows from the image.
    shown = replace(stored, base=None, size_bytes=stored.effective_size_bytes)
    return named in (shown, replace(stored, base=None))


def _nic(nic: Nic) -> Nic:
    return replace(nic, port=None)
