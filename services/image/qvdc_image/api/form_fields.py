"""The fields of an upload form as what a sender asks for; both spellings are known."""

import re
from collections.abc import Mapping

from quantix.image.v1 import image_pb2 as pb
from qvdc_core.errors import InvalidField, UnknownField
from qvdc_image.api import convert
from qvdc_image.api.tus_metadata import kind_of, number_of
from qvdc_image.domain.upload import Digest
from qvdc_image.usecases.upload import NewUpload
from qvdc_rpc.pipeline import validate

LIBRARY = "library"
"""The one place where images are kept; naming it is allowed."""
_ALIASES = {
    "display_name": "name",
    "id": "image_id",
    "digest": "checksum",
    "sha256": "checksum",
    "storage_pool": "storage_pool_id",
    "node": "node_id",
}
_KNOWN = frozenset(
    {
        "name",
        "image_id",
        "description",
        "os_family",
        "distribution",
        "version",
        "storage_pool_id",
        "node_id",
        "folder",
        "checksum",
        "kind",
        "architecture",
        "min_disk_bytes",
        "min_memory_bytes",
    }
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DOTS = ("", ".", "..")


def field_name(text: str) -> str:
    """The field's name in one spelling: osFamily is os_family.

    Raises:
        UnknownField: there is no such field.
    """
    name = _CAPITAL.sub(lambda match: f"_{match[1].lower()}", text)
    name = _ALIASES.get(name, name)
    if name not in _KNOWN:
        raise UnknownField(text[:128])
    return name


def plain_file_name(text: str) -> str:
    """A sender's file name without its folders and without what no name should hold.

    It is shown, and never used as a path.
    """
    last = re.split(r"[/\\]", _CONTROL.sub("", text))[-1].strip()
    return "" if last in _DOTS else last[:255]


def new_upload(fields: Mapping[str, str], *, file_name: str, size_bytes: int) -> NewUpload:
    """Read what a form asks for, as far as it was read.

    Raises:
        InvalidField, Refusal: a value breaks a rule.
    """
    checksum = fields.get("checksum", "").strip()
    _check_place(fields)
    image = pb.Image(
        architecture=fields.get("architecture", ""),
        os=pb.OperatingSystem(
            family=fields.get("os_family", ""),
            distribution=fields.get("distribution", ""),
            version=fields.get("version", ""),
        ),
        folder=fields.get("folder", ""),
    )
    if name := fields.get("name"):
        image.display_name = name
    if description := fields.get("description"):
        image.description = description
    if kind := fields.get("kind"):
        image.kind = kind_of(kind)
    for field in ("min_disk_bytes", "min_memory_bytes"):
        if number := fields.get(field):
            setattr(image, field, number_of(number, field))
    request = pb.CreateUploadRequest(
        image=image,
        image_id=fields.get("image_id", ""),
        upload=pb.Upload(size_bytes=max(size_bytes, 1), file_name=plain_file_name(file_name)),
    )
    validate(request)
    expected = Digest.parse(checksum, field="checksum") if checksum else None
    return convert.new_upload(request, expected=expected, sized=False)


def _check_place(fields: Mapping[str, str]) -> None:
    """Refuse places that this site does not offer, rather than pretend."""
    pool = fields.get("storage_pool_id", "").rpartition("/")[2]
    if pool not in ("", LIBRARY):
        raise InvalidField(
            "storage_pool_id", f"images are kept in the site's {LIBRARY}; leave it out"
        )
    if fields.get("node_id"):
        raise InvalidField("node_id", "hosts fetch images when machines need them; leave it out")
