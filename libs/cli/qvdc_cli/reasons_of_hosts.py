"""The error reasons of hosts' power and pairing: what each means, its facts, what to do."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason, reason

HOST_REASONS: Mapping[str, Reason] = {
    "NODE_HAS_RUNNING_VMS": reason(
        "FAILED_PRECONDITION",
        "Machines run on the host that shall restart or turn off.",
        "Drain it: `qvdc node drain`; or repeat with --force --machines and their number.",
        "node count machines",
    ),
    "NODE_SILENT": reason(
        "FAILED_PRECONDITION",
        "The host has no session, so it cannot be asked.",
        "Look at the host itself; wait until it is back.",
        "node phase",
    ),
    "POWER_COMMAND_FAILED": reason(
        "FAILED_PRECONDITION",
        "The host's own command to restart or turn it off failed.",
        "Read the words of the command; look at the host's agent log and its settings.",
        "action",
    ),
    "POWER_TIMED_OUT": reason(
        "DEADLINE_EXCEEDED",
        "The host did not restart or turn off in its time.",
        "Look at its screen or BMC; it may still come.",
        "node verb within_seconds",
    ),
}
