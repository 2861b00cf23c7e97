"""What machines and hosts hold of images."""

from dataclasses import dataclass
from datetime import datetime

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
