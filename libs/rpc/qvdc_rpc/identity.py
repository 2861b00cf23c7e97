"""Who calls: the peer's certificate, and for a user's call the door's assertion."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.errors import Kind, Refusal, Unauthenticated
from qvdc_rpc.access import CallerNotAllowed
from qvdc_rpc.assertion import ASSERTION_KEY, AssertionVerifier
from qvdc_rpc.tls import TRUST_DOMAIN

DOOR = "service/console"

_PREFIX = f"spiffe://{TRUST_DOMAIN}/"


@lru_cache(maxsize=1 << 13)
def peer_actor(spiffe: str | None) -> Actor:
    """The actor that a certificate's id stands for; without one, anyone."""
    path = (spiffe or "").removeprefix(_PREFIX)
    for kind in (ActorKind.SERVICE, ActorKind.NODE):
        if spiffe and path != spiffe and path.startswith(f"{kind.value}/"):
            return Actor(path, kind)
    return Actor("anyone", ActorKind.ANYONE)


class CertificateRevoked(Refusal):
    """The peer was removed from the site: no certificate of it opens anything."""

    kind = Kind.DENIED
    reason = "CERTIFICATE_REVOKED"

    def __init__(self, caller: str, why: str) -> None:
        super().__init__(
            f"The certificates of {caller} are revoked: {why}.", caller=caller, why=why
        )


def nobody_revoked(_uid: str) -> str | None:
    """Say of every host that its certificates are good."""
    return None


class Identity:
    """Tells callers apart on one port.

    Args:
        verifier: judges assertions; without one none is accepted.
        users_only: the port answers only calls with an assertion (the HTTP port).
        trust_unknown_peer: accept assertions without a peer certificate; only where a test or a
            setting says that the port is plain.
        revoked: says why a host's certificates are refused, by its uid; None if they are not.
    """

    def __init__(
        self,
        verifier: AssertionVerifier | None,
        *,
        users_only: bool = False,
        trust_unknown_peer: bool = False,
        revoked: Callable[[str], str | None] = nobody_revoked,
    ) -> None:
        self._verifier = verifier
        self._users_only = users_only
        self._trust_unknown_peer = trust_unknown_peer
        self._revoked = revoked

    def caller(self, headers: Mapping[str, str], spiffe: str | None) -> Actor:
        """Return who makes this call.

        Raises:
            AssertionInvalid: the assertion does not hold.
            CallerNotAllowed: an assertion presented by another process than the door.
            CertificateRevoked: a host that was removed.
            Unauthenticated: a port for users only, and no assertion.
        """
        peer = peer_actor(spiffe)
        if peer.kind is ActorKind.NODE and (why := self._revoked(peer.short_name)) is not None:
            raise CertificateRevoked(peer.subject, why)
        token = headers.get(ASSERTION_KEY)
        if token is None:
            if self._users_only:
                raise Unauthenticated("An assertion is needed on this port.")
            return peer
        if self._verifier is None:
            raise Unauthenticated("This port takes no assertions.")
        from_door = peer.subject == DOOR
        unknown_but_trusted = spiffe is None and self._trust_unknown_peer
        if not from_door and not unknown_but_trusted:
            raise CallerNotAllowed("Only the door presents assertions.", caller=peer.subject)
        return self._verifier.verify(token)
