"""`quantix-node`: tells a host to join, and how it stands."""

import argparse
import json
import os
import re
import sys
from pathlib import Path

from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Phase, SessionState
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import machine_uuid
from qvdc_agent.guardian.joining import Joining, write_joining
from qvdc_agent.guardian.settings import Settings
from qvdc_core.clock import SystemClock

_HASH = re.compile(r"[0-9a-f]{64}")
_SERVER = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):\d{1,5}")


def main() -> None:
    """Run the command of the arguments."""
    places = Settings.read(os.environ).places
    arguments = _parser().parse_args()
    try:
        words = _join(places, arguments) if arguments.verb == "join" else _status(places, arguments)
    except (OSError, ValueError) as error:
        sys.exit(f"quantix-node: {error}")
    sys.stdout.write(f"{words}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quantix-node", description="The host's own side.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    join = verbs.add_parser("join", help="join a control plane; the guardian does the rest")
    join.add_argument(
        "--server", required=True, help="HOST:PORT where hosts enrol, comma-separated"
    )
    join.add_argument("--token-file", required=True, help="file with the join token; - for stdin")
    trust = join.add_mutually_exclusive_group(required=True)
    trust.add_argument("--ca-hash", help="SHA-256 of the control plane's root certificate, in hex")
    trust.add_argument("--ca-file", type=Path, help="the control plane's root certificate, in PEM")
    join.add_argument("--node-id", default="", help="wished-for id; default: the host's name")
    status = verbs.add_parser("status", help="how this host stands with its control plane")
    status.add_argument("--json", action="store_true", help="the whole state as JSON")
    return parser


def _join(places: Places, arguments: argparse.Namespace) -> str:
    servers = tuple(arguments.server.split(","))
    for server in servers:
        if not _SERVER.fullmatch(server):
            raise ValueError(f"{server} is not HOST:PORT")
    source = arguments.token_file
    token = (sys.stdin.read() if source == "-" else Path(source).read_text()).strip()
    if not token:
        raise ValueError("the token is empty")
    ca_hash = (arguments.ca_hash or "").lower().replace(":", "").removeprefix("sha256")
    if arguments.ca_hash and not _HASH.fullmatch(ca_hash):
        raise ValueError("the hash is not 64 hex digits")
    uid = machine_uuid(places)
    if arguments.ca_file:
        write_whole(places.ca, arguments.ca_file.read_bytes(), mode=0o644)
    write_joining(
        places.join, Joining(servers, token=token, ca_hash=ca_hash, node_id=arguments.node_id)
    )
    return f"This host, {uid}, joins {', '.join(servers)}; see quantix-node status."


def _status(places: Places, arguments: argparse.Namespace) -> str:
    try:
        state = SessionState.from_text(places.session.read_text())
    except FileNotFoundError as error:
        raise ValueError("the guardian has not run since the host started") from error
    if arguments.json:
        return state.to_text()
    lines = [
        f"host       {state.machine_uuid}",
        f"node       {state.node or '-'}",
        f"state      {_phrase(state)}",
        f"session    epoch {state.session_epoch}, instance {state.instance}",
        *_clock(places, state, SystemClock().boottime()),
        f"servers    {', '.join(state.meshes('node')) or '-'}",
    ]
    if state.refusal:
        lines.append(f"refused    {state.refusal}: {state.refusal_message} ({state.refusal_time})")
    return "\n".join(lines)


def _clock(places: Places, state: SessionState, now: float) -> list[str]:
    """How far up its ladder the host is, and what hangs on it."""
    votes = (state.acknowledged_at, state.voted_at)
    base = max((each for each in votes if each is not None), default=None)
    if base is None:
        return ["clock      no beat was acknowledged since the host started"]
    age = now - base
    vouched = "beat acknowledged" if base == state.acknowledged_at else "vote"
    rungs = [
        (state.ladder_end_seconds, "the watchdog has reset the host"),
        (state.kill_seconds, "protected machines are killed"),
        (state.pause_seconds, "protected machines are paused"),
        (state.refuse_work_seconds, "no new work"),
    ]
    reached = next((words for end, words in rungs if age >= end), "all is well")
    times = ", ".join(f"{end:g}" for end, _ in reversed(rungs))
    return [
        f"clock      {age:.1f} s since the last {vouched}: {reached} (rungs at {times} s)",
        f"protected  {_protected(places)}",
    ]


def _protected(places: Places) -> str:
    try:
        found = json.loads(places.guarded.read_text())["machines"]
    except (OSError, ValueError, KeyError):
        return "none"
    return ", ".join(f"{each['vm_uid']} ({each['response']})" for each in found) or "none"


def _phrase(state: SessionState) -> str:
    return {
        Phase.UNJOINED: "not joined",
        Phase.REGISTERING: "registering",
        Phase.LIVE: "connected" if state.acknowledged_at is not None else "registered",
        Phase.REFUSED: "refused, tried again",
        Phase.REMOVED: "removed from the control plane",
    }[state.phase]
