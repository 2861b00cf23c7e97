"""The ways in which clusters say no."""

from collections.abc import Sequence
from datetime import timedelta

from qvdc_core.errors import FieldViolation, Kind, Refusal


class ClusterNameTaken(Refusal):
    """The id, or the display name in its project, is used."""

    kind = Kind.EXISTS
    reason = "CLUSTER_NAME_TAKEN"

    def __init__(self, taken: str, cluster: str) -> None:
        super().__init__(
            f"{taken!r} is the name of {cluster}.", display_name=taken, cluster=cluster
        )


class NodeInOtherCluster(Refusal):
    """A node belongs to one cluster at most."""

    reason = "NODE_IN_OTHER_CLUSTER"

    def __init__(self, node: str, cluster: str) -> None:
        super().__init__(f"{node} belongs to {cluster}.", node=node, cluster=cluster)


class NodeRemoved(Refusal):
    """The node was removed from the site."""

    reason = "NODE_REMOVED"

    def __init__(self, node: str) -> None:
        super().__init__(f"{node} was removed from the site.", node=node)


class NodeNotMember(Refusal):
    """The node is no member of the cluster."""

    reason = "NODE_NOT_MEMBER"

    def __init__(self, node: str, cluster: str) -> None:
        super().__init__(f"{node} does not belong to {cluster}.", node=node, cluster=cluster)


class NodeHasVms(Refusal):
    """Machines are placed on the node; evacuate it first."""

    reason = "NODE_HAS_VMS"

    def __init__(self, node: str, machines: Sequence[str], count: int) -> None:
        super().__init__(
            f"{count} machines are placed on {node}: {', '.join(machines)}.",
            node=node,
            count=count,
            machines=machines,
        )


class ClusterNotEmpty(Refusal):
    """Nodes belong to the cluster."""

    reason = "CLUSTER_NOT_EMPTY"

    def __init__(self, cluster: str, nodes: Sequence[str]) -> None:
        super().__init__(
            f"{len(nodes)} nodes belong to {cluster}: {', '.join(nodes[:20])}.",
            cluster=cluster,
            count=len(nodes),
            nodes=nodes[:20],
        )


class NodesUnknownYet(Refusal):
    """The node service was not heard yet, so nobody can say which nodes exist."""

    kind = Kind.UNAVAILABLE
    reason = "PROJECTION_EMPTY"

    def __init__(self) -> None:
        super().__init__(
            "The nodes are not known yet: the node service was not heard since the start.",
            retry_after=timedelta(seconds=1),
        )


class MachinesUnknownYet(Refusal):
    """The vm service was not heard yet, so nobody can say what depends on a cluster."""

    kind = Kind.UNAVAILABLE
    reason = "PROJECTION_EMPTY"

    def __init__(self) -> None:
        super().__init__(
            "The machines are not known yet: the vm service was not heard since the start.",
            retry_after=timedelta(seconds=1),
        )


class InitialNodesRefused(Refusal):
    """Some of the initial nodes cannot be added, so the cluster is not made; each is named."""

    reason = "INITIAL_NODES_REFUSED"

    def __init__(self, refused: Sequence[tuple[int, str, Refusal]]) -> None:
        _place, _name, first = refused[0]
        super().__init__(
            " ".join(refusal.message for _place, _name, refusal in refused),
            fields=[
                FieldViolation(f"initial_nodes[{place}]", refusal.message, refusal.reason)
                for place, _name, refusal in refused
            ],
            nodes=[name for _place, name, _refusal in refused],
        )
        self.kind = first.kind
        self.reason = first.reason
        self.facts |= first.facts
