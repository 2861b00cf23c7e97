"""Error reasons that processes of ours tell each other, and that seldom reach a caller."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason, reason

_AWAY, _DENIED, _PRECONDITION = "UNAVAILABLE", "PERMISSION_DENIED", "FAILED_PRECONDITION"

INNER_REASONS: Mapping[str, Reason] = {
    "INITIAL_NODES_REFUSED": reason(
        _PRECONDITION,
        "Some of the initial nodes cannot be added, so the cluster was not made.",
        "Leave out the nodes that are named, or mend what each of them says.",
        "nodes",
    ),
    "OWNER_AWAY": reason(
        _AWAY,
        "The service that owns what was asked for cannot be reached.",
        "Try again; if it stays so, look at that service's /readyz.",
        "service",
    ),
    "HOST_UNREACHABLE": reason(
        _AWAY, "The agent of a host cannot be reached.", "Look at the host's page.", "node"
    ),
    "ATTEMPT_LOST": reason(
        "ABORTED", "Another copy took the work over.", "Nothing: it goes on there.", "subject"
    ),
    "TICKET_REFUSED": reason(
        _DENIED,
        "A ticket does not open these bytes, or has ended.",
        "Nothing: the host asks for a new one.",
        "why",
    ),
    "NOT_FENCED": reason(
        _PRECONDITION, "The host is not fenced by this incident.", "Nothing: it is judged anew."
    ),
    "SESSION_IN_FLUX": reason(
        _AWAY, "A host's session changed while it was looked at.", "Nothing: the host beats again."
    ),
    "CALLER_NOT_ALLOWED": reason(
        _DENIED,
        "The certificate is good, and this method is not for its holder.",
        "Call through the door, with a login.",
    ),
    "ASSERTION_INVALID": reason(
        "UNAUTHENTICATED",
        "The door's word for a caller is forged, expired, or for somebody else.",
        "Look at the clocks of the servers, and at the door's published key.",
    ),
    "CERTIFICATE_EXPIRED": reason(
        "UNAUTHENTICATED",
        "A host's certificate has ended.",
        "Look at the host's clock; let it join again with a token.",
    ),
    "CERTIFICATE_FOREIGN": reason(
        "UNAUTHENTICATED",
        "A host's certificate is of another authority.",
        "Let the host leave the other site, then join here with a token.",
    ),
    "CERTIFICATE_REVOKED": reason(
        _DENIED,
        "The host was removed from the site: no certificate of it opens anything.",
        "Readmit it with `qvdc node tombstone`, or leave it out.",
    ),
    "ANOTHER_INCIDENT": reason(
        "ABORTED", "The host is fenced by another incident.", "Nothing: that one goes on."
    ),
}
