"""What OVN's northbound database should hold for a network and its ports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from qvdc_network.domain import mac
from qvdc_network.domain.address import dhcp_server
from qvdc_network.domain.network import Network, NetworkSpec, Subnet
from qvdc_network.domain.port import Port

NETWORK_KEY = "qvdc-network"
"""external_ids key that holds the network's uid on every row of ours."""
PORT_KEY = "qvdc-port"
"""external_ids key that holds the port's uid."""
NAME_KEY = "qvdc-name"
"""external_ids key for people: the resource's name."""

Value = str | bool | tuple[str, ...] | Mapping[str, str]


class NbTable(Enum):
    """Tables that hold rows of ours."""

    SWITCH = "Logical_Switch"
    DHCP = "DHCP_Options"
    PORT = "Logical_Switch_Port"


@dataclass(frozen=True, slots=True)
class NbRow:
    """One row.

    Args:
        key: the uid of the network (switch, DHCP options) or port that it stands for.
        network: uid of the network; for a port, the network on whose switch it is.
        columns: all that we set, by name. `dhcpv4_options` of a port is the key of the row that
            it refers to, "" for none.
    """

    table: NbTable
    key: str
    network: str
    columns: Mapping[str, Value]

    @property
    def identity(self) -> tuple[NbTable, str]:
        """Tells rows apart."""
        return self.table, self.key


def rows_of(network: Network, ports: Iterable[Port]) -> list[NbRow]:
    """The rows of a network with its ports."""
    rows = [_switch(network)]
    options = _dhcp_options(network)
    if options is not None:
        rows.append(options)
    return rows + [_port(network, port, dhcp=options is not None) for port in ports]


def switch_name(network_uid: str) -> str:
    """The name of a network's logical switch."""
    return f"qvdc-{network_uid}"


def _switch(network: Network) -> NbRow:
    columns: dict[str, Value] = {
        "name": switch_name(network.uid),
        "external_ids": {NETWORK_KEY: network.uid, NAME_KEY: network.name},
    }
    return NbRow(NbTable.SWITCH, network.uid, network.uid, columns)


def _dhcp_options(network: Network) -> NbRow | None:
    spec = network.spec
    if spec.subnet is None or not spec.dhcp.enabled:
        return None
    columns: dict[str, Value] = {
        "cidr": str(spec.subnet.cidr),
        "options": _told(network.uid, spec, spec.subnet),
        "external_ids": {NETWORK_KEY: network.uid, NAME_KEY: network.name},
    }
    return NbRow(NbTable.DHCP, network.uid, network.uid, columns)


def _told(uid: str, spec: NetworkSpec, subnet: Subnet) -> dict[str, str]:
    options = {
        "server_id": str(dhcp_server(spec)),
        "server_mac": mac.of_server(uid),
        "lease_time": str(spec.dhcp.lease_seconds),
        "mtu": str(spec.mtu),
    }
    if subnet.gateway is not None:
        options["router"] = str(subnet.gateway)
    if spec.dhcp.dns_servers:
        options["dns_server"] = _set(str(each) for each in spec.dhcp.dns_servers)
    if spec.dhcp.ntp_servers:
        options["ntp_server"] = _set(str(each) for each in spec.dhcp.ntp_servers)
    if spec.dhcp.domain:
        options["domain_name"] = f'"{spec.dhcp.domain}"'
    return options


def _port(network: Network, port: Port, *, dhcp: bool) -> NbRow:
    spec = network.spec
    plug = " ".join([port.mac, *(str(each) for each in port.fixed_ips)])
    secured = spec.port_security
    columns: dict[str, Value] = {
        "name": port.uid,
        "type": "",
        "addresses": (plug,) if secured else tuple(sorted((plug, "unknown"))),
        "port_security": (plug,) if secured else (),
        "enabled": spec.admin_up and port.admin_up,
        "dhcpv4_options": network.uid if dhcp and port.fixed_ips else "",
        "options": {"hostname": f'"{port.hostname}"'} if port.hostname else {},
        "external_ids": {
            NETWORK_KEY: network.uid,
            PORT_KEY: port.uid,
            NAME_KEY: port.name,
        },
    }
    return NbRow(NbTable.PORT, port.uid, network.uid, columns)


def _set(values: Iterable[str]) -> str:
    items = list(values)
    return items[0] if len(items) == 1 else "{" + ", ".join(items) + "}"
