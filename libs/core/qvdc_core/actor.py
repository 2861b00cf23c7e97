"""Who does something."""

from dataclasses import dataclass
from enum import Enum


class ActorKind(Enum):
    """What sort of caller an actor is."""

    USER = "user"
    """A person or an API client that came through the door."""
    SERVICE = "service"
    """Another service of the control plane."""
    NODE = "node"
    """A host."""
    ANYONE = "anyone"
    """A peer without a certificate of ours, let in by the few methods that allow it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as the wire proved it.

    Args:
        subject: user:NAME, apikey:ID, service/NAME or node/UID; what audit records keep.
        permissions: what a user holds: exact (cluster.create), by noun (cluster.*) or all (*).
    """

    subject: str
    kind: ActorKind
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission`."""
        noun = permission.partition(".")[0]
        return bool(self.permissions & {permission, f"{noun}.*", "*"})

    @property
    def short_name(self) -> str:
        """The subject without its kind: the service's name, the node's uid, the user's name."""
        for separator in ("/", ":"):
            if separator in self.subject:
                return self.subject.partition(separator)[2]
        return self.subject


def service_actor(name: str) -> Actor:
    """The actor that the service `name` is, for what its own loops do."""
    return Actor(f"service/{name}", ActorKind.SERVICE)
