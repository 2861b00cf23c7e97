"""Tells the services of the control plane what this host has of their nouns."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from quantix.host.v1 import (
    cache_sync_pb2,
    cache_sync_pb2_grpc,
    machine_sync_pb2,
    machine_sync_pb2_grpc,
    port_sync_pb2,
    port_sync_pb2_grpc,
    sync_pb2,
)
from qvdc_agent.domain.observation import ObservedMachine
from qvdc_agent.domain.refusals import OwnerUnknown
from qvdc_agent.ports import CachedImage, OwnerAnswer, Standing, Standpoint, SwitchView
from qvdc_agent.wire import observed_to_wire
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.tls import service_name

REPORT_DEADLINE = timedelta(seconds=5)
MAX_ERROR_LETTERS = 2048


class VmService:
    """The MachineOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self,
        standing: Standing,
        machines: Sequence[ObservedMachine],
        *,
        full: bool,
        state_hash: str,
    ) -> OwnerAnswer:
        """Tell what is seen of machines."""
        stub = machine_sync_pb2_grpc.MachineSyncServiceStub(_channel(self._dialer, standing, "vm"))
        request = machine_sync_pb2.ReportMachinesRequest(
            node_uid=standing.node_uid,
            boot_id=standing.boot,
            machines=[observed_to_wire(each, node_uid=standing.node_uid) for each in machines],
            full=full,
            state_hash=state_hash,
        )
        answer = await call(stub.ReportMachines, request, timeout=REPORT_DEADLINE)
        kinds = machine_sync_pb2.MachineConflict.Kind
        return OwnerAnswer(
            full_wanted=answer.request_full_sync,
            differences=tuple(
                f"{each.vm_uid} {_word(kinds.Name(each.kind))}" for each in answer.conflicts
            ),
        )


class ImageService:
    """The CacheOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self, standing: Standing, images: Sequence[CachedImage], stand: Standpoint
    ) -> OwnerAnswer:
        """Tell what the cache holds."""
        stub = cache_sync_pb2_grpc.CacheSyncServiceStub(_channel(self._dialer, standing, "image"))
        request = cache_sync_pb2.ReportCacheRequest(
            node_uid=standing.node_uid,
            images=[_image(each) for each in images],
            unchanged=stand.unchanged,
            state_hash=stand.state_hash,
            change_count=stand.change_count,
        )
        request.observe_time.FromDatetime(stand.observed)
        return _answer(await call(stub.ReportCache, request, timeout=REPORT_DEADLINE))


class NetworkService:
    """The PortOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self, standing: Standing, switch: SwitchView, stand: Standpoint
    ) -> OwnerAnswer:
        """Tell which ports are plugged."""
        stub = port_sync_pb2_grpc.PortSyncServiceStub(_channel(self._dialer, standing, "network"))
        request = port_sync_pb2.ReportPortsRequest(
            node_uid=standing.node_uid,
            chassis=switch.chassis,
            ports=[
                port_sync_pb2.PluggedPort(
                    port_uid=port.port_uid,
                    interface=port.interface,
                    link_up=port.link_up,
                    change_count=change_count,
                )
                for port, change_count in switch.ports
            ],
            error=switch.error[:MAX_ERROR_LETTERS],
            unchanged=stand.unchanged,
            state_hash=stand.state_hash,
            change_count=stand.change_count,
        )
        request.observe_time.FromDatetime(stand.observed)
        return _answer(await call(stub.ReportPorts, request, timeout=REPORT_DEADLINE))


def _image(image: CachedImage) -> cache_sync_pb2.CachedImage:
    view = image.view
    return cache_sync_pb2.CachedImage(
        digest=view.digest,
        state=f"STATE_{view.state.told}",
        size_bytes=view.bytes_total,
        bytes_done=view.bytes_done,
        pin_count=image.pin_count,
        error=f"{view.reason}: {view.message}"[:MAX_ERROR_LETTERS] if view.reason else "",
        change_count=image.change_count,
    )


def _answer(
    answer: cache_sync_pb2.ReportCacheResponse | port_sync_pb2.ReportPortsResponse,
) -> OwnerAnswer:
    kinds = sync_pb2.SyncConflict.Kind
    return OwnerAnswer(
        full_wanted=answer.request_full_sync,
        differences=tuple(f"{each.id} {_word(kinds.Name(each.kind))}" for each in answer.conflicts),
    )


def _word(kind: str) -> str:
    return kind.removeprefix("KIND_")


def _channel(dialer: Dialer, standing: Standing, service: str) -> grpc.aio.Channel:
    addresses = standing.endpoints.get(service, ())
    if not addresses:
        raise OwnerUnknown(service)
    return dialer.channel(addresses, name=service_name(service))
