"""The `qvdc-lab` command."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from qvdc_lab.demo.demo import run_demo
from qvdc_lab.errors import LabError
from qvdc_lab.guest.image import build_guest_image
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import Lab, lab_in
from qvdc_lab.settings import Settings
from qvdc_lab.supervise import alive_pid
from qvdc_lab.telling import Teller

app = typer.Typer(
    help="Real hypervisor hosts in namespaces of one machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
host_app = typer.Typer(help="Power and network of one host.", no_args_is_help=True)
app.add_typer(host_app, name="host")

HostName = Annotated[str, typer.Argument(help="the host: h1, h2, ...")]


@app.command()
def up() -> None:
    """Start stores, OVN central and hosts; what runs already is left alone."""
    lab, teller = _lab(), _teller()
    with teller.step("PostgreSQL, etcd, Redis"):
        lab.start_stores()
    with teller.step("OVN central"):
        lab.start_network()
    with teller.step("Hosts") as notes:
        lab.start_hosts()
        notes.extend(f"{host.name} {host.address}" for host in lab.hosts)


@app.command()
def down(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="keep data, disks and keys for the next start")
    ] = False,
) -> None:
    """Stop everything of this lab; no process, namespace, mount or bridge is left."""
    with _teller().step("Taking the lab down"):
        _lab().down(forget=not keep)


@app.command()
def demo() -> None:
    """Bring up everything, and a machine that runs; again: quick, changes nothing."""
    run_demo(_lab())


@app.command()
def guest() -> None:
    """Build the test guest's disk image and print where it is."""
    typer.echo(build_guest_image(_lab().run_folder / "guest"))


@app.command()
def status() -> None:
    """Print every daemon and host of this lab, and whether it runs."""
    lab, teller = _lab(), _teller()
    for definition in sorted(lab.daemons.glob("*.json")):
        running = alive_pid(definition.with_suffix(".pid")) is not None
        teller.say(f"{definition.stem:24}{'running' if running else 'stopped'}")
    for host in lab.hosts:
        state = f"running, {len(host.pids())} processes" if host.running else "off"
        teller.say(f"host {host.name:19}{state}, {host.address}")


@app.command(context_settings={"ignore_unknown_options": True})
def inside(
    name: HostName, command: Annotated[list[str], typer.Argument(help="what to run there")]
) -> None:
    """Run a command inside a host, as `qvdc-lab inside h1 virsh list`."""
    words = [*_host(name).entering(), *command]
    os.execvp(words[0], words)  # noqa: S606 - the person's own command takes this process over


@host_app.command()
def start(name: HostName) -> None:
    """Power a host on."""
    _host(name).power_on()


@host_app.command()
def power_loss(name: HostName) -> None:
    """Pull a host's plug."""
    _host(name).power_loss()


@host_app.command()
def reboot(name: HostName) -> None:
    """Power a host off and on again: a new boot id, the same disk."""
    _host(name).reboot()


@host_app.command()
def network_loss(name: HostName) -> None:
    """Cut a host off every network; it goes on running."""
    _host(name).network_loss()


@host_app.command()
def network_back(name: HostName) -> None:
    """Undo network-loss."""
    _host(name).network_back()


def main() -> None:
    """Run the command; a LabError is told whole and ends with status 1."""
    try:
        app()
    except LabError as error:
        Console(stderr=True).print(
            f"\n✗ {error.told()}", highlight=False, markup=False, soft_wrap=True
        )
        sys.exit(1)


def _lab() -> Lab:
    settings = Settings.read(os.environ)
    return lab_in(settings.run_folder, host_count=settings.host_count)


def _host(name: str) -> Host:
    host = _lab().host(name)
    if not host.folders.root.exists():
        raise LabError(f"There is no host {name}", remedy="qvdc-lab status lists the hosts")
    return host


def _teller() -> Teller:
    return Teller(Console())
