"""Metrics of one process, in a registry of its own so that several apps live in one test."""

from collections.abc import Sequence
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)

LATENCY_BUCKETS_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
)
"""From a cached read to the default deadline."""


class Metrics:
    """Makes and renders the metrics of one process; every name gets the prefix qvdc_.

    Asking again for a name returns the metric made first.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        """A count that only grows; name it after what is counted, without _total."""
        return self._once(name, Counter, text, labels)

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        """A value that goes up and down; the unit belongs in the name."""
        return self._once(name, Gauge, text, labels)

    def histogram(
        self,
        name: str,
        text: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = LATENCY_BUCKETS_SECONDS,
    ) -> Histogram:
        """A distribution, of seconds unless `buckets` say otherwise."""
        if name not in self._made:
            self._made[name] = Histogram(
                f"qvdc_{name}", text, labels, registry=self.registry, buckets=buckets
            )
        return self._expect(name, Histogram)

    def render(self) -> tuple[bytes, str]:
        """Return the page that Prometheus reads, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _once(self, name: str, kind: type[_Metric], text: str, labels: Sequence[str]) -> _Metric:
        if name not in self._made:
            self._made[name] = kind(f"qvdc_{name}", text, labels, registry=self.registry)
        return self._expect(name, kind)

    def _expect(self, name: str, kind: type[_Metric]) -> _Metric:
        made = self._made[name]
        if not isinstance(made, kind):
            raise TypeError(f"metric {name} is already a {type(made).__name__}")
        return made
