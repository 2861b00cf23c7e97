"""The one file in which `quantix-node` tells the guardian what the host shall be."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from qvdc_agent.guardian.files import write_whole


@dataclass(frozen=True, slots=True)
class Joining:
    """Where and with what to join.

    Args:
        servers: host:port of the ports where hosts without a certificate register.
        token: the join token's secret; removed once the host has joined.
        ca_hash: SHA-256 of the control plane's root certificate, lower-case hex; empty when the
            root itself was given.
        node_id: asked-for id of the node; the host name's first label if empty.
        left: the host shall beat no more, until it is told to join again.
    """

    servers: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    ca_hash: str = ""
    node_id: str = ""
    left: bool = False

    def without_token(self) -> "Joining":
        """The same once the token was used."""
        return replace(self, token="")


def read_joining(path: Path) -> Joining | None:
    """What was asked for last; None when nothing was, or it makes no sense."""
    try:
        found = json.loads(path.read_text())
        return Joining(
            servers=tuple(str(each) for each in found["servers"]),
            token=str(found.get("token", "")),
            ca_hash=str(found.get("ca_hash", "")),
            node_id=str(found.get("node_id", "")),
            left=found.get("left") is True,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_joining(path: Path, joining: Joining) -> None:
    """Ask for a join; in one step, readable by its owner alone."""
    write_whole(path, json.dumps(asdict(joining)).encode())
