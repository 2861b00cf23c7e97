"""`quantix-node reset-identity`: what mends a copy of a host."""

import time
import uuid

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import BOOT_ID, machine_uuid
from qvdc_agent.guardian.joining import Joining, write_joining
from qvdc_agent.host_verbs.refused import VerbRefused
from qvdc_agent.host_verbs.running import guarded, machine_count


def reset_identity(places: Places) -> str:
    """Make this host a new one: another uuid, another key at its next join.

    What the agent was told of machines is set aside, not deleted: it was meant for the host that
    this one is a copy of. Disks stay. Interrupted, it is safe to repeat.

    Raises:
        VerbRefused: machines run here; nothing was changed.
    """
    running = machine_count(places, time.clock_gettime(time.CLOCK_BOOTTIME))
    running = max(running, len(guarded(places, BOOT_ID.read_text().strip())))
    if running:
        raise VerbRefused(
            f"{running} machines run here: their owners would lose them. Shut them down first."
        )
    before = machine_uuid(places)
    write_joining(places.join, Joining(left=True))
    for path in (places.certificate, places.ca, places.control_plane, places.key):
        path.unlink(missing_ok=True)
    for path in (places.member_set, places.promises, places.assigned_pools, places.pool_book):
        path.unlink(missing_ok=True)
    aside = _set_aside(places, before)
    after = str(uuid.uuid4())
    write_whole(places.machine_uuid, f"{after}\n".encode(), mode=0o644)
    places.session.unlink(missing_ok=True)
    kept = f" What it knew of machines is kept in {aside}." if aside else ""
    return (
        f"This host was {before} and is {after} now.{kept} Guardian and agent start anew by"
        " themselves; join it with quantix-node join."
    )


def _set_aside(places: Places, uid: str) -> str:
    aside = places.database.with_name(f"agent-{uid}.db")
    for suffix in ("", "-wal", "-shm"):
        file = places.database.with_name(places.database.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return str(aside) if aside.exists() else ""
