"""Taints and roles in words: KEY[=VALUE]:EFFECT, as kubectl writes them"""

import typer

from quantix.node.v1 import node_pb2 as pb

_EFFECTS = {
    "noschedule": pb.Taint.EFFECT_NO_SCHEDULE,
    "prefernoschedule": pb.Taint.EFFECT_PREFER_NO_SCHEDULE,
    "noexecute": pb.Taint.EFFECT_NO_EXECUTE,
}
_ROLES = {
    "compute": pb.Node.ROLE_COMPUTE,
    "storage": pb.Node.ROLE_STORAGE,
    "gateway": pb.Node.ROLE_GATEWAY,
}


def taint_of(text: str) -> pb.Taint:
    """Read a taint.

    Raises:
        typer.BadParameter: it is none.
    """
    what, colon, effect = text.rpartition(":")
    if not colon or not what:
        raise typer.BadParameter(f"{text!r} must look like KEY=VALUE:NoSchedule")
    key, _, value = what.partition("=")
    return pb.Taint(key=key, value=value, effect=effect_of(effect))


def effect_of(text: str) -> pb.Taint.Effect:
    """Read an effect; NoSchedule and NO_SCHEDULE are the same.

    Raises:
        typer.BadParameter: it is none.
    """
    known = _EFFECTS.get(text.lower().replace("_", "").replace("-", ""))
    if known is None:
        raise typer.BadParameter(f"{text!r} is none of NoSchedule, PreferNoSchedule, NoExecute")
    return known


def taint_words(taint: pb.Taint) -> str:
    """Write a taint."""
    value = f"={taint.value}" if taint.value else ""
    effect = pb.Taint.Effect.Name(taint.effect).removeprefix("EFFECT_")
    return f"{taint.key}{value}:{effect}"


def role_of(text: str) -> pb.Node.Role:
    """Read a role.

    Raises:
        typer.BadParameter: it is none.
    """
    known = _ROLES.get(text.lower())
    if known is None:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(sorted(_ROLES))}")
    return known
