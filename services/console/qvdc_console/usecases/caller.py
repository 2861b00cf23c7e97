"""Who asks the door itself for something."""

from dataclasses import dataclass

from qvdc_core.actor import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller with what it came in by.

    Args:
        user_uid, user: the person, or the owner of the key; "" for a key of the site.
        session_id: of the session, or of the one that the bearer token was made with; "" for keys.
        key_id: of the key, or of the one that the bearer token was made with; "" for sessions.
        key_role: the role that narrows that key; "" for none.
        csrf_token: of a browser's session.
        address: IP address of the peer at the door.
        secure: whether it came over TLS.
    """

    actor: Actor
    user_uid: str = ""
    user: str = ""
    session_id: str = ""
    key_id: str = ""
    key_role: str = ""
    csrf_token: str = ""
    address: str = ""
    secure: bool = False
