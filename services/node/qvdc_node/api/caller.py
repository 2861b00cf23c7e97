"""Which host calls."""

from qvdc_core.actor import Actor, ActorKind


def host_of(caller: Actor) -> str:
    """Return the uuid of the host whose certificate was shown, "" for none."""
    return caller.short_name if caller.kind is ActorKind.NODE else ""
