"""How storage pools read, and what `qvdc pool` refuses before it asks."""

import pytest
from typer.testing import CliRunner

from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_cli.app import build
from qvdc_cli.commands.pool_views import COLUMNS, DETAILS, FILES, ON_NODE

GIB = 1 << 30


def a_pool() -> pb.StoragePool:
    lost = pb.PoolOnNode(
        node="nodes/h2", state="STATE_ERROR", reason="MARKER_MISSING", error="/p is not there"
    )
    return pb.StoragePool(
        name="storage-pools/fast", type="TYPE_LOCAL_DIR", phase="PHASE_DEGRADED",
        phase_reason="MARKER_MISSING", capacity_bytes=100 * GIB, available_bytes=60 * GIB,
        claimed_bytes=150 * GIB, claim_count=3, overprovision_ratio=2.0,
        assigned_nodes=["nodes/h1", "nodes/h2"],
        node_states=[
            pb.PoolOnNode(
                node="nodes/h1", state="STATE_HEALTHY", capacity_bytes=100 * GIB,
                available_bytes=60 * GIB,
            ),
            lost,
        ],
    )  # fmt: skip


def test_st_6_a_pool_tells_each_nodes_state_with_the_hosts_words() -> None:
    told = {column.title: column.value(a_pool()) for column in DETAILS}
    assert told["Nodes"].splitlines() == [
        "h1: HEALTHY, 60 GiB of 100 GiB free",
        "h2: ERROR (MARKER_MISSING /p is not there)",
    ]
    row = [column.value(a_pool()) for column in COLUMNS]
    assert row[:5] == ["fast", "LOCAL_DIR", "DEGRADED", "MARKER_MISSING", "2"]


def test_unknown_room_is_shown_as_unknown() -> None:
    unseen = {
        column.title: column.value(pb.PoolOnNode(state="STATE_UNKNOWN")) for column in ON_NODE
    }
    assert (unseen["STATE"], unseen["FREE"], unseen["SEEN"]) == ("UNKNOWN", "-", "-")
    lost = pb.StoragePoolFile(owner="vms/a", disk_id="root", orphan=True)
    told = {column.title: column.value(lost) for column in FILES}
    assert (told["PATH"], told["ORPHAN"]) == ("(no file)", "yes")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "p", "--type", "tape"], "local-dir, shared-dir"),
        (["create", "p", "--content", "films"], "disks, images, iso, backup"),
        (["edit", "p"], "say what to change"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_asked(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(build(), ["pool", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert said in result.output
