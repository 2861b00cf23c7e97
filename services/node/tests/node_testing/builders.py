"""Nodes and reports for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from qvdc_node.domain.inventory import Condition, Cpu, Inventory, Status
from qvdc_node.domain.node import Intent, Mode, Node, NodeUid, Observed, Phase
from qvdc_node.domain.observation import Report
from qvdc_node.domain.registration import Registration
from qvdc_node.domain.session import Incarnate, Session, SessionView
from qvdc_node.domain.terms import USUAL_GRANT

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
UID = NodeUid("11111111-2222-3333-4444-555555555555")
BOOT = "aaaaaaaa-2222-3333-4444-555555555555"
OTHER_BOOT = "bbbbbbbb-2222-3333-4444-555555555555"
HEALTHY = tuple(
    Condition(type=kind, status=Status.TRUE, since=NOW)
    for kind in ("HypervisorReady", "NetworkReady", "StorageReady")
)
KNOWN = Inventory(cpu=Cpu(cpu_count=8), memory_total_bytes=16 << 30)


def a_node(*, mode: Mode = Mode.ACTIVE, **fields: Any) -> Node:
    """A registered node that has beaten."""
    node = Node(
        uid=UID,
        id="h1",
        intent=Intent(mode=mode),
        observed=Observed(
            hostname="h1", boot_id=BOOT, instance=1, conditions=HEALTHY, inventory=KNOWN
        ),
        generation=1,
        revision=1,
        create_time=NOW,
        update_time=NOW,
        changed_by="user:ann",
        register_time=NOW,
        session_epoch=1,
        beat_sequence=1,
        phase=Phase.READY,
        phase_reason="",
        cluster="",
        key_fingerprint="k",
        certificate_expire_time=None,
        last_heartbeat_time=NOW,
        observe_time=NOW,
    )
    return replace(node, **fields)


def a_report(**fields: Any) -> Report:
    """A beat that tells nothing new."""
    report = Report(
        life=Incarnate(BOOT, 1),
        epoch=1,
        sequence=2,
        usage=None,
        pools=(),
        conditions=HEALTHY,
        at=NOW + timedelta(seconds=3),
    )
    return replace(report, **fields)


def a_session(**fields: Any) -> Session:
    """A session of the first instance in the life of etcd called "life"."""
    session = Session(
        uid=UID,
        life=Incarnate(BOOT, 1),
        epoch=4,
        incarnation="life",
        lease=7,
        revision=9,
        grant=USUAL_GRANT,
    )
    return replace(session, **fields)


def a_view(session: Session | None = None, **fields: Any) -> SessionView:
    """What etcd shows."""
    return replace(SessionView(session=session, fenced="", incarnation="life"), **fields)


def a_registration(uid: str = UID, **observed: Any) -> Registration:
    """A host that joins."""
    told = {"hostname": "h1", "boot_id": BOOT, "instance": 1, **observed}
    return Registration(uid=NodeUid(uid), observed=Observed(**told))
