"""What this service knows of nodes, and what lists may be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qvdc_vm.domain import plan
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import HostUid


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A node as the node service told.

    Args:
        alive: it has a session; False also while that is not known.
        removed: it was taken out of the inventory for good.
        agent_addresses: host:port of its agent.
        report_time: when it last told this service about its machines.
    """

    uid: HostUid
    name: str
    alive: bool
    removed: bool = False
    phase: str = ""
    agent_addresses: tuple[str, ...] = ()
    boot_id: str = ""
    report_time: datetime | None = None

    @property
    def for_plan(self) -> plan.Host:
        """How the planner sees it."""
        if self.removed:
            return plan.Host.REMOVED
        return plan.Host.UP if self.alive else plan.Host.DOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Which machines to list; an empty field matches everything.

    Args:
        query: text within id, display name or description.
        cluster, node: resource names.
    """

    name_prefix: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    states: tuple[State, ...] = ()
    cluster: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class NodeChanged:
    """A node as it is now; the token is "" within a snapshot."""

    host: Host
    token: str


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    """A node that is gone for good."""

    uid: HostUid
    token: str


@dataclass(frozen=True, slots=True)
class NodesSynced:
    """The snapshot is whole: nodes that it did not name are gone."""

    token: str


@dataclass(frozen=True, slots=True)
class NodesExpired:
    """The token is too old: begin again without one."""


NodeChange = NodeChanged | NodeRemoved | NodesSynced | NodesExpired
