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
)
from qvdc_agent.domain.machine import Digest
from qvdc_agent.domain.observation import ObservedMachine
from qvdc_agent.domain.refusals import OwnerUnknown
from qvdc_agent.domain.seen import BaseState, BaseView
from qvdc_agent.ports import OwnerAnswer, PluggedPort, Standing
from qvdc_agent.wire import observed_to_wire
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.tls import service_name

REPORT_DEADLINE = timedelta(seconds=5)
MAX_ERROR_LETTERS = 2048

_CACHE_STATES = {
    BaseState.PULLING: cache_sync_pb2.CachedImage.STATE_PULLING,
    BaseState.READY: cache_sync_pb2.CachedImage.STATE_READY,
    BaseState.FAILED: cache_sync_pb2.CachedImage.STATE_ERROR,
}


class VmService:
    """The MachineOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self, standing: Standing, machines: Sequence[ObservedMachine], *, full: bool
    ) -> OwnerAnswer:
        """Tell what is seen of machines."""
        stub = machine_sync_pb2_grpc.MachineSyncServiceStub(_channel(self._dialer, standing, "vm"))
        request = machine_sync_pb2.ReportMachinesRequest(
            node_uid=standing.node_uid,
            boot_id=standing.boot,
            machines=[observed_to_wire(each, node_uid=standing.node_uid) for each in machines],
            full=full,
        )
        answer = await call(stub.ReportMachines, request, timeout=REPORT_DEADLINE)
        return OwnerAnswer(full_wanted=answer.request_full_sync, state_hash=answer.state_hash)


class ImageService:
    """The CacheOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self, standing: Standing, images: Sequence[BaseView], pins: dict[Digest, int]
    ) -> None:
        """Tell what the cache holds."""
        stub = cache_sync_pb2_grpc.CacheSyncServiceStub(_channel(self._dialer, standing, "image"))
        cached = [
            cache_sync_pb2.CachedImage(
                digest=view.digest,
                state=_CACHE_STATES[view.state],
                size_bytes=view.bytes_total,
                bytes_done=view.bytes_done,
                pin_count=pins.get(view.digest, 0),
                error=f"{view.reason}: {view.message}"[:MAX_ERROR_LETTERS] if view.reason else "",
            )
            for view in images
            if view.state in _CACHE_STATES
        ]
        request = cache_sync_pb2.ReportCacheRequest(node_uid=standing.node_uid, images=cached)
        await call(stub.ReportCache, request, timeout=REPORT_DEADLINE)


class NetworkService:
    """The PortOwner over the mesh."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def report(
        self, standing: Standing, chassis: str, ports: Sequence[PluggedPort], error: str
    ) -> None:
        """Tell which ports are plugged."""
        stub = port_sync_pb2_grpc.PortSyncServiceStub(_channel(self._dialer, standing, "network"))
        request = port_sync_pb2.ReportPortsRequest(
            node_uid=standing.node_uid,
            chassis=chassis,
            ports=[
                port_sync_pb2.PluggedPort(
                    port_uid=port.port_uid, interface=port.interface, link_up=port.link_up
                )
                for port in ports
            ],
            error=error[:MAX_ERROR_LETTERS],
        )
        await call(stub.ReportPorts, request, timeout=REPORT_DEADLINE)


def _channel(dialer: Dialer, standing: Standing, service: str) -> grpc.aio.Channel:
    addresses = standing.endpoints.get(service, ())
    if not addresses:
        raise OwnerUnknown(service)
    return dialer.channel(addresses, name=service_name(service))
