"""Who may call what, read from the descriptors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor, ServiceDescriptor

from quantix.access.v1 import access_pb2
from qvdc_core.actor import Actor, ActorKind
from qvdc_core.errors import Kind, PermissionMissing, Refusal, Unauthenticated

PUBLIC_PACKAGES = frozenset(
    f"quantix.{noun}.v1"
    for noun in ("cluster", "node", "image", "network", "vm", "console", "operation", "event")
)
"""Packages that are reachable from outside, and strict about unknown fields."""

ANYONE = "anyone"
_NODE = "node"


class CallerNotAllowed(Refusal):
    """The peer is known and this method is not for it."""

    kind = Kind.DENIED
    reason = "CALLER_NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Access:
    """The access option of one method.

    Args:
        permission: what a user's call must carry; empty: users may not call.
        callers: certificates' SPIFFE paths that may call without a user: service/NAME, service/*,
            node, anyone.
    """

    permission: str = ""
    callers: frozenset[str] = frozenset()

    def check(self, actor: Actor) -> None:
        """Let `actor` through or refuse.

        Raises:
            PermissionMissing: a user without the permission.
            CallerNotAllowed: a peer that is not listed, or a method closed to users.
            Unauthenticated: nobody in particular where somebody is needed.
        """
        if actor.kind is ActorKind.USER:
            if not self.permission:
                raise CallerNotAllowed("This method is not for people.")
            if not actor.may(self.permission):
                raise PermissionMissing(self.permission)
            return
        if ANYONE in self.callers or (actor.kind is ActorKind.NODE and _NODE in self.callers):
            return
        if actor.kind is ActorKind.ANYONE:
            raise Unauthenticated("A certificate or an assertion is needed here.")
        if not {actor.subject, f"{actor.kind.value}/*"} & self.callers:
            raise CallerNotAllowed(
                f"{actor.subject} may not call this method.", caller=actor.subject
            )


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method of a contract."""

    service: str
    method: str
    access: Access
    descriptor: MethodDescriptor

    @property
    def path(self) -> str:
        """The path on the wire, /package.Service/Method."""
        return f"/{self.service}/{self.method}"


def access_of(method: MethodDescriptor) -> Access:
    """Read the access option of `method`; one without it may be called by nobody."""
    extension: Any = access_pb2.access  # its stub says FieldDescriptor, which is no index
    option = method.GetOptions().Extensions[extension]
    return Access(option.permission, frozenset(option.callers))


def list_rpcs(*files: FileDescriptor) -> list[Rpc]:
    """List every method of every service in `files`, for tests that walk the contracts."""
    return [
        Rpc(service.full_name, method.name, access_of(method), method)
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    ]


def unserved(service: ServiceDescriptor, servicer: object) -> list[str]:
    """Name the methods of `service` that `servicer` does not implement itself."""
    return [
        method.name
        for method in service.methods
        if not callable(getattr(servicer, method_attribute(method.name), None))
        or _is_generated(servicer, method_attribute(method.name))
    ]


def assert_served(pairs: Iterable[tuple[ServiceDescriptor, object]]) -> None:
    """Fail when any method of the given services is left unserved.

    Raises:
        TypeError: with every missing method named.
    """
    missing = [
        f"{service.full_name}/{name}" for service, it in pairs for name in unserved(service, it)
    ]
    if missing:
        raise TypeError(f"unserved: {', '.join(missing)}")


def method_attribute(name: str) -> str:
    """The Python name of a method, as the Connect plugin spells it: GetVM is get_vm."""
    return "".join(_snake(name))


def _snake(name: str) -> Iterator[str]:
    for place, letter in enumerate(name):
        previous_lower = place > 0 and not name[place - 1].isupper()
        next_lower = place + 1 < len(name) and name[place + 1].islower()
        if letter.isupper() and place > 0 and (previous_lower or next_lower):
            yield "_"
        yield letter.lower()


def _is_generated(servicer: object, attribute: str) -> bool:
    function = getattr(type(servicer), attribute, None)
    return getattr(function, "__module__", "").endswith(("_connect", "_connectrpc", "_pb2_grpc"))
