"""quantix.host.v1.PoolSyncService: one host never speaks for another."""

from quantix.host.v1 import pool_sync_pb2 as pb
from quantix.node.v1 import storage_pool_pb2
from qvdc_node.api.caller import host_of
from qvdc_node.api.convert import time_of
from qvdc_node.api.fields import enum_name, present, suffix
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import PoolUid
from qvdc_node.domain.pool_file import FileKind, FoundFile
from qvdc_node.domain.pool_sight import Probe, Sight, SightState
from qvdc_node.ports.pools import HostTold
from qvdc_node.usecases.pool_report import FileList, PoolReport, PoolReports
from qvdc_rpc.context import RequestContext

POOL_SYNC_SERVICE = pb.DESCRIPTOR.services_by_name["PoolSyncService"]
_STATE, _KIND = storage_pool_pb2.PoolOnNode.State, storage_pool_pb2.StoragePoolFile.Kind


class PoolSyncServicer:
    """Hears hosts on their storage pools."""

    def __init__(self, reports: PoolReports) -> None:
        self._reports = reports

    async def report_pools(
        self, request: pb.ReportPoolsRequest, ctx: RequestContext
    ) -> pb.ReportPoolsResponse:
        """Take in what a host sees."""
        answer = await self._reports.report(_report(request), caller=host_of(ctx.caller))
        return pb.ReportPoolsResponse(
            state_hash=answer.state_hash, request_full_sync=answer.request_full
        )


def _report(wire: pb.ReportPoolsRequest) -> PoolReport:
    return PoolReport(
        uid=NodeUid(wire.node_uid),
        told=HostTold(wire.boot_id, wire.boottime_milliseconds),
        full=wire.full,
        sights=tuple(_sight(each) for each in wire.pools),
        files={
            PoolUid(each.pool_uid): _files(each.files)
            for each in wire.pools
            if each.HasField("files")
        },
        state_hash=wire.state_hash,
    )


def _sight(wire: pb.ObservedPool) -> Sight:
    return Sight(
        pool_uid=PoolUid(wire.pool_uid),
        generation=wire.generation,
        state=SightState(suffix(_STATE.Name(wire.state), "STATE_")),
        reason=wire.reason,
        error=wire.error,
        path=wire.path,
        capacity_bytes=present(wire, "capacity_bytes", wire.capacity_bytes),
        available_bytes=present(wire, "available_bytes", wire.available_bytes),
        latency_us=present(wire, "latency_microseconds", wire.latency_microseconds),
        change_count=wire.change_count,
        reconnect_count=wire.reconnect_count,
        rescan_count=wire.rescan_count,
        probe=_probe(wire.probe) if wire.HasField("probe") else None,
    )


def _probe(wire: pb.SamenessProbe) -> Probe:
    return Probe(
        nonce=wire.nonce,
        previous_nonce=wire.previous_nonce,
        seen={each.node_uid: each.nonce for each in wire.seen},
    )


def _files(wire: pb.PoolFiles) -> FileList:
    return FileList(
        files=tuple(_file(each) for each in wire.files),
        truncated=wire.truncated,
        scan_time=time_of(wire.scan_time) if wire.HasField("scan_time") else None,
    )


def _file(wire: pb.PoolFile) -> FoundFile:
    kind = suffix(enum_name(_KIND, wire.kind), "KIND_")
    return FoundFile(
        path=wire.path,
        kind=FileKind.OTHER if kind == "UNSPECIFIED" else FileKind(kind),
        size_bytes=wire.size_bytes,
        allocated_bytes=wire.allocated_bytes,
        modify_time=time_of(wire.modify_time) if wire.HasField("modify_time") else None,
        owner_uid=wire.owner_uid,
        disk_id=wire.disk_id,
    )
