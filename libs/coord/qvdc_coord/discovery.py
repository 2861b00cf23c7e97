"""Where the copies of each service listen: announced under leases, cached, with a fallback."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from qvdc_coord.client import Etcd, Snapshot
from qvdc_coord.errors import EtcdUnavailable, LeaseGone, NoEndpoints
from qvdc_coord.keys import SERVICES, service_prefix
from qvdc_coord.lease import Lease, Leases
from qvdc_coord.txn import KeyValue
from qvdc_coord.watch import Changed, Event, Removed, watch_prefix
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
SERVICE_TTL = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one copy of a service, `host:port` each."""

    mesh: str
    http: str


class Discovery:
    """Announces this process and finds the others.

    `run` must run for as long as the process (in its TaskGroup); until its first snapshot
    and whenever nobody is announced, `resolve` answers with the static fallback.
    """

    def __init__(
        self,
        etcd: Etcd,
        leases: Leases,
        *,
        static: Mapping[str, Sequence[Endpoints]] | None = None,
    ) -> None:
        self._etcd = etcd
        self._leases = leases
        self._static = {service: tuple(known) for service, known in (static or {}).items()}
        self._seen: dict[str, dict[str, Endpoints]] = {}
        self._last: dict[str, tuple[Endpoints, ...]] = {}
        self._loaded = asyncio.Event()

    async def run(self) -> None:
        """Follow what is announced. Never ends; keeps what it knows while etcd is away."""
        async with aclosing(watch_prefix(self._etcd, SERVICES)) as events:
            async for event in events:
                self._apply(event)
                self._loaded.set()

    async def announce(self, service: str, instance: str, endpoints: Endpoints) -> None:
        """Keep this copy announced until cancelled, then take it back.

        Announces again when the lease is lost or etcd was emptied, and waits while etcd
        is away.
        """
        key = service_prefix(service) + instance
        value = json.dumps({"mesh": endpoints.mesh, "http": endpoints.http}).encode()
        while True:
            lease: Lease | None = None
            try:
                lease = await self._leases.grant(SERVICE_TTL)
                await self._etcd.put(key, value, lease=lease.id)
                log.info("discovery.announced", service=service, instance=instance)
                await lease.wait_lost()
            except (EtcdUnavailable, LeaseGone) as error:
                log.info("discovery.waiting", service=service, cause=str(error))
                await asyncio.sleep(random.uniform(0.3, 1.0))  # noqa: S311 - jitter
            finally:
                if lease is not None:
                    await asyncio.shield(self._leases.revoke(lease))

    async def resolve(
        self, service: str, *, within: timedelta = timedelta(seconds=2)
    ) -> tuple[Endpoints, ...]:
        """Return the copies of `service`, announced ones first choice, then the last known,
        then the static ones. Waits up to `within` for the first look at etcd only.

        Raises:
            NoEndpoints: none is known at all.
        """
        if not self._loaded.is_set() and service not in self._static:
            try:
                async with asyncio.timeout(within.total_seconds()):
                    await self._loaded.wait()
            except TimeoutError:
                log.info("discovery.not_loaded", service=service)
        found = self.known(service)
        if not found:
            raise NoEndpoints(service)
        return found

    def known(self, service: str) -> tuple[Endpoints, ...]:
        """Return what `resolve` would without waiting; empty when nothing is known."""
        announced = tuple(self._seen.get(service, {}).values())
        return announced or self._static.get(service, ()) or self._last.get(service, ())

    def services(self) -> tuple[str, ...]:
        """Return the names of all services that anything is known of."""
        return tuple(sorted({*self._seen, *self._static, *self._last}))

    def _apply(self, event: Event) -> None:
        match event:
            case Snapshot(_, kvs):
                self._remember()
                self._seen = {}
                for kv in kvs:
                    self._add(kv)
            case Changed(kv):
                self._add(kv)
            case Removed(key):
                self._remember()
                service, _, instance = key.removeprefix(SERVICES).partition("/")
                self._seen.get(service, {}).pop(instance, None)

    def _remember(self) -> None:
        for service, copies in self._seen.items():
            if copies:
                self._last[service] = tuple(copies.values())

    def _add(self, kv: KeyValue) -> None:
        service, _, instance = kv.key.removeprefix(SERVICES).partition("/")
        try:
            said = json.loads(kv.value)
            endpoints = Endpoints(mesh=str(said["mesh"]), http=str(said["http"]))
        except (ValueError, KeyError, TypeError):
            log.warning("discovery.unreadable", key=kv.key)
            return
        self._seen.setdefault(service, {})[instance] = endpoints
