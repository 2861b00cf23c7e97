"""Whether this copy can do its work, and which store keeps it from it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio

from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

Probe = Callable[[], Awaitable[object]]

PROBE_TIMEOUT = timedelta(seconds=2)
PROBE_PERIOD = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the last round of probes said; `away` gives the reason per store."""

    ready: bool
    away: dict[str, str]


class Readiness:
    """Asks the registered probes and tells grpc health and /readyz.

    A probe is an async function that returns when its store answers and raises when it does not.
    Probes run together, each for at most 2 s; nothing waits for a store at start-up.
    """

    def __init__(self, health: health_aio.HealthServicer) -> None:
        self._health = health
        self._probes: dict[str, Probe] = {}
        self._names: dict[str, frozenset[str] | None] = {"": None}
        self._draining = False
        self._before: dict[str, str] = {}

    def add(self, name: str, probe: Probe) -> None:
        """Make readiness depend on `probe`; `name` is a store's: postgresql, etcd, redis."""
        self._probes[name] = probe

    def health_name(self, name: str, needs: Iterable[str] | None = None) -> None:
        """Serve `name` in grpc.health.v1; it depends on `needs` alone, by default on everything."""
        self._names[name] = None if needs is None else frozenset(needs)

    async def check(self) -> Verdict:
        """Run the probes now."""
        names = list(self._probes)
        reasons = await asyncio.gather(*(self._why_away(self._probes[name]) for name in names))
        away = {name: why for name, why in zip(names, reasons, strict=True) if why is not None}
        if self._draining:
            away["process"] = "stopping"
        self._tell(away)
        return Verdict(ready=not away, away=away)

    async def watch(self) -> None:
        """Keep grpc health current; one of the process's loops."""
        while True:
            verdict = await self.check()
            for name, needs in self._names.items():
                blocking = verdict.away if needs is None else needs & verdict.away.keys()
                await self._health.set(name, _serving(not blocking and not self._draining))
            await asyncio.sleep(PROBE_PERIOD.total_seconds())

    async def drain(self) -> None:
        """Say on every channel that this copy goes away."""
        self._draining = True
        await self._health.enter_graceful_shutdown()

    async def _why_away(self, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT.total_seconds()):
                await probe()
        except TimeoutError:
            return f"no answer within {PROBE_TIMEOUT.total_seconds():g} s"
        except Refusal as refusal:
            return refusal.message
        except Exception as error:  # noqa: BLE001 - whatever a store's driver raises means "away"
            return type(error).__name__
        return None

    def _tell(self, away: dict[str, str]) -> None:
        for name in away.keys() - self._before.keys():
            log.warning("readiness.lost", store=name, why=away[name])
        for name in self._before.keys() - away.keys():
            log.info("readiness.regained", store=name)
        self._before = away


def _serving(verdict: bool) -> "health_pb2.HealthCheckResponse.ServingStatus":
    status = health_pb2.HealthCheckResponse
    return status.SERVING if verdict else status.NOT_SERVING
