"""Identifiers: client-choosable ids, resource names and UUIDs."""

import re
from dataclasses import dataclass

from qvdc_core.errors import InvalidField

ID_PATTERN = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
"""What a client-choosable id looks like: 1 to 63 characters, RFC 1035 label."""

RESERVED_IDS = frozenset(
    {"batch", "catalogue", "folders", "imports", "info", "upload", "uploads", "validate", "watch"}
)
"""Words that routes use, refused as ids."""

_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def check_id(value: str, *, field: str = "id") -> str:
    """Return `value` when a client may choose it as an id.

    Raises:
        InvalidField: it breaks the pattern, is reserved by a route, or is shaped like a UUID.
    """
    if not _ID.fullmatch(value):
        raise InvalidField(field, f"must match {ID_PATTERN}", pattern=ID_PATTERN)
    if value in RESERVED_IDS:
        raise InvalidField(field, f"{value} is a reserved word", reserved=value)
    if is_uuid(value):
        raise InvalidField(field, "must not be shaped like a UUID")
    return value


def is_uuid(value: str) -> bool:
    """Whether `value` is a UUID in its canonical lower-case form."""
    return _UUID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Name:
    """A resource's flat name, `<noun>/<id>`, such as clusters/prod.

    The id is a chosen id or, in look-ups, the resource's uid.
    """

    noun: str
    id: str

    @classmethod
    def parse(cls, text: str, noun: str, *, field: str = "name") -> "Name":
        """Read `text` as a name of `noun`.

        Raises:
            InvalidField: it is of another noun or no name at all.
        """
        found, slash, last = text.partition("/")
        if found != noun or not slash or not _SEGMENT.fullmatch(last):
            raise InvalidField(field, f"must look like {noun}/ID")
        return cls(noun, last)

    @property
    def has_uid(self) -> bool:
        """Whether the last segment is a uid rather than a chosen id."""
        return is_uuid(self.id)

    def __str__(self) -> str:
        return f"{self.noun}/{self.id}"
