"""`quantix-node status`."""

import argparse
import json
from dataclasses import asdict

from qvdc_agent.domain.advice import advice_on
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Phase, SessionState
from qvdc_agent.guardian.identity import BOOT_ID
from qvdc_agent.host_verbs.refused import VerbRefused
from qvdc_agent.host_verbs.running import Report, guarded, last_report
from qvdc_core.clock import SystemClock

GIB = 1 << 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb is told."""
    parser.add_argument("--json", action="store_true", help="the whole state as JSON")


def status(places: Places, arguments: argparse.Namespace) -> str:
    """Say how this host stands: session, last refusal and what to do, pools, machines.

    Raises:
        VerbRefused: the guardian has not run since the host started.
    """
    try:
        state = SessionState.from_text(places.session.read_text())
    except FileNotFoundError as error:
        raise VerbRefused("the guardian has not run since the host started") from error
    now = SystemClock().boottime()
    report = last_report(places, now)
    if arguments.json:
        told = json.loads(state.to_text())
        told["advice"] = advice_on(state.refusal)
        told["report"] = None if report is None else asdict(report)
        return json.dumps(told)
    lines = [
        f"host       {state.machine_uuid}",
        f"node       {state.node or '-'}",
        f"state      {_phrase(state)}",
        f"session    epoch {state.session_epoch}, instance {state.instance}",
        *_clock(places, state, now),
        f"servers    {', '.join(state.meshes('node')) or '-'}",
        *_reported(report),
    ]
    if state.refusal:
        lines.append(f"refused    {state.refusal}: {state.refusal_message} ({state.refusal_time})")
        if advice := advice_on(state.refusal):
            lines.append(f"to do      {advice}")
    return "\n".join(lines)


def _reported(report: Report | None) -> list[str]:
    if report is None or not report.fresh:
        age = "" if report is None else f" for {report.age_seconds:.0f} s"
        return [f"agent      silent{age}: machines and pools are unknown"]
    count = "unknown" if report.machine_count is None else str(report.machine_count)
    lines = [f"machines   {count}"]
    lines += [f"pool       {_pool(each)}" for each in report.pools]
    bad = [each for each in report.conditions if each.get("status") == "STATUS_FALSE"]
    return lines + [f"not well   {_condition(each)}" for each in bad]


def _pool(pool: dict[str, object]) -> str:
    state = str(pool.get("state", "")).removeprefix("STATE_")
    free, capacity = pool.get("free_bytes"), pool.get("capacity_bytes")
    space = ""
    if isinstance(free, int) and isinstance(capacity, int):
        space = f", {free / GIB:.1f} GiB free of {capacity / GIB:.1f} GiB"
    error = f", {pool['error']}" if pool.get("error") else ""
    return f"{pool.get('pool', '?')} {state}{space}{error}"


def _condition(condition: dict[str, object]) -> str:
    told = (str(condition.get(name) or "") for name in ("type", "reason", "message"))
    return " ".join(each for each in told if each)


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
    found = guarded(places, BOOT_ID.read_text().strip())
    return ", ".join(f"{each.uid} ({each.response.value})" for each in found) or "none"


def _phrase(state: SessionState) -> str:
    return {
        Phase.UNJOINED: "not joined",
        Phase.REGISTERING: "registering",
        Phase.LIVE: "connected" if state.acknowledged_at is not None else "registered",
        Phase.REFUSED: "refused, tried again",
        Phase.LEFT: "left; quantix-node join brings it back",
        Phase.REMOVED: "removed from the control plane",
    }[state.phase]
