"""What lives outside of PostgreSQL's transactions: etcd, memories, certificates, addresses."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from qvdc_core.event import WatchItem
from qvdc_node.domain.confession import Living, Settled
from qvdc_node.domain.member_set import MemberSet
from qvdc_node.domain.node import Node
from qvdc_node.domain.phase import Liveness, OpenFences
from qvdc_node.domain.registration import Certificate
from qvdc_node.domain.session import KnownHost, Session, SessionView, TermsView
from qvdc_node.domain.terms import Terms

T = TypeVar("T")


class NodeChanges(Protocol):
    """Streams of what happened to nodes."""

    def nodes(self, *, resume_token: str) -> AsyncIterator[WatchItem[Node]]:
        """Stream nodes: a snapshot unless there is a token, then every change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        ...


class Registry(Protocol):
    """Who is registered, remembered by this copy so that beats need no PostgreSQL."""

    async def find(self, uid: str) -> KnownHost:
        """Return the host as last seen in PostgreSQL.

        Raises:
            NodeRemoved, NodeUnknown: it is not registered.
            StoreUnavailable: it is not remembered and PostgreSQL is away.
        """
        ...

    def hear(self, session: Session) -> None:
        """Remember a host by its session, which may be newer than its row."""
        ...

    def asked_for_inventory(self, uid: str) -> bool:
        """Return whether the host shall register again, to tell its whole inventory."""
        ...

    def check_kept(self, uid: str) -> None:
        """Return unless the host is remembered as removed; asks nobody.

        Raises:
            NodeRemoved: it was taken out of the site.
        """
        ...


class Sessions(Protocol):
    """The hosts' session keys in etcd."""

    async def read(self, uid: str) -> SessionView:
        """Return what a linearizable read begun after this call shows.

        Raises:
            StoreUnavailable: etcd did not answer in time.
        """
        ...

    async def terms(self, uid: str, incarnation: str) -> TermsView:
        """Return the terms that the host was told in this life of etcd, session or not.

        Raises:
            StoreUnavailable: etcd did not answer in time.
        """
        ...

    async def renew(self, session: Session) -> bool:
        """Keep the session's lease alive; False when it is gone.

        Raises:
            StoreUnavailable: etcd did not answer.
        """
        ...

    async def put(
        self,
        session: Session,
        *,
        old: Session | None,
        confessed: str = "",
        terms: TermsView | None = None,
    ) -> Session | None:
        """Put `session` and its terms in place of `old`, in one transaction.

        It keeps the lease of an `old` that lives as long, which is renewed, and has a new one
        otherwise. With `confessed`, the incident that fenced the host, its fence goes with it.
        `terms` are as read where there was no `old`.

        Returns None when something changed since it was read, a fence first of all.

        Raises:
            StoreUnavailable: whether it happened is unknown.
        """
        ...

    async def release(self, session: Session) -> None:
        """End `session` at once; unanswered, it ends with its lease."""
        ...

    async def end(self, uid: str) -> None:
        """Remove all that is kept of a removed host: session, terms, fence."""
        ...

    async def beats(self, session: Session, *, within: timedelta) -> bool:
        """Watch the lease for `within` at most: True when somebody keeps it alive."""
        ...


class Confessions(Protocol):
    """Who owns the run epochs of machines."""

    async def confess(
        self, uid: str, incident: str, machines: Sequence[Living]
    ) -> Sequence[Settled]:
        """Have the machines of a host settled that `incident` fenced. Safe to repeat.

        Raises:
            RemoteRefusal: nobody settled them.
        """
        ...


class Electorate(Protocol):
    """Which member set each host should keep, remembered by this copy."""

    def of(self, uid: str) -> MemberSet | None:
        """Return the set of the host's cluster; None while none is known."""
        ...


class WantedTerms(Protocol):
    """The terms that each host shall run, remembered by this copy."""

    def of(self, uid: str) -> Terms | None:
        """Return them; None leaves those that it runs."""
        ...


class Presence(Protocol):
    """What this copy last saw of all sessions and fences."""

    def liveness(self, uid: str) -> Liveness | None:
        """Return what etcd showed of the host; None while etcd is away."""
        ...

    def open_fences(self) -> OpenFences | None:
        """Return the fences of all hosts as of one moment; None while etcd is away."""
        ...

    def life_of(self, uid: str) -> timedelta:
        """Return how long a session of the host lives without a renewal, at most."""
        ...

    def settled_for(self) -> timedelta:
        """Return how long this copy has followed one life of etcd without a gap."""
        ...


class CertificateAuthority(Protocol):
    """Signs hosts' certificates."""

    async def sign_host(self, uid: str, signing_request_pem: str) -> Certificate:
        """Return a 30-day certificate for the key in the request, bound to `uid`.

        Raises:
            InvalidField: the request is no valid one.
            StoreUnavailable: the authority's keys cannot be read now.
        """
        ...

    async def check_shown(self, uid: str, certificate_pem: str) -> None:
        """Return if the certificate that is shown is a good one of the host `uid`.

        Raises:
            CertificateForeign, IdentityMismatch, CertificateExpired: it is not.
            StoreUnavailable: the authority's certificates cannot be read now.
        """
        ...

    def fingerprint(self, signing_request_pem: str) -> str:
        """Return the fingerprint of the key in the request, whose signature is checked.

        Raises:
            InvalidField: the request is no valid one.
        """
        ...

    async def root_pem(self) -> str:
        """Return the root certificate, PEM.

        Raises:
            StoreUnavailable: it cannot be read now.
        """
        ...

    async def root_hash(self) -> str:
        """Return the SHA-256 of the root certificate, lower-case hex.

        Raises:
            StoreUnavailable: it cannot be read now.
        """
        ...


class ControlPlane(Protocol):
    """Where the control plane's services are."""

    def endpoints(self) -> Sequence["ServiceAddress"]:
        """Return every known copy of the services that hosts talk to."""
        ...


class ServiceAddress(Protocol):
    """The addresses of one copy of a service."""

    @property
    def service(self) -> str: ...
    @property
    def mesh(self) -> str: ...
    @property
    def http(self) -> str: ...


class Seal(Protocol):
    """Seals secrets at rest."""

    def __call__(self, plain: str, name: str, /) -> str:
        """Return `plain` sealed under `name`, as text.

        Raises:
            StoreUnavailable: the key file cannot be read.
        """
        ...
