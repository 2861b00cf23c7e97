"""The first key: without it nobody could make another."""

from collections.abc import Callable

from qvdc_console.domain.api_key import ID_BYTES, SECRET_BYTES, ApiKey, new_key
from qvdc_console.ports import ApiKeys, KeyFile
from qvdc_core.clock import Clock

BOOTSTRAP = "bootstrap"
EVERYTHING = frozenset({"*"})


class Bootstrap:
    """Makes the bootstrap key at the first start of the site.

    Args:
        random: gives that many bytes of cryptographic randomness.
    """

    def __init__(
        self, keys: ApiKeys, file: KeyFile, *, random: Callable[[int], bytes], clock: Clock
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
            permissions=EVERYTHING,
            local_only=True,
            create_time=self._clock.now(),
        )
        return await self._keys.add_first(key, self._file, plain)
