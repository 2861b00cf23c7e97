"""What machines and hosts hold of images."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qvdc_core.state_hash import SeenItem, state_hash
from qvdc_image.domain.image import LocationState


@dataclass(frozen=True, slots=True)
class Claim:
    """A machine's hold on an image."""

    image_uid: str
    vm_uid: str
    vm_name: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What a host needs to fetch the bytes."""

    image: str
    image_uid: str
    digest: str
    format: str
    size_bytes: int
    virtual_size_bytes: int
    urls: tuple[str, ...]
    ticket: str
    ticket_expire_time: datetime


@dataclass(frozen=True, slots=True)
class CachedCopy:
    """One image in a host's cache, as the host reported it."""

    digest: str
    state: LocationState
    size_bytes: int
    done_bytes: int
    pin_count: int
    error: str
    observe_time: datetime
    change_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheReport:
    """What one host tells of its cache.

    Args:
        unchanged: the last whole report stands; `copies` is empty.
        state_hash: of all that the host has; "" for not told.
        change_count: counts the changes that the host saw of any of them, progress apart.
    """

    node_uid: str
    copies: tuple[CachedCopy, ...] = ()
    unchanged: bool = False
    state_hash: str = ""
    change_count: int = 0
    observe_time: datetime

    def later_than(self, change_count: int, observe_time: datetime) -> bool:
        """Whether this is newer than the report with these signs; both must point back for it to
        be late: a restarted agent counts anew, and a clock may be set back."""
        return self.observe_time >= observe_time or self.change_count > change_count


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheAnswer:
    """The owner's view of a report; counts of a whole one.

    Args:
        lost: digests that were known to be there, and were not named.
        unknown: digests that were named, and are of no image here.
    """

    state_hash: str
    request_full: bool = False
    reconciled: int = 0
    lost: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def cache_hash(copies: Iterable[CachedCopy]) -> str:
    """The hash of a host's cache."""
    return state_hash(SeenItem(each.digest, each.state.value, each.change_count) for each in copies)
