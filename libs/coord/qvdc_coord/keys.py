"""Names of the keys that every copy of every service agrees on."""

LEADERS = "/quantix/leaders/"
SERVICES = "/quantix/services/"
NODES = "/quantix/nodes/"
INCARNATION = "/quantix/incarnation"
REVOKED = "/quantix/revoked/"


def leader_key(loop: str) -> str:
    """Return the key that the leader of `loop` holds."""
    return f"{LEADERS}{loop}"


def service_prefix(service: str) -> str:
    """Return the prefix under which the copies of `service` announce themselves."""
    return f"{SERVICES}{service}/"


def node_prefix(uid: str) -> str:
    """Return the prefix of everything etcd holds of the host `uid`."""
    return f"{NODES}{uid}/"


def session_key(uid: str) -> str:
    """Return the key of the session of the host `uid`; it hangs on a lease."""
    return f"{NODES}{uid}/session"


def terms_key(uid: str) -> str:
    """Return the key of the terms that the host `uid` runs under; it has no lease."""
    return f"{NODES}{uid}/terms"


def fenced_key(uid: str) -> str:
    """Return the key whose presence forbids the host `uid` any session."""
    return f"{NODES}{uid}/fenced"


def revoked_key(uid: str) -> str:
    """Return the key whose presence says that no certificate of the host `uid` opens anything."""
    return f"{REVOKED}{uid}"
