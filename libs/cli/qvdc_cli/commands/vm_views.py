"""How machines, placements and serial output look."""

import time

from quantix.cluster.v1 import placement_pb2
from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column, Format, Output
from qvdc_cli.run import Run
from qvdc_client.client import pages

LARGEST_PIECE_BYTES = 1024 * 1024
LOOK_EVERY_SECONDS = 1.0

COLUMNS = [
    Column("NAME", lambda v: words.short(v.name)),
    Column("STATE", lambda v: words.enum(v, "state"), state=True),
    Column("CLUSTER", lambda v: words.short(v.cluster)),
    Column("NODE", lambda v: words.short(v.node)),
    Column("ADDRESSES", lambda v: words.joined(v.addresses)),
    Column("VCPUS", lambda v: words.optional(v, "vcpu_count"), right=True),
    Column("MEMORY", lambda v: words.size(v, "memory_bytes"), right=True),
    Column("AGE", lambda v: words.ago(v, "create_time")),
]
DETAILS = [
    Column("Name", lambda v: v.name),
    Column("Display name", lambda v: v.display_name),
    Column("Description", lambda v: v.description),
    Column("Labels", words.labels),
    Column("State", lambda v: words.enum(v, "state"), state=True),
    Column("Since", lambda v: words.ago(v, "state_time")),
    Column("Why", lambda v: v.state_message),
    Column("Conflicts", lambda v: "\n".join(_conflict(each) for each in v.conflicts), state=True),
    Column("Last error", lambda v: f"{v.last_error.reason}: {v.last_error.message}".strip(": ")),
    Column("Wanted power", lambda v: words.enum(v, "power_wish")),
    Column("Cluster", lambda v: words.short(v.cluster)),
    Column("Node", lambda v: words.short(v.node)),
    Column("vCPUs", lambda v: words.optional(v, "vcpu_count")),
    Column("Memory", lambda v: words.size(v, "memory_bytes")),
    Column("Disks", lambda v: "\n".join(_disk(disk) for disk in v.disks)),
    Column("Networks", lambda v: "\n".join(_nic(nic) for nic in v.nics)),
    Column("Addresses", lambda v: words.joined(v.addresses)),
    Column("Firmware", lambda v: words.enum(v, "firmware")),
    Column("Delete protection", lambda v: "yes" if v.delete_protection else "no"),
    Column("HA", lambda v: _protection(v)),
    Column("Restart policy", lambda v: words.enum(v, "restart_policy")),
    Column("Starts", lambda v: str(v.run_epoch)),
    Column("Operation", lambda v: v.operation),
    Column("Seen", lambda v: words.ago(v, "observe_time") + (", stale" if v.stale else "")),
    Column("Notes", lambda v: v.notes),
    Column("Created", lambda v: words.ago(v, "create_time")),
    Column("Uid", lambda v: v.uid),
    Column("Etag", lambda v: v.etag),
]
UNMANAGED = [
    Column("UID", lambda v: v.uid),
    Column("DOMAIN", lambda v: v.domain_name),
    Column("NODE", lambda v: words.short(v.node)),
    Column("STATE", lambda v: words.enum(v, "state"), state=True),
    Column("CAUSE", lambda v: v.cause),
    Column("ORIGIN", lambda v: words.enum(v, "origin")),
    Column("MACHINE", lambda v: words.short(v.virtual_machine)),
    Column("SEEN", lambda v: words.ago(v, "observe_time") + (", stale" if v.stale else "")),
]
VERDICTS = [
    Column("NODE", lambda h: words.short(h.node)),
    Column("FITS", lambda h: "yes" if h.fits else "no", state=True),
    Column("SCORE", lambda h: f"{h.score:.2f}" if h.fits else words.NOTHING, right=True),
    Column("WHY NOT", lambda h: "; ".join(o.message or o.reason for o in h.obstacles)),
]


def placement(output: Output, plan: placement_pb2.PlacementPlan) -> None:
    """Write a plan: the chosen host and every host's verdict."""
    if output.format is not Format.TABLE:
        output.one(plan, [])
        return
    age = f"as known {plan.projection_age_seconds} s ago" + (", stale" if plan.stale else "")
    chosen = f"Runs on {words.short(plan.node)}" if plan.node else "No host can take it"
    output.remark(f"{chosen}, {age}.")
    output.rows(plan.verdicts, VERDICTS)


def unmanaged(run: Run, node: str, limit: int) -> None:
    """List what hosts have beside their machines, of one node or of all."""
    method = run.client.vms.list_unmanaged_machines
    request = pb.ListUnmanagedMachinesRequest(node=node)
    run.output.rows(pages(method, request, items="unmanaged_machines", limit=limit), UNMANAGED)


def serial(run: Run, name: str, tail_bytes: int, *, follow: bool) -> None:
    """Write the end of a machine's serial output; with `follow` go on for ever."""
    limit = min(tail_bytes, LARGEST_PIECE_BYTES)
    log = _piece(run, name, 0, limit)
    if run.output.format is not Format.TABLE:
        run.output.one(log, [])
        return
    run.output.text(log.text.rstrip("\n"))
    while follow:
        time.sleep(LOOK_EVERY_SECONDS)
        log = _piece(run, name, log.size_bytes, LARGEST_PIECE_BYTES)
        if log.text:
            run.output.out.print(log.text, end="", markup=False, highlight=False)


def _piece(run: Run, name: str, offset: int, limit: int) -> pb.SerialLog:
    request = pb.GetSerialLogRequest(name=name, offset_bytes=offset, limit_bytes=limit)
    return run.client.vms.get_serial_log(request)


def _protection(machine: pb.VirtualMachine) -> str:
    held = machine.protection
    if not held.protected:
        return f"not protected: {held.reason}"
    return f"protected, {words.enum(held, 'isolation_response')} when its host is cut off"


def _disk(disk: pb.VirtualDisk) -> str:
    source = f" from {words.short(disk.image)}" if disk.image else ""
    pool = f" in {words.short(disk.pool)}" if disk.pool else ""
    return f"{disk.disk_id or 'disk'}: {words.size(disk, 'size_bytes')}{source}{pool}"


def _conflict(conflict: pb.MachineConflict) -> str:
    return f"{words.enum(conflict, 'kind')}: {conflict.message}"


def _nic(nic: pb.VirtualNic) -> str:
    return f"{words.short(nic.network)}: {words.joined(nic.addresses)} {nic.effective_mac}".rstrip()
