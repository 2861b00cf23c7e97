"""`quantix-node leave`."""

import argparse
import asyncio
import json
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Phase, SessionState
from qvdc_agent.guardian.adapters.node_service import NodeService
from qvdc_agent.guardian.errors import Refused, Unanswered
from qvdc_agent.guardian.identity import BOOT_ID, machine_uuid
from qvdc_agent.guardian.joining import Joining, read_joining, write_joining
from qvdc_agent.host_verbs.refused import VerbRefused
from qvdc_agent.host_verbs.running import guarded

QUIET_WITHIN = timedelta(seconds=15)
"""How long the guardian may take to beat no more: it looks every second."""
SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb is told."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="leave with protected machines on it: they are killed within seconds",
    )


def leave(places: Places, arguments: argparse.Namespace) -> str:
    """Beat no more, tell the control plane, and forget its certificate and addresses.

    Raises:
        VerbRefused: protected machines run here, or it has not joined; nothing was changed.
    """
    boot_id = BOOT_ID.read_text().strip()
    machines = guarded(places, boot_id)
    joining = read_joining(places.join)
    if (joining is None or joining.left) and not places.certificate.exists():
        raise VerbRefused("this host has not joined")
    if machines and not arguments.force:
        raise VerbRefused(
            f"{len(machines)} protected machines run here ({_names(machines)}): move them or shut"
            " them down first, or --force, which has them killed within seconds"
        )
    addresses = _addresses(places)
    write_joining(places.join, Joining(left=True))
    _until_quiet(places)
    told = asyncio.run(_tell(places, boot_id, len(machines), addresses))
    for path in (places.certificate, places.control_plane, places.ca):
        path.unlink(missing_ok=True)
    ending = (
        f" The {len(machines)} protected machines end by the host's ladder." if machines else ""
    )
    return f"This host has left. {told}{ending}"


def _names(machines: Sequence[Guarded]) -> str:
    more = f" and {len(machines) - SHOWN} more" if len(machines) > SHOWN else ""
    return ", ".join(each.uid for each in machines[:SHOWN]) + more


def _addresses(places: Places) -> tuple[str, ...]:
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(places.control_plane.read_text())
        return tuple(str(each["mesh"]) for each in told if each["service"] == "node")
    return ()


def _until_quiet(places: Places) -> None:
    """Wait until the guardian has seen that the host left, if there is one that lives."""
    if not _lives(places):
        return
    deadline = time.monotonic() + QUIET_WITHIN.total_seconds()
    while time.monotonic() < deadline:
        try:
            state = SessionState.from_text(places.session.read_text())
        except (OSError, ValueError):
            return
        if state.phase in (Phase.LEFT, Phase.UNJOINED):
            return
        time.sleep(0.1)


def _lives(places: Places) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(places.feed))
        except OSError:
            return False
    return True


async def _tell(places: Places, boot_id: str, protected: int, addresses: tuple[str, ...]) -> str:
    node_service = NodeService(places)
    try:
        node = await node_service.leave(
            machine_uuid=machine_uuid(places),
            boot_id=boot_id,
            protected=protected,
            addresses=addresses,
        )
    except Refused as refused:
        why = f"it answered {refused.reason}: {refused.message}"
    except (Unanswered, OSError) as silence:
        why = str(silence)
    else:
        return f"The control plane knows: {node} is OFFLINE/LEFT until it joins again."
    finally:
        await node_service.close()
    return (
        f"The control plane could not be told ({why}): it finds the host silent within seconds."
        " If it shall not come back, remove its node there (qvdc node decommission)."
    )
