"""API keys: made, shown once, listed, revoked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from qvdc_console.domain.api_key import ID_BYTES, SECRET_BYTES, ApiKey, PlainKey, new_key
from qvdc_console.domain.permission import beyond
from qvdc_console.domain.refusals import GrantExceedsCaller
from qvdc_console.ports import UnitOfWork, UnitsOfWork
from qvdc_console.usecases.bootstrap import BOOTSTRAP
from qvdc_console.usecases.caller import Caller
from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField
from qvdc_core.ids import check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey

DEFAULT_TTL = timedelta(days=90)
SEES_ALL = "user.update"
"""Who may change users sees and revokes everybody's keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """What is asked of a new key; "" and None leave the choice to the door."""

    id: str = ""
    display_name: str | None = None
    description: str | None = None
    role: str = ""
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key with its secret; None in the answer to a repeat and to a dry run."""

    key: ApiKey
    plain: PlainKey | None


class ApiKeysUseCase:
    """The verbs of keys.

    Args:
        random: gives that many bytes of cryptographic randomness.
        forget: makes this copy look everybody up anew.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        *,
        random: Callable[[int], bytes],
        clock: Clock,
        new_id: Callable[[], str],
        forget: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._random = random
        self._clock = clock
        self._new_id = new_id
        self._forget = forget

    async def create(
        self, wish: KeyWish, *, caller: Caller, key: RequestKey | None, validate_only: bool
    ) -> IssuedKey:
        """Make a key of the caller's user, or of the site for a key of the site.

        A key that a role narrows makes keys of that role, unless another is asked for.

        Raises:
            NameTaken, NotFound: the id, the role.
            InvalidField: a key of the site without a role.
            GrantExceedsCaller: the role may more than the caller.
        """
        plain = new_key(self._random(ID_BYTES + SECRET_BYTES))
        made = self._made(wish, plain, caller)
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, ApiKey)) is not None:
                return IssuedKey(first, None)
            await _may_give(work, made, caller)
            await work.api_keys.add(made)
            if validate_only:
                return IssuedKey(made, None)
            await work.requests.remember(key, replace(made, secret_hash=b""))
            await work.commit()
        return IssuedKey(made, plain)

    async def get(self, name: str, caller: Caller) -> ApiKey:
        """Return a key that the caller may see.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.api_keys.get(name, owner=_whose(caller))

    async def page(self, page: PageRequest, caller: Caller) -> Page[ApiKey]:
        """Return a page of the keys that the caller may see."""
        async with self._unit_of_work() as work:
            return await work.api_keys.page(page, owner=_whose(caller))

    async def delete(
        self,
        name: str,
        *,
        etag: str,
        caller: Caller,
        key: RequestKey | None,
        validate_only: bool,
    ) -> None:
        """Revoke a key.

        Raises:
            NotFound, EtagMismatch: there is none that the caller may see; it was made anew.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            found = await work.api_keys.get(name, owner=_whose(caller))
            found.require(etag)
            if validate_only:
                return
            if found.name == BOOTSTRAP:
                await work.api_keys.revoke(BOOTSTRAP, now=self._clock.now())
            else:
                await work.api_keys.remove(found)
            await work.commit()
        self._forget()

    def _made(self, wish: KeyWish, plain: PlainKey, caller: Caller) -> ApiKey:
        uid, now = self._new_id(), self._clock.now()
        role = wish.role or caller.key_role
        if not role and not caller.user_uid:
            raise InvalidField("api_key.role", "a key of the site needs a role")
        return ApiKey(
            key_id=plain.key_id,
            name=check_id(wish.id, field="api_key_id") if wish.id else f"key-{uid[:8]}",
            secret_hash=plain.secret_hash,
            permissions=frozenset(),
            local_only=False,
            create_time=now,
            uid=uid,
            owner_uid=caller.user_uid or None,
            owner=caller.user,
            role=role or None,
            display_name=wish.display_name,
            description=wish.description,
            expire_time=now + (wish.ttl or DEFAULT_TTL),
        )


async def _may_give(work: UnitOfWork, made: ApiKey, caller: Caller) -> None:
    if made.role is None:
        return
    (role,) = await work.roles.of([made.role])
    if missing := beyond(caller.actor.permissions, role.permissions):
        raise GrantExceedsCaller(missing)


def _whose(caller: Caller) -> str | None:
    return None if caller.actor.may(SEES_ALL) else caller.user_uid
