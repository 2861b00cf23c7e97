"""What to do on a host about what the control plane refused to it."""

from collections.abc import Mapping

_JOIN_AGAIN = "Have a token made (qvdc node token create) and join again with it."
ADVICE: Mapping[str, str] = {
    "TOKEN_INVALID": f"The token is unknown, revoked or for other hosts. {_JOIN_AGAIN}",
    "TOKEN_EXPIRED": _JOIN_AGAIN,
    "TOKEN_EXHAUSTED": _JOIN_AGAIN,
    "IDENTITY_MISMATCH": "Another host holds this identity. On a copy: quantix-node reset-identity,"
    " then join as a new host. After a reinstall: join with a token bound to the old node.",
    "IDENTITY_IN_USE": "The node that the token is bound to is alive: turn its host off first.",
    "NODE_CLONE_DETECTED": "Another host with this identity is alive. On the copy:"
    " quantix-node reset-identity, then join as a new host.",
    "HARDWARE_UNRECOGNISED": "If this is the same host on new hardware: qvdc node confirm-hardware,"
    " or join with a token bound to its node.",
    "NODE_REMOVED": "An admin removed this host. To let it back: qvdc node tombstone readmit;"
    " it asks again every 10 minutes.",
    "NODE_FENCED": "Its protected machines may run elsewhere: it comes back by itself once those"
    " here are seen dead.",
    "VERSION_UNSUPPORTED": "Bring host and control plane to releases at most one apart.",
    "TLS_UNTRUSTED": "The server is not the one whose root was given: check --server and --ca-hash"
    " against what qvdc node token create printed.",
    "KEY_UNUSABLE": "The key in the identity folder cannot be used: restore it, or"
    " quantix-node reset-identity and join as a new host.",
    "STALE_INSTANCE": "A newer guardian of this host runs: end the older one.",
    "CERTIFICATE_EXPIRED": _JOIN_AGAIN,
    "CERTIFICATE_FOREIGN": f"The certificate is of another site. quantix-node leave, then: "
    f"{_JOIN_AGAIN}",
}


def advice_on(reason: str) -> str:
    """Return what to do about a refusal; empty where only waiting helps."""
    return ADVICE.get(reason, "")
