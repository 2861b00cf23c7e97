"""Whether a host came back on the hardware it had, and what of it changed (RG-6)."""

from collections.abc import Iterable

from qvdc_node.domain.inventory import Cpu, Inventory, Nic
from qvdc_node.domain.node import Node, Observed

_LOCAL = 0x02
"""The bit of a MAC's first octet that says: made up, not burned in."""


def other_hardware(before: Observed, now: Observed) -> bool:
    """Return whether the board or the network cards of a new boot are not those of the last."""
    if before.boot_id == now.boot_id:
        return False
    old, new = before.hardware_fingerprint, now.hardware_fingerprint
    return bool(old and new and old != new)


def unrecognised(known: Node, now: Observed) -> bool:
    """Return whether nothing shows that `now` is the hardware of `known`.

    One network card that came along shows it: a card is in one machine at a time, so the old one
    does not run any more. Cards with made-up addresses show nothing: copies have the same.
    """
    if not other_hardware(known.observed, now):
        return False
    if known.confirmed_fingerprint == now.hardware_fingerprint:
        return False
    return not recognised_by_a_card(known.observed, now)


def recognised_by_a_card(before: Observed, now: Observed) -> bool:
    """Return whether a network card with an address of its maker is in both."""
    return bool(_burned_in(before.inventory) & _burned_in(now.inventory))


def hardware_diff(before: Inventory, now: Inventory) -> tuple[str, ...]:
    """Return what of the hardware changed, a line each; what is unknown on a side is left out."""
    lines: list[str] = []
    if before.cpu is not None and now.cpu is not None and _shape(before.cpu) != _shape(now.cpu):
        lines.append(f"cpu: {_shape(before.cpu)} -> {_shape(now.cpu)}")
    old, new = before.memory_total_bytes, now.memory_total_bytes
    if old is not None and new is not None and old != new:
        lines.append(f"memory: {old} -> {new} bytes")
    if before.nics and now.nics:
        lines += _came_and_went("nic", map(_nic, before.nics), map(_nic, now.nics))
    if before.disks and now.disks:
        lines += _came_and_went(
            "disk",
            (disk.stable_id or disk.path for disk in before.disks),
            (disk.stable_id or disk.path for disk in now.disks),
        )
    return tuple(lines)


def _burned_in(inventory: Inventory) -> set[str]:
    return {nic.mac.lower() for nic in inventory.nics if _is_burned_in(nic.mac)}


def _is_burned_in(mac: str) -> bool:
    try:
        return not int(mac[:2], 16) & _LOCAL and any(int(each, 16) for each in mac.split(":"))
    except ValueError:
        return False


def _shape(cpu: Cpu) -> str:
    count = "?" if cpu.cpu_count is None else cpu.cpu_count
    return f"{cpu.model} x{count}"


def _nic(nic: Nic) -> str:
    return f"{nic.name} {nic.mac}"


def _came_and_went(kind: str, before: Iterable[str], now: Iterable[str]) -> list[str]:
    old, new = set(before), set(now)
    gone = [f"{kind}: -{each}" for each in sorted(old - new)]
    return gone + [f"{kind}: +{each}" for each in sorted(new - old)]
