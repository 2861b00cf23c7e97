"""Which machine is placed on which node: what is known of another service's noun."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AllPlaced:
    """Machine name -> node name, of all machines that are placed."""

    nodes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one machine is; an empty `node` is nowhere."""

    machine: str
    node: str
