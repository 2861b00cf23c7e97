"""Wires what is told of callers that prove nothing, and of hosts that were removed."""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from qvdc_coord.client import Etcd
from qvdc_coord.leadership import Leadership
from qvdc_coord.revocation import publish_revoked
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.reconcile.repeating import CONNECTIONS_EVERY, Repeating
from qvdc_node.reconcile.revocation import RevocationReconciler
from qvdc_node.usecases.connection import ConnectionAudit
from qvdc_obs.metrics import Metrics
from qvdc_obs.native import NativeLines
from qvdc_rpc.handshakes import refused_handshake

Loop = Callable[[], Awaitable[None]]


def security_loops(
    etcd: Etcd,
    leadership: Leadership,
    native: NativeLines | None,
    metrics: Metrics,
    unit_of_work: UnitsOfWork,
    clock: Clock,
    instance: str,
) -> Iterator[tuple[str, Loop]]:
    """Yield the loops by name; connections are told of only where grpc's words were taken over."""
    yield "revocations", _revocations(etcd, leadership, unit_of_work)
    if native is not None:
        yield "connections", _connections(native, metrics, unit_of_work, clock, instance)


def _revocations(etcd: Etcd, leadership: Leadership, unit_of_work: UnitsOfWork) -> Loop:
    """Return the loop that keeps the list of removed hosts which the other services refuse."""

    async def publish(fence: Fence, wanted: Mapping[str, str], /) -> int:
        return await publish_revoked(etcd, fence, wanted)

    return RevocationReconciler(leadership, publish, unit_of_work).run


def _connections(
    native: NativeLines, metrics: Metrics, unit_of_work: UnitsOfWork, clock: Clock, instance: str
) -> Loop:
    """Return the loop that tells of connections that TLS refused: they never reach a servicer."""
    refusals = metrics.counter(
        "tls_handshakes_refused", "Connections that TLS refused.", ["reason"]
    )

    def refused() -> Iterator[str]:
        for line in native.take():
            if (refusal := refused_handshake(line)) is not None:
                yield refusal.value

    audit = ConnectionAudit(
        unit_of_work,
        clock,
        refused=refused,
        count=lambda reason: refusals.labels(reason).inc(),
        instance=instance,
    )
    return Repeating("connections", audit.flush, every=CONNECTIONS_EVERY).run
