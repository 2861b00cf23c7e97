"""`make demo`: from nothing to a running machine, told step by step; again, it changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from qvdc_lab.control_plane import hosts
from qvdc_lab.control_plane.install import install
from qvdc_lab.control_plane.ready import wait_until_ready
from qvdc_lab.control_plane.services import (
    admin_password_file,
    demo_key_file,
    key_file,
    services_of,
)
from qvdc_lab.demo import objects
from qvdc_lab.demo.door import Door
from qvdc_lab.errors import LabError
from qvdc_lab.guest.image import build_guest_image
from qvdc_lab.lab import Lab
from qvdc_lab.telling import Teller

SERIAL_LINES = 8


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo of one lab."""

    lab: Lab
    teller: Teller

    def run(self) -> None:
        """Bring everything up, make the demo's objects, boot the machine, say where to look.

        Raises:
            LabError: a step failed; what stands by then stays, and a repeat goes on from there.
        """
        with ThreadPoolExecutor(1) as background:
            image = background.submit(build_guest_image, self.lab.run_folder / "guest")
            self._start_infrastructure()
            self._start_services()
            door = self._open_door()
            self._join_hosts(door)
            self._make_objects(door, image)
        self._keep_key(door)
        self._conclude(door)

    def _start_infrastructure(self) -> None:
        with self.teller.step("PostgreSQL, etcd, Redis"):
            self.lab.start_stores()
        with self.teller.step("OVN central"):
            self.lab.start_network()
        with self.teller.step("Database roles, certificates"):
            install(self.lab)

    def _start_services(self) -> None:
        services = services_of(self.lab)
        with self.teller.step("Services") as notes:
            for service in services:
                service.start()
            notes.extend(service.name for service in services)
            wait_until_ready(services)

    def _open_door(self) -> Door:
        try:
            return Door(door_url(self.lab), key_file(self.lab).read_text().strip())
        except OSError as error:
            console = next(s for s in services_of(self.lab) if s.name == "console")
            raise LabError(
                "The door has made no bootstrap key", str(error), log=console.daemon.log
            ) from error

    def _join_hosts(self, door: Door) -> None:
        with self.teller.step("Hosts") as notes:
            self.lab.start_hosts()
            notes.extend(f"{host.name} {host.address}" for host in self.lab.hosts)
        with self.teller.step("Agents and guardians"):
            strangers = [host for host in self.lab.hosts if not hosts.has_joined(host)]
            if strangers:
                token = objects.make_join_token(door, uses=len(strangers))
                for host in strangers:
                    hosts.join(host, secret=token.secret, ca_hash=token.ca_hash)
            for host in self.lab.hosts:
                hosts.install_programs(host)
            names = [host.name for host in self.lab.hosts]
            nodes = objects.wait_for_nodes(door, names)
        with self.teller.step(f"Cluster {objects.CLUSTER}"):
            objects.ensure_cluster(door, nodes)

    def _make_objects(self, door: Door, image: Future[Path]) -> None:
        with self.teller.step(f"Network {objects.NETWORK}"):
            objects.ensure_network(door)
        with self.teller.step("Guest image, built from Debian's kernel and busybox"):
            built = image.result()
        if not objects.image_is_ready(door):
            self._upload(built)
        self.teller.say(f"[green]✓[/] Image {objects.IMAGE} is ready")
        with self.teller.step(f"Machine {objects.MACHINE}"):
            objects.ensure_machine(door, lambda line: self.teller.say(f"  [dim]{line}[/]"))
        with self.teller.step(f"{objects.MACHINE} boots"):
            objects.wait_until_booted(door)

    def _upload(self, image: Path) -> None:
        command = [str(qvdc_program()), "image", "upload", str(image), "--name", objects.IMAGE]
        environment = {**os.environ, **qvdc_environment(self.lab)}
        done = subprocess.run([*command, "--wait"], env=environment, check=False)
        if done.returncode != 0:
            raise LabError(
                "The image could not be uploaded",
                f"qvdc image upload ended with {done.returncode}",
                log=self.lab.daemons / "image.log",
            )

    def _keep_key(self, door: Door) -> None:
        """Make the demo a key of its own, since the bootstrap key dies with the first sign-in."""
        kept = demo_key_file(self.lab)
        if not kept.exists():
            wish = {"apiKey": {"role": "roles/administrator", "description": "make demo"}}
            made = door.call("quantix.console.v1.ApiKeyService/CreateApiKey", wish)
            staged = kept.with_suffix(".new")
            staged.touch(mode=0o600)
            staged.write_text(f"{made['secret']}\n")
            staged.replace(kept)
        context = [str(qvdc_program()), "context", "set", "demo", "--to-server"]
        context += [door_url(self.lab), "--to-key-file", str(kept)]
        subprocess.run(context, check=False, capture_output=True)  # a convenience, no more

    def _conclude(self, door: Door) -> None:
        machine = objects.machine_now(door)
        self.teller.say("\nThe last lines of its serial console:\n")
        for line in objects.serial_lines(door)[-SERIAL_LINES:]:
            self.teller.console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
        state = str(machine.get("state", "")).removeprefix("STATE_")
        node = str(machine.get("node", "")).removeprefix("nodes/")
        addresses = ", ".join(machine.get("addresses", [])) or "none"
        self.teller.say(f"\n[bold]{objects.MACHINE} is {state} on {node}, address {addresses}[/]\n")
        for line in where_to_look(self.lab):
            self.teller.say(line)


def where_to_look(lab: Lab) -> list[str]:
    """Return lines that say where the door is and how to go on."""
    names = lab.names
    settings = " ".join(f"{key}={value}" for key, value in qvdc_environment(lab).items())
    own_key = key_file(lab)
    machine_url = f"{door_url(lab)}/api/v1/vms/{objects.MACHINE}"
    return [
        f"  the door    {door_url(lab)}  (web console, REST, Connect; /api/v1/openapi.json)",
        f"              127.0.0.1:{names.port('console_grpc')}  (gRPC with reflection)",
        f"  sign in as  admin, first password in {admin_password_file(lab)}",
        f"  its key     {own_key}",
        "",
        f"  export {settings}",
        f"  export PATH={qvdc_program().parent}:$PATH",
        "  qvdc vm list; qvdc node list; qvdc vm serial web-1",
        f'  curl -H "Authorization: Bearer $(cat {own_key})" {machine_url}',
        "  qvdc-lab status; qvdc-lab inside h1 virsh list; qvdc-lab host power-loss h1",
        "  make down",
    ]


def door_url(lab: Lab) -> str:
    """Return the door's address for REST and Connect."""
    return f"http://127.0.0.1:{lab.names.port('console_http')}"


def qvdc_program() -> Path:
    """Return the installed `qvdc`."""
    return Path(sys.executable).with_name("qvdc")


def qvdc_environment(lab: Lab) -> dict[str, str]:
    """Return what tells `qvdc` which door and which key."""
    return {
        "QVDC_SERVER": door_url(lab),
        "QVDC_KEY_FILE": str(key_file(lab)),
    }


def run_demo(lab: Lab) -> None:
    """Run the demo of `lab`, telling it on standard output."""
    require_root()
    Demo(lab, Teller(Console())).run()


def require_root() -> None:
    """Raise a LabError unless this process is root."""
    if os.geteuid() != 0:
        raise LabError(
            "The demo needs root",
            "its hosts are namespaces with virtual NICs",
            remedy="run `sudo make demo`",
        )
