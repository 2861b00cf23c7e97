"""Upload-Metadata as the request that CreateUpload takes, so that one set of rules binds both."""

import re
from collections.abc import Mapping
from typing import cast

from quantix.image.v1 import image_pb2 as pb
from qvdc_core.errors import InvalidField
from qvdc_core.ids import ID_PATTERN

_NAME_ALIASES = ("displayName", "display_name")


def create_request(
    metadata: Mapping[str, str], *, size_bytes: int, request_id: str
) -> pb.CreateUploadRequest:
    """Read metadata of a tus creation; keys that are not known are kept for the sender only.

    `name` is taken as the image's id when it is one, else as its display name, since common
    clients put the file's name there.

    Raises:
        InvalidField: the kind is not known or a number is none.
    """
    request = pb.CreateUploadRequest(request_id=request_id)
    upload, image = request.upload, request.image
    upload.size_bytes = size_bytes
    upload.file_name = _first(metadata, "filename", "fileName", "file_name")[:255]
    upload.digest = _digest(_first(metadata, "digest", "checksum", "sha256"))
    upload.head_digest = _first(metadata, "headDigest", "head_digest").lower()
    name = metadata.get("name", "")
    is_id = re.fullmatch(ID_PATTERN, name) is not None
    request.image_id = _first(metadata, "imageId", "image_id") or (name if is_id else "")
    display_name = _first(metadata, *_NAME_ALIASES) or ("" if is_id else name)
    if display_name:
        image.display_name = display_name
    if description := metadata.get("description"):
        image.description = description
    if architecture := metadata.get("architecture"):
        image.architecture = architecture
    image.folder = metadata.get("folder", "")
    image.os.family = _first(metadata, "osFamily", "os_family")
    image.os.distribution = _first(metadata, "distribution", "osDistribution")
    image.os.version = _first(metadata, "version", "osVersion")
    if kind := metadata.get("kind"):
        image.kind = kind_of(kind)
    for key, field in (("minDiskBytes", "min_disk_bytes"), ("minMemoryBytes", "min_memory_bytes")):
        if number := _first(metadata, key, field):
            setattr(image, field, number_of(number, field))
    return request


def _first(metadata: Mapping[str, str], *keys: str) -> str:
    return next((metadata[key] for key in keys if metadata.get(key)), "")


def _digest(text: str) -> str:
    """SHA-256 as CreateUpload spells it."""
    return text.strip().lower().removeprefix("sha256:").removeprefix("sha-256:")


def kind_of(text: str) -> pb.Image.Kind:
    """Read a kind of image, with or without its prefix, in any case.

    Raises:
        InvalidField: there is no such kind.
    """
    name = text.strip().upper().removeprefix("KIND_")
    if name == "UNSPECIFIED" or f"KIND_{name}" not in pb.Image.Kind.keys():  # noqa: SIM118
        raise InvalidField("image.kind", f"{text[:32]} is not a kind of image")
    return cast(pb.Image.Kind, pb.Image.Kind.Value(f"KIND_{name}"))


def number_of(text: str, field: str) -> int:
    """Read a number of bytes of the image's `field`.

    Raises:
        InvalidField: it is none.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise InvalidField(f"image.{field}", "must be a number of bytes")
    return int(text)
