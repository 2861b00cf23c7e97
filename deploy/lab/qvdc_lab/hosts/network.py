"""The lab's three bridges, and the cables from them to each host's network namespace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qvdc_lab.names import Names
from qvdc_lab.shell import run, succeeds

MANAGEMENT, TUNNEL, UNDERLAY = "m", "t", "u"
ROLES = (MANAGEMENT, TUNNEL, UNDERLAY)
NIC_OF = {MANAGEMENT: "mgmt0", TUNNEL: "tunnel0", UNDERLAY: "uplink0"}
# Room for Geneve around a full 1500 byte packet, with 100 bytes to spare.
MTU_OF = {MANAGEMENT: 1500, TUNNEL: 1700, UNDERLAY: 1700}
# A hardware address of the kind that everybody may give away, and that nobody here has.
NOBODY = "02:ff:ff:ff:ff:fe"


@dataclass(frozen=True, slots=True)
class Cabling:
    """Bridges in the machine's own namespace; a pair of virtual NICs per host and bridge."""

    names: Names

    def lay_bridges(self) -> None:
        """Make the bridges that are missing; the control plane is on the management one."""
        for role in ROLES:
            bridge = self.names.bridge(role)
            if not _link_exists(bridge):
                run(["ip", "link", "add", bridge, "type", "bridge", "forward_delay", "0"])
            run(["ip", "link", "set", bridge, "mtu", str(MTU_OF[role]), "up"])
        gateway = f"{self.names.gateway}/{self.names.management.prefixlen}"
        run(["ip", "addr", "replace", gateway, "dev", self.names.bridge(MANAGEMENT)])

    def lay_cables(self, host: str, number: int) -> None:
        """Make the host's namespace and its NICs, where missing; the NICs have no address yet."""
        namespace = self.names.namespace(host)
        if not Path("/run/netns", namespace).exists():
            run(["ip", "netns", "add", namespace])
        for role in ROLES:
            ours = self.names.veth(role, number)
            if _link_exists(ours):
                continue
            mtu = ["mtu", str(MTU_OF[role])]
            mac = ["address", self.names.mac(ROLES.index(role), number)]
            peer = ["peer", "name", NIC_OF[role], *mtu, *mac, "netns", namespace]
            run(["ip", "link", "add", ours, *mtu, "type", "veth", *peer])
            run(["ip", "link", "set", ours, "master", self.names.bridge(role)])

    def plug(self, number: int, roles: tuple[str, ...] = ROLES) -> None:
        """Put the host's end of these cables into its bridges' working order again."""
        for role in roles:
            run(["ip", "link", "set", self.names.veth(role, number), "up"])

    def unplug(self, number: int, roles: tuple[str, ...] = ROLES) -> None:
        """Cut these cables: nothing passes, in either direction, and nothing is answered."""
        for role in roles:
            run(["ip", "link", "set", self.names.veth(role, number), "down"])

    def lose_control_plane(self, host: str, number: int) -> None:
        """Lose every packet between the host and the control plane; it reaches other hosts.

        Each takes the other to live at a hardware address that nobody has: frames go out and
        never arrive, and nothing answers, as behind a dead switch.
        """
        for inside, neighbour in self._neighbours(host, number):
            run([*inside, "neigh", "replace", *neighbour, "lladdr", NOBODY, "nud", "permanent"])

    def find_control_plane(self, host: str, number: int) -> None:
        """Undo `lose_control_plane`; safe to repeat."""
        for inside, neighbour in self._neighbours(host, number):
            succeeds([*inside, "neigh", "del", *neighbour])

    def address_management(self, host: str, number: int) -> None:
        """Give the host its loopback and its management address; safe to repeat."""
        inside = ["ip", "-n", self.names.namespace(host)]
        address = self.names.host_address(self.names.management, number)
        nic = NIC_OF[MANAGEMENT]
        run([*inside, "link", "set", "lo", "up"])
        for role in ROLES:
            run([*inside, "link", "set", NIC_OF[role], "up"])
        with_prefix = f"{address}/{self.names.management.prefixlen}"
        run([*inside, "addr", "replace", with_prefix, "dev", nic])
        run([*inside, "route", "replace", "default", "via", str(self.names.gateway), "dev", nic])

    def _neighbours(self, host: str, number: int) -> Iterator[tuple[list[str], list[str]]]:
        """Yield how to see the other end, from the host and from the control plane."""
        there = str(self.names.host_address(self.names.management, number))
        here, bridge = str(self.names.gateway), self.names.bridge(MANAGEMENT)
        yield ["ip", "-n", self.names.namespace(host)], [here, "dev", NIC_OF[MANAGEMENT]]
        yield ["ip"], [there, "dev", bridge]

    def remove_cables(self, host: str, number: int) -> None:
        """Remove the host's NICs and namespace; safe to repeat."""
        for role in ROLES:
            _delete_link(self.names.veth(role, number))
        namespace = self.names.namespace(host)
        if Path("/run/netns", namespace).exists():
            run(["ip", "netns", "del", namespace])

    def remove_bridges(self) -> None:
        """Remove the lab's bridges; safe to repeat."""
        for role in ROLES:
            _delete_link(self.names.bridge(role))


def _link_exists(link: str) -> bool:
    return Path("/sys/class/net", link).exists()


def _delete_link(link: str) -> None:
    if _link_exists(link) and not succeeds(["ip", "link", "del", link]) and _link_exists(link):
        run(["ip", "link", "del", link])
