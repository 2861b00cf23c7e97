"""qvdc vm"""

from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands import vm_views as views
from qvdc_cli.commands.token import seconds
from qvdc_cli.fields import assign, size
from qvdc_cli.run import (
    DryRun,
    Etag,
    Label,
    Limit,
    Query,
    RequestId,
    Run,
    Wait,
    Watch,
    confirm,
    pairs,
    show_streamed,
    verb,
)
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching

group = typer.Typer(no_args_is_help=True, help="Virtual machines.")

Name = Annotated[str, typer.Argument(help="Id, uid or name of the machine.")]
Cluster = Annotated[str, typer.Option(help="Its cluster.")]
Image = Annotated[str, typer.Option(help="Image that its first disk begins from.")]
Nic = Annotated[
    list[str], typer.Option("--network", help="NETWORK or NETWORK=ADDRESS; may be repeated.")
]
Vcpus = Annotated[int, typer.Option("--vcpus", min=1, max=512, help="Virtual processors.")]
Memory = Annotated[str, typer.Option(help="Memory, such as 2GiB.")]
Disk = Annotated[str, typer.Option(help="Size of the first disk; default the image's.")]
Extra = Annotated[list[str], typer.Option("--extra-disk", help="Size of a further, empty disk.")]
Pool = Annotated[
    str, typer.Option(help="Storage pool of its disks, or local; default its cluster's.")
]
Node = Annotated[list[str], typer.Option(help="Only these nodes; may be repeated.")]
Set = Annotated[list[str], typer.Option("--set", help="Any field as PATH=VALUE.")]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the new machine.")],
    cluster: Cluster,
    image: Image = "",
    network: Nic = [],
    vcpus: Vcpus = 1,
    memory: Memory = "1GiB",
    disk: Disk = "",
    extra_disk: Extra = [],
    pool: Pool = "",
    node: Node = [],
    hostname: Annotated[str, typer.Option(help="Told to the guest; default the id.")] = "",
    user_data: Annotated[
        Path | None, typer.Option(help="cloud-init user-data.", exists=True, dir_okay=False)
    ] = None,
    ssh_key: Annotated[
        list[Path],
        typer.Option(help="Public key file; may be repeated.", exists=True, dir_okay=False),
    ] = [],
    display_name: str = "",
    description: str = "",
    label: Label = [],
    set_: Set = [],
    start: Annotated[bool, typer.Option("--start/--no-start", help="Start it at once.")] = True,
    wait: Wait = True,
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a machine, and start it."""
    machine = _machine(cluster, image, network, vcpus, memory, disk, extra_disk, pool, node)
    machine.display_name = display_name or name
    machine.labels.update(pairs(label))
    if description:
        machine.description = description
    _first_boot(machine.cloud_init, hostname, user_data, ssh_key)
    assign(machine, set_)
    operation = run.client.vms.create_virtual_machine(
        pb.CreateVirtualMachineRequest(
            virtual_machine_id=name,
            virtual_machine=machine,
            start_on_create=start,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    if dry_run:
        run.output.done("The request is valid.", operation)
        return
    done = f"vms/{name} is {'running' if start else 'made'}."
    run.finish(operation, wait=wait, done=done, read=lambda: _get(run, name))


@verb(group, "place")
def place(
    run: Run,
    name: Annotated[str, typer.Argument(help="A machine; without one, --cluster and sizes.")] = "",
    cluster: Cluster = "",
    image: Image = "",
    network: Nic = [],
    vcpus: Vcpus = 1,
    memory: Memory = "1GiB",
    disk: Disk = "",
    extra_disk: Extra = [],
    pool: Pool = "",
    node: Node = [],
) -> None:
    """Show where a machine would run, or why it runs where it runs: a verdict per host."""
    if name:
        plan = run.client.vms.get_placement(
            pb.GetPlacementRequest(name=words.full_name("vms", name))
        )
    elif cluster:
        machine = _machine(cluster, image, network, vcpus, memory, disk, extra_disk, pool, node)
        plan = run.client.vms.place_virtual_machine(
            pb.PlaceVirtualMachineRequest(virtual_machine=machine)
        )
    else:
        raise typer.BadParameter("name a machine, or give --cluster and sizes")
    views.placement(run.output, plan)


@verb(group, "list")
def list_(
    run: Run,
    query: Query = "",
    label: Label = [],
    cluster: Annotated[str, typer.Option(help="Only machines of this cluster.")] = "",
    node: Annotated[str, typer.Option(help="Only machines on this node.")] = "",
    unmanaged: Annotated[
        bool, typer.Option(help="What hosts have beside: started by hand, left behind, misplaced.")
    ] = False,
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List machines."""
    if unmanaged:
        views.unmanaged(run, words.full_name("nodes", node) if node else "", limit)
        return
    if watch:
        _watch(run)
        return
    request = pb.ListVirtualMachinesRequest(query=query, labels=pairs(label))
    if cluster:
        request.cluster = words.full_name("clusters", cluster)
    if node:
        request.node = words.full_name("nodes", node)
    method = run.client.vms.list_virtual_machines
    run.output.rows(pages(method, request, items="virtual_machines", limit=limit), views.COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one machine whole."""
    run.output.one(_get(run, name), views.DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    display_name: str | None = None,
    description: str | None = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Replaces all labels.")
    ] = None,
    vcpus: Annotated[int | None, typer.Option(min=1, max=512)] = None,
    memory: Annotated[str, typer.Option(help="Memory, such as 2GiB.")] = "",
    delete_protection: Annotated[
        bool | None, typer.Option("--delete-protection/--no-delete-protection")
    ] = None,
    auto_restart: Annotated[
        bool | None,
        typer.Option("--auto-restart/--no-auto-restart", help="Elsewhere, when its host dies."),
    ] = None,
    restart_policy: Annotated[str, typer.Option(help="ALWAYS, ON_FAILURE or NEVER.")] = "",
    set_: Set = [],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given; the rest stays. Sizes take effect at the next start."""
    machine = pb.VirtualMachine(name=words.full_name("vms", name), etag=etag)
    policy = [f"restart_policy={restart_policy.upper()}"] if restart_policy else []
    paths = assign(machine, [*set_, *policy])
    given: tuple[tuple[str, Any], ...] = (
        ("display_name", display_name),
        ("description", description),
        ("vcpu_count", vcpus),
        ("memory_bytes", size(memory, "--memory") if memory else None),
        ("delete_protection", delete_protection),
        ("auto_restart", auto_restart),
    )
    for field, value in given:
        if value is not None:
            setattr(machine, field, value)
            paths.append(field)
    if label:
        machine.labels.update(pairs(label))
        paths.append("labels")
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = run.client.vms.update_virtual_machine(
        pb.UpdateVirtualMachineRequest(
            virtual_machine=machine,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{changed.name}: {', '.join(paths)} changed."
    run.output.done("The request is valid." if dry_run else done, changed)


@verb(group, "start")
def start_(
    run: Run,
    name: Name,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Start a machine."""
    full = words.full_name("vms", name)
    request = pb.StartVirtualMachineRequest(
        name=full, etag=etag, request_id=request_id, validate_only=dry_run
    )
    operation = run.client.vms.start_virtual_machine(request)
    run.finish(
        operation,
        wait=wait and not dry_run,
        done=f"{full} is running.",
        read=lambda: _get(run, name),
    )


@verb(group, "shutdown")
def shutdown(
    run: Run,
    name: Name,
    grace: Annotated[str, typer.Option(help="How long the guest may take: 10s to 1h.")] = "120s",
    power_off_after_grace: Annotated[
        bool, typer.Option("--power-off-after-grace", help="Cut the power if it does not.")
    ] = False,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Ask the guest to shut down."""
    full = words.full_name("vms", name)
    operation = run.client.vms.shutdown_virtual_machine(
        pb.ShutdownVirtualMachineRequest(
            name=full,
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
            grace=Duration(seconds=seconds(grace)),
            power_off_after_grace=power_off_after_grace,
        )
    )
    run.finish(
        operation,
        wait=wait and not dry_run,
        done=f"{full} is stopped.",
        read=lambda: _get(run, name),
    )


@verb(group, "power-off")
def power_off(
    run: Run,
    name: Name,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Cut a machine's power."""
    full = words.full_name("vms", name)
    request = pb.PowerOffVirtualMachineRequest(
        name=full, etag=etag, request_id=request_id, validate_only=dry_run
    )
    operation = run.client.vms.power_off_virtual_machine(request)
    run.finish(
        operation,
        wait=wait and not dry_run,
        done=f"{full} is off.",
        read=lambda: _get(run, name),
    )


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Power it off first.")] = False,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a machine with its disks."""
    full = words.full_name("vms", name)
    if not dry_run:
        confirm(run, f"Delete {full} with its disks?", yes=yes)
    operation = run.client.vms.delete_virtual_machine(
        pb.DeleteVirtualMachineRequest(
            name=full, etag=etag, request_id=request_id, validate_only=dry_run, force=force
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is deleted.")


@verb(group, "serial")
def serial(
    run: Run,
    name: Name,
    tail: Annotated[str, typer.Option(help="How much of the end, such as 16KiB.")] = "64KiB",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
) -> None:
    """Show what a machine wrote to its serial port."""
    views.serial(run, words.full_name("vms", name), size(tail, "--tail"), follow=follow)


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all machines, then each change."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.vms.watch_virtual_machines(
            pb.WatchVirtualMachinesRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "virtual_machine", views.COLUMNS)


def _get(run: Run, name: str) -> pb.VirtualMachine:
    full = words.full_name("vms", name)
    return run.client.vms.get_virtual_machine(pb.GetVirtualMachineRequest(name=full))


def _first_boot(
    cloud_init: pb.CloudInit, hostname: str, user_data: Path | None, ssh_key: list[Path]
) -> None:
    if hostname:
        cloud_init.hostname = hostname
    if user_data is not None:
        cloud_init.user_data = user_data.read_text()
    cloud_init.ssh_authorized_keys.extend(key.read_text().strip() for key in ssh_key)


def _machine(
    cluster: str,
    image: str,
    network: list[str],
    vcpus: int,
    memory: str,
    disk: str,
    extra_disk: list[str],
    pool: str,
    node: list[str],
) -> pb.VirtualMachine:
    machine = pb.VirtualMachine(
        cluster=words.full_name("clusters", cluster),
        vcpu_count=vcpus,
        memory_bytes=size(memory, "--memory"),
    )
    if image or disk:
        first = machine.disks.add(size_bytes=size(disk, "--disk") if disk else 0)
        first.image = words.full_name("images", image) if image else ""
    for text in extra_disk:
        machine.disks.add(size_bytes=size(text, "--extra-disk"))
    for each in machine.disks:
        each.pool = _pool(pool)
    for text in network:
        name, _, address = text.partition("=")
        machine.nics.add(network=words.full_name("networks", name), address=address)
    machine.placement.required_nodes.extend(words.full_name("nodes", each) for each in node)
    return machine


def _pool(pool: str) -> str:
    return words.full_name("storage-pools", pool) if pool not in ("", "local") else pool
