"""Who stands at the door."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from qvdc_console.domain.api_key import Network, PlainKey, is_within
from qvdc_console.domain.permission import (
    NOBODY,
    OWN_KEYS,
    OWN_SESSION,
    SIGNED_IN,
    WITH_A_KEY,
    narrowed,
    together,
)
from qvdc_console.domain.refusals import AccessTokenInvalid, KeyInvalid, KeyMissing, SessionEnded
from qvdc_console.domain.session import COOKIE, NOTED_EVERY, SessionSecret
from qvdc_console.ports import AccessTokens, Identities, KnownKey, KnownSession
from qvdc_core.clock import Clock
from qvdc_core.errors import StoreUnavailable

REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED = 10_000
_SESSION, _KEY = "session:", "key:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A caller that the door knows.

    Args:
        csrf_token: what a browser must send besides its cookie; "" when no cookie let it in.
        expire_time: when session or key ends at the latest; None for the bootstrap key.
    """

    subject: str
    permissions: frozenset[str]
    user: str = ""
    user_uid: str = ""
    display_name: str = ""
    session_id: str = ""
    key_id: str = ""
    key_role: str = ""
    csrf_token: str = ""
    password_change_required: bool = False
    expire_time: datetime | None = None

    @property
    def reference(self) -> str:
        """What a bearer token of theirs stands for."""
        return f"{_KEY}{self.key_id}" if self.key_id else f"{_SESSION}{self.session_id}"


ANONYMOUS = Visitor(subject="anonymous", permissions=NOBODY)


class Authentication:
    """Tells callers by API key, bearer token or session cookie, in this order.

    What was found good is remembered for 5 s, so that a burst of calls costs one look-up; what
    has ended is refused after that time at the latest, on the copy that ended it at once.

    Args:
        local_networks: where keys marked `local_only` are honoured.
    """

    def __init__(
        self,
        identities: Identities,
        tokens: AccessTokens,
        *,
        local_networks: tuple[Network, ...],
        clock: Clock,
    ) -> None:
        self._identities = identities
        self._tokens = tokens
        self._local_networks = local_networks
        self._clock = clock
        self._known: dict[str, tuple[float, KnownSession | KnownKey]] = {}

    def forget(self) -> None:
        """Look everybody up anew."""
        self._known.clear()

    async def visitor(
        self,
        headers: Mapping[str, str],
        address: str,
        *,
        with_cookie: bool,
        noted: bool = True,
    ) -> Visitor:
        """Return who calls from `address` with `headers` (lower-case names).

        Args:
            with_cookie: whether a session cookie is honoured on this port.
            noted: whether this counts as use, which keeps a session from going idle.

        Raises:
            KeyMissing: no credentials were given.
            KeyInvalid, AccessTokenInvalid, SessionEnded: they are not (any more) good.
            StoreUnavailable: it cannot be told now.
        """
        text = _presented(headers)
        if text is not None and text.count(".") == 2:
            visitor, known = await self._by_token(text, address)
        elif text is not None:
            visitor, known = await self._by_key(text, address)
        else:
            cookie = _cookie(headers) if with_cookie else None
            if cookie is None:
                raise KeyMissing
            visitor, known = await self._by_cookie(cookie)
        if noted:
            await self._note(known, address)
        return visitor

    async def _note(self, known: KnownSession | KnownKey, address: str) -> None:
        now = self._clock.now()
        with suppress(StoreUnavailable):
            if isinstance(known, KnownSession):
                session = known.session
                if now - session.last_use_time > NOTED_EVERY:
                    await self._identities.used_session(session.id, now=now)
                    self._known.pop(f"{_SESSION}{session.id}", None)
                return
            key = known.key
            if key.last_use_time is None or now - key.last_use_time > NOTED_EVERY:
                await self._identities.used_key(key.key_id, address=address, now=now)
                self._known.pop(f"{_KEY}{key.key_id}", None)

    async def _by_key(self, text: str, address: str) -> tuple[Visitor, KnownKey]:
        presented = PlainKey.parse(text)
        if presented is None:
            raise KeyInvalid
        known = await self._key(presented.key_id)
        if known is None or not known.key.fits(presented):
            raise KeyInvalid
        return self._holder(known, address), known

    async def _by_cookie(self, cookie: str) -> tuple[Visitor, KnownSession]:
        presented = SessionSecret.parse(cookie)
        if presented is None:
            raise SessionEnded
        known = await self._session(presented.session_id)
        if known is None or not known.session.fits(presented):
            raise SessionEnded
        return self._person(known, presented.csrf_token), known

    async def _by_token(self, token: str, address: str) -> tuple[Visitor, KnownSession | KnownKey]:
        reference = self._tokens.read(token)
        if reference is None:
            raise AccessTokenInvalid
        kind, _, found = reference.partition(":")
        session = await self._session(found) if f"{kind}:" == _SESSION else None
        key = await self._key(found) if f"{kind}:" == _KEY else None
        try:
            if session is not None:
                return self._person(session, ""), session
            if key is not None:
                return self._holder(key, address), key
        except (SessionEnded, KeyInvalid) as error:
            raise AccessTokenInvalid from error
        raise AccessTokenInvalid

    def _person(self, known: KnownSession, csrf_token: str) -> Visitor:
        now, session = self._clock.now(), known.session
        if session.ended(now) or known.disabled:
            raise SessionEnded
        must_change = known.password_change_required
        return Visitor(
            subject=f"user:{known.user_id}",
            permissions=OWN_SESSION if must_change else together(SIGNED_IN, known.permissions),
            user=known.user_id,
            user_uid=session.user_uid,
            display_name=known.display_name,
            session_id=session.id,
            csrf_token=csrf_token,
            password_change_required=must_change,
            expire_time=session.expire_time,
        )

    def _holder(self, known: KnownKey, address: str) -> Visitor:
        now, key = self._clock.now(), known.key
        if key.ended(now) or known.owner_disabled:
            raise KeyInvalid
        if key.local_only and not is_within(address, self._local_networks):
            raise KeyInvalid("This key is honoured only from the door's own machine.")
        return Visitor(
            subject=key.subject,
            permissions=together(WITH_A_KEY, permissions_of(known)),
            user=key.owner,
            user_uid=key.owner_uid or "",
            display_name=known.owner_display_name,
            key_id=key.key_id,
            key_role=key.role or "",
            expire_time=key.expire_time,
        )

    async def _session(self, session_id: str) -> KnownSession | None:
        name = f"{_SESSION}{session_id}"
        known = self._remembered(name)
        if not isinstance(known, KnownSession):
            known = await self._identities.find_session(session_id)
            self._remember(name, known)
        return known

    async def _key(self, key_id: str) -> KnownKey | None:
        name = f"{_KEY}{key_id}"
        known = self._remembered(name)
        if not isinstance(known, KnownKey):
            known = await self._identities.find_key(key_id)
            self._remember(name, known)
        return known

    def _remembered(self, name: str) -> KnownSession | KnownKey | None:
        seen, known = self._known.get(name, (0.0, None))
        fresh = self._clock.monotonic() - seen < REMEMBERED_FOR.total_seconds()
        return known if fresh else None

    def _remember(self, name: str, known: KnownSession | KnownKey | None) -> None:
        self._known.pop(name, None)
        if known is None:
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name] = self._clock.monotonic(), known


def permissions_of(known: KnownKey) -> frozenset[str]:
    """What a key may do now: never more than its owner, never more than its role."""
    if known.key.owner_uid is None:
        return known.key.permissions if known.role_permissions is None else known.role_permissions
    owner = together(OWN_KEYS, known.owner_permissions)
    if known.key.role is None:
        return owner
    return narrowed(owner, known.role_permissions or frozenset())


def _presented(headers: Mapping[str, str]) -> str | None:
    if key := headers.get("x-api-key"):
        return key
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() == "bearer" else None


def _cookie(headers: Mapping[str, str]) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None else None
