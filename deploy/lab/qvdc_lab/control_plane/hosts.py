"""Joining the lab's hosts to the control plane: guardian and agent, and a certificate each."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from qvdc_lab.control_plane.services import ENROL_PORT
from qvdc_lab.hosts.host import Host

STATE_FOLDER = "/var/lib/quantix"


def install_programs(host: Host) -> None:
    """Have guardian and agent run in `host` from now on, over reboots; before or after joining."""
    environment = host_environment(host)
    for name in ("guardian", "agent"):
        host.install(name, [_program(f"quantix-{name}")], environment)


def has_joined(host: Host) -> bool:
    """Return whether `host` holds a certificate of this control plane."""
    return (host.folders.disk / "lib/quantix/identity/cert.pem").exists()


def join(host: Host, *, secret: str, ca_hash: str) -> None:
    """Let `host` join with a token's secret, under its own name as node id.

    Raises:
        CommandFailed: the control plane refused, or is not the one of `ca_hash`.
    """
    token = host.folders.disk / "etc/quantix/join-token"
    token.touch(mode=0o600)
    token.write_text(secret)
    server = f"{host.names.gateway}:{ENROL_PORT}"
    trust = ["--token-file", "/etc/quantix/join-token", "--ca-hash", ca_hash]
    command = [_program("quantix-node"), "join", "--server", server, *trust, "--node-id", host.name]
    settings = [f"{name}={value}" for name, value in host_environment(host).items()]
    try:
        host.run(["env", *settings, *command])
    finally:
        token.unlink()


def host_environment(host: Host) -> dict[str, str]:
    """Return what agent, guardian and quantix-node are told on `host`."""
    return {
        "QVDC_AGENT_STATE_DIR": STATE_FOLDER,
        "QVDC_AGENT_RUN_DIR": "/run/quantix",
        "QVDC_ADVERTISE_HOST": host.address,
        "QVDC_MESH_LISTEN": f"{host.address}:7443",
        "QVDC_AGENT_VIRT_TYPE": "qemu",
        "QVDC_AGENT_WATCHDOG": "unix:/run/watchdog.sock",
        "QVDC_AGENT_REBOOT_COMMAND": _power_command(host, "reboot"),
        "QVDC_AGENT_LOG_COMMAND": f"tail --lines={{lines}} {host.log('{process}')}",
        "QVDC_AGENT_POWER_OFF_COMMAND": _power_command(host, "off"),
    }


def _power_command(host: Host, verb: str) -> str:
    """Return what the host runs to change its own power: reboot or off."""
    told = [str(host.run_folder), host.name, verb]
    return shlex.join([sys.executable, "-m", "qvdc_lab.power_switch", *told])


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
