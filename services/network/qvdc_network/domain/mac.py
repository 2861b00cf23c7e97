"""Hardware addresses: locally administered, one prefix per site."""

import hashlib
import re
from collections.abc import Callable

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_PREFIX = re.compile(r"([0-9a-f]{2}:){2}[0-9a-f]{2}")
SERVER_PREFIX = "0e:71:64"
"""For the DHCP server that OVN plays; never given to ports."""


def check_prefix(prefix: str) -> str:
    """Return `prefix` when it is three octets of locally administered unicast addresses.

    Raises:
        ValueError: it is not, or it is the DHCP servers' own.
    """
    if not _PREFIX.fullmatch(prefix) or int(prefix[:2], 16) & 0b11 != 0b10:
        raise ValueError(f"{prefix} is no locally administered prefix such as 02:71:76")
    if prefix == SERVER_PREFIX:
        raise ValueError(f"{prefix} is kept for DHCP servers")
    return prefix


def why_not(mac: str) -> str:
    """Why a port may not have `mac`; empty when it may."""
    if not _MAC.fullmatch(mac):
        return "must look like 02:71:76:00:00:01"
    if int(mac[:2], 16) & 1:
        return "is a multicast address"
    if mac == "00:00:00:00:00:00":
        return "is no address"
    if mac.startswith(SERVER_PREFIX):
        return f"{SERVER_PREFIX} is kept for DHCP servers"
    return ""


def make(prefix: str, draw: Callable[[int], int]) -> str:
    """A hardware address below `prefix`; `draw(n)` picks a number below n."""
    return f"{prefix}:{_octets(draw(1 << 24).to_bytes(3, 'big'))}"


def of_server(network_uid: str) -> str:
    """The DHCP server's address on a network; always the same for one network."""
    return f"{SERVER_PREFIX}:{_octets(hashlib.sha256(network_uid.encode()).digest()[:3])}"


def _octets(octets: bytes) -> str:
    return ":".join(f"{octet:02x}" for octet in octets)
