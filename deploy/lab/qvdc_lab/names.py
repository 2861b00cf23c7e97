"""The names, ports and subnets that belong to one lab alone.

They follow from the folder the lab keeps its state in, so that two checkouts (or a demo and a
test run) stand side by side; what turned out to be taken moves on to the next free place. The
choice is written down once and kept until the lab is taken down.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from qvdc_lab.shell import run

# Shared address space (RFC 6598): neither a home network nor a cloud's private one uses it.
ADDRESS_SPACE = IPv4Network("100.64.0.0/10")
LAB_PREFIX_LENGTH = 22
FIRST_HOST_ADDRESS = 10
MAX_HOSTS = 240

# Below Linux's ephemeral ports, above the well-known ones.
FIRST_PORT = 12000
PORTS_PER_LAB = 16
PORT_BLOCKS = 1200

PORT_NAMES = (
    "postgres",
    "etcd_client",
    "etcd_peer",
    "redis",
    "console_http",
    "console_https",
    "console_grpc",
)


@dataclass(frozen=True, slots=True)
class Names:
    """What everything of one lab is called, and where it listens."""

    lab_id: str
    network: IPv4Network
    first_port: int

    @property
    def management(self) -> IPv4Network:
        """The network between hosts and control plane."""
        return self._subnet(0)

    @property
    def tunnel(self) -> IPv4Network:
        """The network that carries Geneve between hosts."""
        return self._subnet(1)

    @property
    def underlay(self) -> IPv4Network:
        """The network behind the hosts' uplinks (VLAN and EXTERNAL networks)."""
        return self._subnet(2)

    @property
    def gateway(self) -> IPv4Address:
        """The control plane's address on the management network."""
        return self.management[1]

    def host_address(self, network: IPv4Network, number: int) -> IPv4Address:
        """Return the address of host `number` (from 1) on one of the lab's networks."""
        if not 1 <= number <= MAX_HOSTS:
            raise ValueError(f"a lab has hosts 1 to {MAX_HOSTS}, not {number}")
        return network[FIRST_HOST_ADDRESS + number]

    def bridge(self, role: str) -> str:
        """Return the bridge of `role`: m (management), t (tunnel) or u (underlay)."""
        return f"qv{self.lab_id}{role}"

    def veth(self, role: str, number: int) -> str:
        """Return the bridge's end of the pair that joins host `number` to bridge `role`."""
        return f"qv{self.lab_id}{role}{number}"

    def mac(self, role_index: int, number: int) -> str:
        """Return the hardware address, for life, of host `number` on one of its networks."""
        octets = bytes([0x02, *bytes.fromhex(self.lab_id), role_index, number])
        return octets.hex(":")

    def namespace(self, host: str) -> str:
        """Return the network namespace of `host`, as `ip netns` lists it."""
        return f"qv{self.lab_id}-{host}"

    @property
    def sockets(self) -> Path:
        """A folder with a path short enough for any Unix socket."""
        return Path(f"/run/qv{self.lab_id}")

    def port(self, name: str) -> int:
        """Return the port of one of PORT_NAMES, on the loopback address."""
        return self.first_port + PORT_NAMES.index(name)

    def _subnet(self, index: int) -> IPv4Network:
        return list(self.network.subnets(new_prefix=24))[index]


def names_of(run_folder: Path) -> Names:
    """Return the names kept in `run_folder`/lab.json, choosing and writing them the first time."""
    record = run_folder / "lab.json"
    if record.exists():
        kept = json.loads(record.read_text())
        return Names(kept["lab_id"], IPv4Network(kept["network"]), kept["first_port"])
    names = choose(
        str(run_folder.resolve()), taken_networks=_networks_here(), port_is_free=_port_is_free
    )
    run_folder.mkdir(parents=True, exist_ok=True)
    record.write_text(
        json.dumps(
            {
                "lab_id": names.lab_id,
                "network": str(names.network),
                "first_port": names.first_port,
            }
        )
    )
    return names


def choose(
    seed: str, *, taken_networks: Iterable[IPv4Network], port_is_free: Callable[[int], bool]
) -> Names:
    """Return names derived from `seed` alone, stepping past networks and ports in use."""
    digest = hashlib.sha256(seed.encode()).digest()
    taken = list(taken_networks)
    slots = 2 ** (LAB_PREFIX_LENGTH - ADDRESS_SPACE.prefixlen)
    slot = int.from_bytes(digest[4:8], "big") % slots
    network = _slot_network(slot)
    for _ in range(slots):
        if not any(network.overlaps(other) for other in taken):
            break
        slot = (slot + 1) % slots
        network = _slot_network(slot)
    block = int.from_bytes(digest[8:12], "big") % PORT_BLOCKS
    for _ in range(PORT_BLOCKS):
        first = FIRST_PORT + block * PORTS_PER_LAB
        if all(port_is_free(first + offset) for offset in range(len(PORT_NAMES))):
            break
        block = (block + 1) % PORT_BLOCKS
    return Names(digest[:3].hex(), network, FIRST_PORT + block * PORTS_PER_LAB)


def _slot_network(slot: int) -> IPv4Network:
    size = 2 ** (32 - LAB_PREFIX_LENGTH)
    return IPv4Network((int(ADDRESS_SPACE.network_address) + slot * size, LAB_PREFIX_LENGTH))


def _networks_here() -> list[IPv4Network]:
    routes = json.loads(run(["ip", "-j", "-4", "route", "show", "table", "all"]))
    return [
        IPv4Network(route["dst"], strict=False)
        for route in routes
        if route["dst"] != "default" and route["dst"][0].isdigit()
    ]


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
