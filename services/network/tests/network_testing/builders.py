"""Networks and ports as tests want them."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any

from qvdc_network.domain.network import Network, NetworkType
from qvdc_network.domain.network_rules import NetworkDraft, resolve
from qvdc_network.domain.port import Port

NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNDERLAY_MTU = 1500


def a_draft(**values: Any) -> NetworkDraft:
    """A draft of an overlay network."""
    asked: dict[str, Any] = {"type": NetworkType.OVERLAY, "cidr": "10.20.0.0/24"} | values
    return NetworkDraft(**asked)


def a_network(network_id: str = "blue", *, number: int = 1, **values: Any) -> Network:
    """A network as it is stored; `number` makes its uid."""
    return Network(
        id=network_id,
        uid=f"00000000-0000-4000-8000-{number:012x}",
        spec=resolve(a_draft(**values), id=network_id, underlay_mtu=UNDERLAY_MTU),
        create_time=NOW,
        update_time=NOW,
    )


def a_port(network: Network, number: int = 1, **values: Any) -> Port:
    """A port of `network`; `number` makes its id, uid, mac and address."""
    subnet = network.spec.subnet
    fixed = (subnet.cidr.network_address + 1 + number,) if subnet else ()
    settled: dict[str, Any] = {
        "id": f"p{number}",
        "uid": f"00000000-0000-4000-9000-{number:012x}",
        "display_name": f"p{number}",
        "mac": f"02:71:76:00:{number >> 8:02x}:{number & 255:02x}",
        "fixed_ips": tuple(IPv4Address(each) for each in fixed),
    } | values
    return Port(
        network=network.id,
        network_uid=network.uid,
        mtu=network.spec.mtu,
        create_time=NOW,
        update_time=NOW,
        **settled,
    )
