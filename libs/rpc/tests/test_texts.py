"""NUL is found wherever a string may hide it."""

import pytest

from quantix.cluster.v1 import cluster_pb2
from qvdc_rpc.texts import nul_in


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        (cluster_pb2.Cluster(description="plain"), None),
        (cluster_pb2.Cluster(description="a" * 256, generation=1 << 32), None),
        (cluster_pb2.Cluster(description="a\0b"), "cluster.description"),
        (cluster_pb2.Cluster(labels={"a": "b\0"}), "cluster.labels"),
        (cluster_pb2.Cluster(labels={"\0": "b"}), "cluster.labels"),
    ],
)
def test_gen_21_nul_is_found_at_any_depth(cluster: cluster_pb2.Cluster, path: str | None) -> None:
    assert nul_in(cluster_pb2.CreateClusterRequest(cluster=cluster)) == path
