"""Clusters: groups of hosts under one policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from qvdc_cluster.domain.settings import DrsSettings, HaSettings, Overcommit
from qvdc_cluster.domain.status import Status, StatusState
from qvdc_core.errors import EtagMismatch

ClusterUid = NewType("ClusterUid", str)
NodeUid = NewType("NodeUid", str)
Etag = NewType("Etag", str)

DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterIntent:
    """Everything that people may say about a cluster; field names are those of the contract."""

    project: str = DEFAULT_PROJECT
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ha: HaSettings = field(default_factory=HaSettings)
    drs: DrsSettings = field(default_factory=DrsSettings)
    overcommit: Overcommit = field(default_factory=Overcommit)
    shared_storage_required: bool = False
    default_storage_pool: str = ""
    storage_pools: tuple[str, ...] = ()
    default_network: str = ""
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster as it is stored.

    Args:
        id: the last segment of its name.
        generation: counts changes of what was asked for, membership included.
        revision: counts every stored change; watchers drop older ones.
        changed_by: subject of the actor of the last such change, at `update_time`.
        nodes: names of its nodes, sorted.
        announced: the status that watchers were told last.
    """

    uid: ClusterUid
    id: str
    intent: ClusterIntent
    generation: int
    revision: int
    create_time: datetime
    update_time: datetime
    changed_by: str
    nodes: tuple[str, ...]
    announced: StatusState

    @property
    def name(self) -> str:
        """`clusters/<id>`."""
        return f"clusters/{self.id}"

    @property
    def etag(self) -> Etag:
        """Changes with the generation, and with the cluster."""
        return Etag(f"{self.generation}-{self.uid[:8]}")

    def require(self, etag: Etag | None) -> None:
        """Go on only if `etag` is current, or none was given.

        Raises:
            EtagMismatch: somebody changed the cluster, who and when.
        """
        if etag is not None and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster with how it stands."""

    cluster: Cluster
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFilter:
    """Which clusters to list; an empty field matches everything."""

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    project: str = ""
    states: tuple[StatusState, ...] = ()
