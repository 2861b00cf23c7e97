"""What goes wrong between a process and etcd."""

from datetime import timedelta

from qvdc_core.errors import StoreUnavailable
from qvdc_core.fence import Fence


class EtcdUnavailable(StoreUnavailable):
    """etcd did not answer in time; whether a write happened is unknown.

    `cause` is for logs; it never reaches the wire.
    """

    def __init__(self, cause: str, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__("etcd", retry_after)
        self.cause = cause


class EtcdRefused(Exception):
    """etcd answered that the request itself is wrong: a permission, a password, a shape."""


class LeaseGone(Exception):
    """There is no such lease: it ended, was revoked, or etcd began anew."""


class LeadershipLost(Exception):
    """The fence no longer leads, or will not for long enough to act on."""

    def __init__(self, fence: Fence) -> None:
        super().__init__(f"{fence} leads no more")
        self.fence = fence


class NoEndpoints(StoreUnavailable):
    """Nobody is known to serve `service`."""

    def __init__(self, service: str) -> None:
        super().__init__(f"service {service}", timedelta(seconds=2))
        self.service = service
