"""A lab host's own Open vSwitch (userspace datapath) and its OVN controller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from qvdc_lab.hosts.network import NIC_OF, TUNNEL
from qvdc_lab.shell import CommandFailed, wait_for

DATABASE = "/etc/openvswitch/conf.db"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
SOCKET = "/run/openvswitch/db.sock"
STARTING = timedelta(seconds=30)
INTEGRATION_BRIDGE = "br-int"
TUNNEL_BRIDGE = "br-tun"


class Inside(Protocol):
    """What a host offers to those who set it up."""

    def run(self, command: Sequence[str]) -> str:
        """Run `command` inside the host to its end and return its output."""
        ...

    def keep(self, name: str, command: Sequence[str]) -> None:
        """Start `command` inside the host in the background, under `name`."""
        ...


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """How a host's switch finds OVN and its peers."""

    system_id: str
    hostname: str
    ovn_remote: str
    tunnel_address: str
    tunnel_prefix_length: int


def start_switch(host: Inside, settings: SwitchSettings) -> None:
    """Start the host's switch and OVN controller; the tunnel address is up when this returns.

    Repeating it starts what has ended and re-applies the address, which a restart of
    ovs-vswitchd loses.
    """
    host.run(["sh", "-c", f"test -f {DATABASE} || ovsdb-tool create {DATABASE} {SCHEMA}"])
    remotes = [f"--remote=punix:{SOCKET}", "--remote=db:Open_vSwitch,Open_vSwitch,manager_options"]
    host.keep("ovsdb-server", ["ovsdb-server", DATABASE, *remotes, "--pidfile"])
    _wait_for_socket(host)
    host.run(["ovs-vsctl", "--no-wait", "init"])
    host.run(_settle_command(settings))
    host.keep("ovs-vswitchd", ["ovs-vswitchd", f"unix:{SOCKET}", "--pidfile"])
    vsctl = ["ovs-vsctl", "--timeout=20", "--may-exist"]
    for bridge in (INTEGRATION_BRIDGE, TUNNEL_BRIDGE):
        host.run([*vsctl, "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev"])
    host.run(["ovs-vsctl", "--timeout=5", "set-fail-mode", INTEGRATION_BRIDGE, "secure"])
    host.run([*vsctl, "add-port", TUNNEL_BRIDGE, NIC_OF[TUNNEL]])
    address = f"{settings.tunnel_address}/{settings.tunnel_prefix_length}"
    host.run(["ip", "addr", "replace", address, "dev", TUNNEL_BRIDGE])
    host.run(["ip", "link", "set", TUNNEL_BRIDGE, "up", "mtu", "1700"])
    host.keep("ovn-controller", ["ovn-controller", f"unix:{SOCKET}", "--pidfile"])


def _settle_command(settings: SwitchSettings) -> list[str]:
    ids = {
        "system-id": settings.system_id,
        "hostname": settings.hostname,
        "ovn-remote": settings.ovn_remote,
        "ovn-encap-type": "geneve",
        "ovn-encap-ip": settings.tunnel_address,
        "ovn-bridge-datapath-type": "netdev",
    }
    values = [f'external_ids:{key}="{value}"' for key, value in ids.items()]
    return ["ovs-vsctl", "--no-wait", "set", "Open_vSwitch", ".", *values]


def _wait_for_socket(host: Inside) -> None:
    def answers() -> bool:
        try:
            host.run(["ovs-vsctl", "--no-wait", "--timeout=2", "show"])
        except CommandFailed:
            return False
        return True

    wait_for(
        answers,
        within=STARTING,
        otherwise=lambda: CommandFailed(["ovsdb-server"], "does not answer", ""),
    )
