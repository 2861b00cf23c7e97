"""What makes a good machine: every rule broken is named at once."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qvdc_core.errors import FieldViolation, InvalidField
from qvdc_core.units import MIB
from qvdc_vm.domain.protection import AS_USUAL, RestartWish
from qvdc_vm.domain.state import Verb
from qvdc_vm.domain.values import MIN_MEMORY_BYTES, OWN_FOLDER, Disk, MachineUid, PowerWish, Spec
from qvdc_vm.domain.virtual_machine import VirtualMachine, Work, settle

MAX_USER_DATA_BYTES = 64 * 1024
_MULTICAST = re.compile(r"^.[13579bdf]:")
_POOL_NAME = re.compile(r"^storage-pools/[a-z0-9-]{1,63}$")
_NODE_NAME = re.compile(r"^nodes/[a-z0-9-]{1,63}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A machine as somebody asks for it.

    Args:
        user_data: raw user-data; a secret that is stored apart and never shown.
    """

    spec: Spec
    display_name: str = ""
    description: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    delete_protection: bool = False
    restart: RestartWish = AS_USUAL
    user_data: str = field(default="", repr=False)


def completed(draft: Draft) -> Draft:
    """`draft` with its defaults: disk ids by position.

    Raises:
        InvalidField: with every rule that it breaks.
    """
    named = tuple(
        replace(disk, disk_id=disk.disk_id or f"disk{position}")
        for position, disk in enumerate(draft.spec.disks)
    )
    spec = replace(draft.spec, disks=named)
    violations = [*_spec_violations(spec), *_text_violations(draft)]
    if violations:
        refusal = InvalidField(violations[0].field, violations[0].description)
        refusal.fields = tuple(violations)
        raise refusal
    cloud_init = replace(spec.cloud_init, user_data_set=bool(draft.user_data))
    return replace(draft, spec=replace(spec, cloud_init=cloud_init))


def created(
    draft: Draft,
    *,
    uid: MachineUid,
    machine_id: str,
    operation: str,
    start: bool,
    actor: str,
    now: datetime,
    within: timedelta,
) -> VirtualMachine:
    """The machine that a completed `draft` becomes, with the work of making it.

    Args:
        start: run it as soon as it is made.
        within: how long its creation waits for what is on its way.
    """
    machine = VirtualMachine(
        uid=uid,
        id=machine_id,
        spec=draft.spec,
        create_time=now,
        update_time=now,
        updated_by=actor,
        display_name=draft.display_name or machine_id,
        description=draft.description,
        labels=draft.labels,
        notes=draft.notes,
        delete_protection=draft.delete_protection,
        restart=draft.restart,
        power_wish=PowerWish.ON if start else PowerWish.OFF,
        work=Work(verb=Verb.CREATE, operation=operation, start_time=now, deadline=now + within),
        run_epoch=1 if start else 0,
        state_time=now,
    )
    return settle(machine, now)


def _spec_violations(spec: Spec) -> Iterator[FieldViolation]:
    if not spec.cluster:
        yield _broken("cluster", "is required")
    if spec.memory_bytes < MIN_MEMORY_BYTES or spec.memory_bytes % MIB:
        yield _broken("memory_bytes", "must be a multiple of 1 MiB, at least 128 MiB")
    ids = Counter(disk.disk_id for disk in spec.disks)
    for position, disk in enumerate(spec.disks):
        yield from _disk_violations(position, disk, twice=ids[disk.disk_id] > 1)
    macs = Counter(nic.mac for nic in spec.nics if nic.mac)
    for position, nic in enumerate(spec.nics):
        if macs[nic.mac] > 1:
            yield _broken(f"nics[{position}].mac", "is used twice")
        if _MULTICAST.match(nic.mac):
            yield _broken(f"nics[{position}].mac", "is a multicast address")
    required, excluded = set(spec.wishes.required_nodes), set(spec.wishes.excluded_nodes)
    for node in sorted(required & excluded):
        yield _broken("placement.required_nodes", f"{node} is excluded too")
    for node in sorted(required | excluded):
        if not _NODE_NAME.match(node):
            yield _broken("placement", f"{node!r} must look like nodes/ID")


def _disk_violations(position: int, disk: Disk, *, twice: bool) -> Iterator[FieldViolation]:
    path = f"disks[{position}]"
    if twice:
        yield _broken(f"{path}.disk_id", f"{disk.disk_id} is used twice")
    if disk.size_bytes % MIB:
        yield _broken(f"{path}.size_bytes", "must be a multiple of 1 MiB")
    if not disk.size_bytes and not disk.image:
        yield _broken(f"{path}.size_bytes", "is required for a disk without image")
    if disk.pool not in ("", OWN_FOLDER) and not _POOL_NAME.match(disk.pool):
        yield _broken(f"{path}.pool", "must look like storage-pools/ID, or be local")


def _text_violations(draft: Draft) -> Iterator[FieldViolation]:
    if len(draft.user_data.encode()) > MAX_USER_DATA_BYTES:
        yield _broken("cloud_init.user_data", "must be at most 64 KiB")
    for position, key in enumerate(draft.spec.cloud_init.ssh_authorized_keys):
        if not key.strip() or any(ord(letter) < 32 for letter in key):
            yield _broken(f"cloud_init.ssh_authorized_keys[{position}]", "must be one line of text")


def _broken(field_name: str, why: str) -> FieldViolation:
    return FieldViolation(f"virtual_machine.{field_name}", why)
