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
    "HOST_LOG_UNREADABLE": reason(
        "FAILED_PRECONDITION",
        "The host's own command to read a log failed.",
        "Read the words of the command; check QVDC_AGENT_LOG_COMMAND on the host.",
        "process",
    ),
    "UNREACHABLE": reason(
        "FAILED_PRECONDITION",
        "Nobody listens at the host's address.",
        "Run `quantix-node pair` on the host; check the address it shows, and the way there.",
        "address",
    ),
    "TIMEOUT": reason(
        "DEADLINE_EXCEEDED",
        "The host did not answer in time.",
        "Check the address and the way there, then try again.",
        "address",
    ),
    "TLS_UNTRUSTED": reason(
        "FAILED_PRECONDITION",
        "The certificate of the host was not confirmed yet, or is another one.",
        "Compare the fingerprint with the host's; if equal, send it with --fingerprint.",
        "address fingerprint",
    ),
    "NOT_AN_AGENT": reason(
        "FAILED_PRECONDITION",
        "Something else than a host that pairs answers at the address.",
        "Run `quantix-node pair` on the host, and use the address that it shows.",
        "address",
    ),
    "CODE_MISSING": reason(
        "INVALID_ARGUMENT", "The pairing code is missing.", "Give the code that the host shows."
    ),
    "CODE_INVALID": reason(
        "PERMISSION_DENIED",
        "The pairing code is wrong.",
        "Read it from the host again; after five wrong ones it ends.",
        "tries_left",
    ),
    "CODE_EXPIRED": reason(
        "FAILED_PRECONDITION",
        "The pairing code's time is over, or it was wrong too often.",
        "Run `quantix-node pair` on the host for another.",
    ),
    "ALREADY_JOINED": reason(
        "FAILED_PRECONDITION",
        "The host belongs to a control plane.",
        "Run `quantix-node leave` on the host first.",
        "node",
    ),
    "JOIN_TIMED_OUT": reason(
        "DEADLINE_EXCEEDED",
        "The host got its configuration and did not register in time.",
        "See `quantix-node status` on the host; then pair it again.",
        "node within_seconds",
    ),
    "ENROLMENT_CLOSED": reason(
        "FAILED_PRECONDITION",
        "The node service has no port for hosts without a certificate.",
        "Set QVDC_ENROL_LISTEN for it.",
    ),
}
