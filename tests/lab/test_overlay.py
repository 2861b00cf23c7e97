"""Two guests on two hosts, and the OVN overlay between them; no service takes part."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_lab.errors import LabError
from qvdc_lab.guest.machine import Machine, add_overlay, open_console
from qvdc_lab.lab import Lab
from qvdc_lab.shell import wait_for

pytestmark = pytest.mark.lab

BOOTING = timedelta(seconds=90)


@pytest.mark.timeout(240)
def test_guests_on_two_hosts_exchange_tcp_over_the_overlay(lab: Lab, guest_image: Path) -> None:
    machines = [
        Machine(f"m{number}", host, str(uuid.uuid4()), f"0a:00:00:00:01:0{number}")
        for number, host in enumerate(lab.hosts, start=1)
    ]
    addresses = add_overlay(lab, machines, subnet="10.77.0.0/24", first="10.77.0.1")
    for machine in machines:
        machine.define(guest_image)
        machine.start()
    for machine, address in zip(machines, addresses, strict=True):
        _wait_for_line(machine, f"ready hostname={machine.name} address={address}")

    for asking, answering, address in zip(machines, machines[::-1], addresses[::-1], strict=True):
        with open_console(asking.host, asking.name) as console:
            console.type(f"fetch {address}")
            _wait_for_line(asking, f"fetched from={address} body=hello from {answering.name}")


def _wait_for_line(machine: Machine, text: str) -> None:
    wait_for(
        lambda: machine.serial.exists() and text in machine.serial.read_text(errors="replace"),
        within=BOOTING,
        otherwise=lambda: LabError(f"{machine.name} never said {text!r}", log=machine.serial),
    )
