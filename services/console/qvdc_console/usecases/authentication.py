"""Who stands at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from qvdc_console.domain.api_key import ApiKey, Network, PlainKey, is_within
from qvdc_console.domain.refusals import KeyInvalid, KeyMissing
from qvdc_console.ports import ApiKeys
from qvdc_core.clock import Clock

REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller that the door knows."""

    subject: str
    permissions: frozenset[str]


class Authentication:
    """Tells callers by their API keys.

    A key that was found good is remembered for 5 s, so that a burst of calls costs one look-up;
    a deleted key is refused after that time at the latest.

    Args:
        local_networks: where keys marked `local_only` are honoured.
    """

    def __init__(self, keys: ApiKeys, *, local_networks: tuple[Network, ...], clock: Clock) -> None:
        self._keys = keys
        self._local_networks = local_networks
        self._clock = clock
        self._known: dict[str, tuple[float, ApiKey]] = {}

    async def visitor(self, headers: Mapping[str, str], address: str) -> Visitor:
        """Return who calls from `address` with `headers` (lower-case names).

        Raises:
            KeyMissing: no key was given.
            KeyInvalid: it is not one of ours, or not honoured from there.
            StoreUnavailable: keys cannot be looked up now.
        """
        text = _presented(headers)
        if text is None:
            raise KeyMissing
        presented = PlainKey.parse(text)
        if presented is None:
            raise KeyInvalid
        key = await self._stored(presented.key_id)
        if key is None or not key.fits(presented):
            raise KeyInvalid
        if key.local_only and not is_within(address, self._local_networks):
            raise KeyInvalid("This key is honoured only from the door's own machine.")
        return Visitor(key.subject, key.permissions)

    async def _stored(self, key_id: str) -> ApiKey | None:
        now = self._clock.monotonic()
        seen, key = self._known.get(key_id, (0.0, None))
        if key is not None and now - seen < REMEMBERED_FOR.total_seconds():
            return key
        key = await self._keys.find(key_id)
        if key is None:
            self._known.pop(key_id, None)
            return None
        if len(self._known) >= REMEMBERED_KEYS:
            self._known.clear()
        self._known[key_id] = now, key
        return key


def _presented(headers: Mapping[str, str]) -> str | None:
    if key := headers.get("x-api-key"):
        return key
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() == "bearer" else None
