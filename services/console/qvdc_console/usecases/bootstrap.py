"""What makes a new site usable: the built-in roles, the first user, the first key."""

import base64
from collections.abc import Callable, Iterable

from qvdc_console.domain.api_key import ID_BYTES, SECRET_BYTES, ApiKey, new_key
from qvdc_console.domain.permission import EVERYTHING
from qvdc_console.domain.role import ADMINISTRATOR, BuiltInRole
from qvdc_console.domain.user import ADMIN, User
from qvdc_console.ports import FirstKeys, KeyFile, Passwords, UnitsOfWork
from qvdc_core.clock import Clock

BOOTSTRAP = "bootstrap"
PASSWORD_BYTES = 18
FIRST_USER = "first-user"


class Bootstrap:
    """Makes the bootstrap key at the first start of the site.

    Args:
        random: gives that many bytes of cryptographic randomness.
    """

    def __init__(
        self, keys: FirstKeys, file: KeyFile, *, random: Callable[[int], bytes], clock: Clock
    ) -> None:
        self._keys = keys
        self._file = file
        self._random = random
        self._clock = clock

    async def ensure(self) -> bool:
        """Make and hand out the key unless the site has one; return whether it was made.

        Any number of copies may do this at once: one makes the key, its file alone is written.

        Raises:
            StoreUnavailable: PostgreSQL is away.
            OSError: the file cannot be written.
        """
        plain = new_key(self._random(ID_BYTES + SECRET_BYTES))
        key = ApiKey(
            key_id=plain.key_id,
            name=BOOTSTRAP,
            secret_hash=plain.secret_hash,
            permissions=frozenset({EVERYTHING}),
            local_only=True,
            create_time=self._clock.now(),
            uid=plain.key_id,
        )
        return await self._keys.add_first(key, self._file, plain)


class FirstUser:
    """Makes the built-in roles at every start and the first administrator at the first one.

    Args:
        random: gives that many bytes of cryptographic randomness.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        passwords: Passwords,
        file: KeyFile,
        *,
        roles: Iterable[BuiltInRole],
        random: Callable[[int], bytes],
        new_id: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._file = file
        self._roles = tuple(roles)
        self._random = random
        self._new_id = new_id
        self._clock = clock

    async def keep_roles(self) -> None:
        """Make the built-in roles what this release has them be.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        async with self._unit_of_work() as work:
            for role in self._roles:
                await work.roles.keep_built_in(role, uid=self._new_id(), now=self._clock.now())
            await work.commit()

    async def ensure(self) -> bool:
        """Make the administrator unless one was ever made; return whether it was made.

        Any number of copies may do this at once. Killed before the end nothing is made, and the
        next attempt writes another password.

        Raises:
            StoreUnavailable: PostgreSQL is away.
            OSError: the file cannot be written.
        """
        now = self._clock.now()
        password = base64.urlsafe_b64encode(self._random(PASSWORD_BYTES)).decode()
        async with self._unit_of_work() as work:
            if not await work.users.mark(FIRST_USER):
                return False
            user = User(
                uid=self._new_id(),
                id=ADMIN,
                roles=(ADMINISTRATOR,),
                create_time=now,
                update_time=now,
                changed_by="service/console",
                display_name="Administrator",
            )
            await work.users.add(user, await self._passwords.hash(password))
            self._file.write(password)
            await work.commit()
        return True
