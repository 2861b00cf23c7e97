"""Signing in and out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qvdc_console.domain.permission import OWN_SESSION, SIGNED_IN, together
from qvdc_console.domain.refusals import NoPassword, SignInLocked, SignInRefused
from qvdc_console.domain.session import ID_BYTES as SESSION_ID_BYTES
from qvdc_console.domain.session import (
    IDLE,
    LOCKED_FOR,
    LONGEST,
    MAX_ADDRESS_FAILURES,
    MAX_FAILURES,
    SECRET_BYTES,
    Session,
    SessionSecret,
    failures_from,
)
from qvdc_console.domain.user import User, check_password
from qvdc_console.ports import AccessTokens, Passwords, UnitsOfWork
from qvdc_console.usecases.bootstrap import BOOTSTRAP
from qvdc_console.usecases.caller import Caller
from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.ids import ID_PATTERN

TOKEN_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A bearer token."""

    token: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; its secret is shown here and nowhere else."""

    secret: SessionSecret
    user: User
    permissions: frozenset[str]
    idle_expire_time: datetime
    expire_time: datetime
    token: IssuedToken


class SessionsUseCase:
    """Lets people in and out.

    Args:
        forget: makes this copy look everybody up anew.
        random: gives that many bytes of cryptographic randomness.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        passwords: Passwords,
        tokens: AccessTokens,
        *,
        random: Callable[[int], bytes],
        clock: Clock,
        forget: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._tokens = tokens
        self._random = random
        self._clock = clock
        self._forget = forget

    async def sign_in(self, user_id: str, password: str, address: str) -> SignedIn:
        """Begin a session. The first one at a site ends the bootstrap key.

        A name that no user has costs as much and is answered as a wrong password.

        Raises:
            SignInRefused: user or password is wrong, or the user is disabled.
            SignInLocked: there were 5 wrong passwords under this name, or 30 from this address
                under any; none is looked at.
        """
        user, hashed = await self._proved(user_id, password, address)
        now = self._clock.now()
        secret = SessionSecret.made_of(self._random(SESSION_ID_BYTES + SECRET_BYTES))
        made = Session(secret.session_id, secret.secret_hash, user.uid, now, now)
        async with self._unit_of_work() as work:
            current = await work.users.with_password(user.id, now=now, locked=True)
            if current is None or current[1] != hashed or current[0].disabled:
                raise SignInRefused
            await work.users.signed_in(user, now=now)
            await work.users.forgive(user.id)
            await work.users.take_back_failure(failures_from(address))
            await work.sessions.add(made)
            await work.api_keys.revoke(BOOTSTRAP, now=now)
            roles = await work.roles.of(user.roles)
            await work.commit()
        self._forget()
        given = frozenset(each for role in roles for each in role.permissions)
        granted = together(SIGNED_IN, given)
        permissions = OWN_SESSION if user.password_change_required else granted
        token = self._token(f"session:{made.id}", now, made.expire_time)
        return SignedIn(secret, user, permissions, made.idle_expire_time, made.expire_time, token)

    async def sign_out(self, caller: Caller) -> None:
        """End the caller's session; nothing for a key."""
        if caller.session_id:
            async with self._unit_of_work() as work:
                await work.sessions.end(caller.session_id)
                await work.commit()
        self._forget()

    async def change_password(self, caller: Caller, old: str, new: str) -> None:
        """Change the caller's own password and end their other sessions.

        Raises:
            NoPassword: the caller is a key.
            SignInRefused, SignInLocked: the old password is wrong, or was too often.
            PasswordWeak: the new one breaks a rule.
        """
        if not caller.session_id:
            raise NoPassword
        user, _ = await self._proved(caller.user, old, caller.address)
        check_password(new, user_id=user.id, field="new_password")
        hashed = await self._passwords.hash(new)
        now = self._clock.now()
        changed = replace(
            user, password_change_required=False, update_time=now, changed_by=caller.actor.subject
        )
        async with self._unit_of_work() as work:
            await work.users.save(changed, hashed)
            await work.users.forgive(user.id)
            await work.users.take_back_failure(failures_from(caller.address))
            await work.sessions.end_all(user.uid, but=caller.session_id)
            await work.commit()
        self._forget()

    async def find(self, caller: Caller) -> tuple[User | None, datetime | None]:
        """Return the caller's user, None for a key of the site, and when their session is idle."""
        if not caller.user_uid:
            return None, None
        now = self._clock.now()
        async with self._unit_of_work() as work:
            try:
                user = await work.users.get(f"users/{caller.user_uid}", now=now)
            except NotFound:
                return None, None
        return user, now + IDLE if caller.session_id else None

    def issue(self, caller: Caller, until: datetime | None) -> IssuedToken:
        """Make a bearer token that ends with the caller's session or key, at `until`."""
        kind, found = ("key", caller.key_id) if caller.key_id else ("session", caller.session_id)
        now = self._clock.now()
        return self._token(f"{kind}:{found}", now, until or now + LONGEST)

    def _token(self, reference: str, now: datetime, until: datetime) -> IssuedToken:
        end = min(now + TOKEN_LIFE, until)
        return IssuedToken(self._tokens.sign(reference, until=end), end)

    async def _proved(self, user_id: str, password: str, address: str) -> tuple[User, str]:
        """The user whose password this is, and its hash."""
        await self._count(failures_from(address), MAX_ADDRESS_FAILURES)
        if not re.fullmatch(ID_PATTERN, user_id):
            await self._passwords.fits(password, None)
            raise SignInRefused
        try:
            await self._count(user_id, MAX_FAILURES)
        except SignInLocked:
            await self._take_back(failures_from(address))  # no password was looked at
            raise
        async with self._unit_of_work() as work:
            now = self._clock.now()
            found = await work.users.with_password(user_id, now=now, locked=False)
        fits = await self._passwords.fits(password, found[1] if found else None)
        if found is None or not fits or found[0].disabled:
            raise SignInRefused
        return found

    async def _count(self, name: str, most: int) -> None:
        """Count an attempt under `name`, in a transaction of its own: it counts at once."""
        if not name:
            return
        now = self._clock.now()
        async with self._unit_of_work() as work:
            failures = await work.users.count_failure(name, most=most, now=now)
            await work.commit()
        if (until := failures.lock_expire_time) is not None:
            raise SignInLocked(until, until - now)

    async def _take_back(self, name: str) -> None:
        async with self._unit_of_work() as work:
            await work.users.take_back_failure(name)
            await work.commit()

    async def throw_old_away(self) -> None:
        """Drop sessions that have ended and failures that lock nobody any more."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            await work.sessions.forget_ended(now)
            await work.users.forget_old_failures(before=now - LOCKED_FOR)
            await work.commit()
