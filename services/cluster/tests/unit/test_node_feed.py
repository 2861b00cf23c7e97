"""What is read of a node on the wire."""

from quantix.node.v1 import node_pb2 as pb
from qvdc_cluster.adapters.node_feed import node_of


def test_only_taints_that_keep_machines_off_are_read_as_such() -> None:
    taints = [
        pb.Taint(key="gpu", effect="EFFECT_NO_SCHEDULE"),
        pb.Taint(key="gpu", effect="EFFECT_NO_EXECUTE"),
        pb.Taint(key="old", effect="EFFECT_PREFER_NO_SCHEDULE"),
    ]
    assert node_of(pb.Node(taints=taints)).taints == ("gpu",)
