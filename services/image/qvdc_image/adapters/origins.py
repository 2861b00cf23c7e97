"""Where hosts fetch bytes: the HTTP ports of the copies of this service."""

from collections.abc import Callable, Sequence

from qvdc_coord.discovery import Discovery
from qvdc_coord.errors import NoEndpoints

BLOBS_PATH = "/images/blobs"


class DiscoveredOrigins:
    """Addresses as announced; the own one when nothing is known of others."""

    def __init__(
        self, discovery: Discovery, *, service: str, own: Callable[[], str], scheme: str
    ) -> None:
        self._discovery = discovery
        self._service = service
        self._own = own
        self._scheme = scheme

    async def urls(self, digest: str) -> Sequence[str]:
        """Addresses of the digest's bytes at the copies of this service."""
        try:
            found = await self._discovery.resolve(self._service)
            addresses = [each.http for each in found if each.http]
        except NoEndpoints:
            addresses = []
        return [
            f"{self._scheme}://{address}{BLOBS_PATH}/{digest}"
            for address in addresses or [self._own()]
        ]
