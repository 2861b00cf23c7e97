"""Roles: the built-in ones follow from the permissions that the contracts name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from qvdc_console.domain.permission import EVERYTHING
from qvdc_console.domain.refusals import BuiltIn
from qvdc_core.errors import EtagMismatch, InvalidField

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A named set of permissions."""

    uid: str
    id: str
    permissions: frozenset[str]
    create_time: datetime
    update_time: datetime
    changed_by: str
    generation: int = 1
    built_in: bool = False
    display_name: str | None = None
    description: str | None = None

    @property
    def name(self) -> str:
        """`roles/<id>`."""
        return f"roles/{self.id}"

    @property
    def etag(self) -> str:
        """Tells re-creations and changes apart."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current, and the role may be changed at all.

        Raises:
            EtagMismatch: somebody was faster.
            BuiltIn: it comes with the product.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )
        if self.built_in:
            raise BuiltIn(self.name)


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that comes with the product."""

    id: str
    display_name: str
    description: str
    permissions: frozenset[str]


_READS = frozenset({"read"})
_IDENTITY = frozenset({"user", "role", "apiKey", "audit", "session", "joinToken"})
_PEOPLE = frozenset({"session"})
_NETWORK = frozenset({"network", "port"})
_MACHINE = frozenset({"vm", "operation"})


def built_in_roles(catalogue: Iterable[str]) -> list[BuiltInRole]:
    """The roles that come with the product, out of every permission that there is."""
    known = frozenset(catalogue)

    def those(test: Callable[[str, str], bool]) -> frozenset[str]:
        return frozenset(each for each in known if test(*each.split(".", 1)))

    reading = those(lambda noun, verb: verb in _READS and noun not in _IDENTITY)
    running = those(lambda noun, _: noun not in _IDENTITY)
    machines = those(lambda noun, _: noun in _MACHINE) | (known & {"port.create", "port.delete"})
    wires = those(lambda noun, _: noun in _NETWORK)
    looking = those(lambda noun, verb: verb in _READS and noun not in _PEOPLE)
    return [
        BuiltInRole(ADMINISTRATOR, "Administrator", "May everything.", frozenset({EVERYTHING})),
        BuiltInRole(
            "operator",
            "Operator",
            "Runs hosts, clusters, networks, images and machines; no users and no join tokens.",
            running,
        ),
        BuiltInRole(
            "vm-user",
            "VM user",
            "Makes and uses machines; sees the rest.",
            reading | machines | (known & {"placement.plan"}),
        ),
        BuiltInRole(
            "network-admin",
            "Network admin",
            "Makes and changes networks; sees the rest.",
            reading | wires,
        ),
        BuiltInRole("auditor", "Auditor", "Sees everything, the audit trail too.", looking),
        BuiltInRole(
            "read-only", "Read-only", "Sees everything but users, roles and keys.", reading
        ),
    ]


def check_permissions(permissions: Iterable[str], catalogue: frozenset[str]) -> None:
    """Return if every permission exists.

    Raises:
        InvalidField: this release knows no such permission.
    """
    nouns = {each.partition(".")[0] for each in catalogue}
    for each in permissions:
        noun, _, verb = each.partition(".")
        if each == EVERYTHING or each in catalogue or (verb == "*" and noun in nouns):
            continue
        raise InvalidField("role.permissions", f"there is no permission {each}", permission=each)
