"""Wire and domain say the same in both directions (GEN-3, GEN-15)."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from quantix.cluster.v1 import cluster_pb2 as pb
from qvdc_cluster.api import convert
from qvdc_cluster.domain.cluster import Cluster, ClusterIntent, ClusterUid, ClusterView
from qvdc_cluster.domain.settings import (
    AdmissionPolicy,
    AdmissionSettings,
    DrsMode,
    DrsPolicy,
    DrsSettings,
    HaSettings,
    IsolationResponse,
    Overcommit,
    VmMonitoring,
)
from qvdc_cluster.domain.status import Status, StatusReason, StatusState

WORDS = st.text("abc", max_size=5)
INTENTS = st.builds(
    ClusterIntent,
    project=st.just("default"),
    display_name=WORDS,
    description=WORDS,
    labels=st.dictionaries(WORDS, WORDS, max_size=3),
    ha=st.builds(
        HaSettings,
        enabled=st.booleans(),
        host_monitoring=st.booleans(),
        vm_monitoring=st.sampled_from(VmMonitoring),
        admission=st.builds(
            AdmissionSettings,
            policy=st.sampled_from(AdmissionPolicy),
            failover_capacity=st.integers(1, 8),
            reserve_cpu_percent=st.integers(0, 90),
            failover_nodes=st.lists(WORDS, max_size=3).map(tuple),
        ),
        restart_priority=st.integers(1, 5),
        isolation_response=st.sampled_from(IsolationResponse),
    ),
    drs=st.builds(
        DrsSettings,
        enabled=st.booleans(),
        mode=st.sampled_from(DrsMode),
        policy=st.sampled_from(DrsPolicy),
        cooldown_seconds=st.integers(0, 86400),
    ),
    overcommit=st.builds(Overcommit, cpu_ratio=st.floats(1, 16), memory_ratio=st.floats(1, 2)),
    shared_storage_required=st.booleans(),
    storage_pools=st.lists(WORDS, max_size=3).map(tuple),
    networks=st.lists(WORDS, max_size=3).map(tuple),
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLUSTER = Cluster(
    uid=ClusterUid("11111111-1111-4111-8111-111111111111"),
    id="prod",
    intent=ClusterIntent(),
    generation=3,
    revision=4,
    create_time=NOW,
    update_time=NOW,
    changed_by="user:ann",
    nodes=("nodes/h1",),
    announced=StatusState.HEALTHY,
)


@given(INTENTS, st.sampled_from(StatusState))
def test_what_is_written_is_read_back_equal(intent: ClusterIntent, state: StatusState) -> None:
    status = Status(state, (StatusReason("NO_NODES", "It has no nodes."),))

    wire = convert.cluster_to_wire(ClusterView(replace(CLUSTER, intent=intent), status))
    parsed = pb.Cluster.FromString(wire.SerializeToString())

    assert convert.intent_of(parsed) == intent
    assert pb.ClusterStatus.State.Name(parsed.status.state) == f"STATE_{state.value}"


def test_a_cluster_that_says_nothing_has_the_defaults() -> None:
    assert convert.intent_of(pb.Cluster()) == ClusterIntent()


def test_without_a_mask_the_present_fields_count_at_any_depth() -> None:
    cluster = pb.Cluster(name="clusters/prod", description="", ha=pb.HaSettings(enabled=False))
    cluster.ha.admission.failover_capacity = 2

    paths = convert.changed_paths(pb.UpdateClusterRequest(cluster=cluster))

    assert paths == {"name", "description", "ha.enabled", "ha.admission.failover_capacity"}
