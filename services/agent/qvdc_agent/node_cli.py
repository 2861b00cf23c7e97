"""`quantix-node`: the host's own side of joining, leaving and telling how it stands."""

import argparse
import os
import sys

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.settings import Settings
from qvdc_agent.host_verbs import join, leave, pair, reset_identity, status
from qvdc_agent.host_verbs.refused import VerbRefused


def main() -> None:
    """Run the verb of the arguments; what was refused ends with code 1 and the reason."""
    places = Settings.read(os.environ).places
    arguments = _parser().parse_args()
    try:
        words = _run(places, arguments)
    except (VerbRefused, OSError, ValueError) as error:
        sys.exit(f"quantix-node: {error}")
    sys.stdout.write(f"{words}\n")


def _run(places: Places, arguments: argparse.Namespace) -> str:
    match arguments.verb:
        case "join":
            return join.join(places, arguments)
        case "leave":
            return leave.leave(places, arguments)
        case "pair":
            return pair.pair(places, arguments)
        case "reset-identity":
            return reset_identity.reset_identity(places)
        case _:
            return status.status(places, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quantix-node", description="The host's own side.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    joining = verbs.add_parser("join", help="join a control plane; the guardian does the rest")
    join.add_arguments(joining)
    pairing = verbs.add_parser("pair", help="show a code, to be joined from the console")
    pair.add_arguments(pairing)
    leaving = verbs.add_parser("leave", help="leave the control plane; its node stays there")
    leave.add_arguments(leaving)
    standing = verbs.add_parser("status", help="how this host stands with its control plane")
    status.add_arguments(standing)
    verbs.add_parser("reset-identity", help="make this host, a copy of another, a new one")
    return parser
