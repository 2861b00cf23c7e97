"""`quantix-node join`."""

import argparse
import re
import sys
from pathlib import Path

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import machine_uuid
from qvdc_agent.guardian.joining import Joining, write_joining
from qvdc_agent.host_verbs.refused import VerbRefused

STDIN = "-"
_HASH = re.compile(r"[0-9a-f]{64}")
_SERVER = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):\d{1,5}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb is told."""
    parser.add_argument(
        "--server", required=True, help="HOST:PORT where hosts enrol, comma-separated"
    )
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument("--token-file", help="file with the join token; - for stdin")
    secret.add_argument("--token", help="the join token itself; others may see it in ps")
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--ca-hash", help="SHA-256 of the control plane's root certificate, in hex")
    trust.add_argument("--ca-file", type=Path, help="the control plane's root certificate, in PEM")
    parser.add_argument("--node-id", default="", help="wished-for id; default: the host's name")


def join(places: Places, arguments: argparse.Namespace) -> str:
    """Write down where and with what to join; the guardian does the rest.

    Raises:
        VerbRefused: what was given makes no sense; nothing was changed.
    """
    servers = tuple(arguments.server.split(","))
    for server in servers:
        if not _SERVER.fullmatch(server):
            raise VerbRefused(f"{server} is not HOST:PORT")
    token = _token(arguments)
    ca_hash = (arguments.ca_hash or "").lower().replace(":", "").removeprefix("sha256")
    if arguments.ca_hash and not _HASH.fullmatch(ca_hash):
        raise VerbRefused("the hash is not 64 hex digits")
    uid = machine_uuid(places)
    if arguments.ca_file:
        write_whole(places.ca, arguments.ca_file.read_bytes(), mode=0o644)
    write_joining(
        places.join, Joining(servers, token=token, ca_hash=ca_hash, node_id=arguments.node_id)
    )
    return f"This host, {uid}, joins {', '.join(servers)}; see quantix-node status."


def _token(arguments: argparse.Namespace) -> str:
    if arguments.token is not None:
        token = str(arguments.token).strip()
    else:
        place = str(arguments.token_file)
        token = (sys.stdin.read() if place == STDIN else Path(place).read_text()).strip()
    if not token:
        raise VerbRefused("the token is empty")
    return token
