"""How a cluster stands: first match decides, every reason is listed (CL-6)."""

import pytest

from qvdc_cluster.domain.settings import HaSettings
from qvdc_cluster.domain.status import StatusState, judge
from qvdc_cluster.domain.usage import NodeCounts, ResourceUsage, Usage

QUIET = HaSettings()


def test_a_cluster_without_nodes_is_healthy() -> None:
    status = judge(HaSettings(enabled=True), Usage())

    assert status.state is StatusState.HEALTHY
    assert [reason.reason for reason in status.reasons] == ["NO_NODES"]


@pytest.mark.parametrize(
    ("nodes", "state", "reasons"),
    [
        (NodeCounts(total=3, online=3), StatusState.HEALTHY, []),
        (NodeCounts(total=2, maintenance=2), StatusState.MAINTENANCE, ["ALL_IN_MAINTENANCE"]),
        (NodeCounts(total=3, online=1, offline=2), StatusState.CRITICAL, ["NODES_OFFLINE"]),
        (NodeCounts(total=2, online=1, offline=1), StatusState.WARNING, ["NODES_OFFLINE"]),
        (NodeCounts(total=2, online=1, not_ready=1), StatusState.WARNING, ["NODES_NOT_READY"]),
        (NodeCounts(total=2, online=1, maintenance=1), StatusState.HEALTHY, []),
    ],
)
def test_nodes_decide(nodes: NodeCounts, state: StatusState, reasons: list[str]) -> None:
    status = judge(QUIET, Usage(nodes=nodes))

    assert status.state is state
    assert [reason.reason for reason in status.reasons] == reasons


def test_all_reasons_are_listed() -> None:
    usage = Usage(
        nodes=NodeCounts(total=4, online=1, offline=2, not_ready=1),
        memory_bytes=ResourceUsage(capacity=100, used=91),
        cpu_mhz=ResourceUsage(capacity=100, used=90),
    )

    status = judge(HaSettings(enabled=True), usage)

    assert status.state is StatusState.WARNING
    assert [reason.reason for reason in status.reasons] == [
        "NODES_OFFLINE",
        "NODES_NOT_READY",
        "MEMORY_HIGH",
        "HA_TOO_FEW_NODES",
    ]
