"""Where the copies of each service listen, this one included."""

from collections.abc import Callable, Sequence
from typing import Protocol

from qvdc_console.domain.refusals import OwnerAway
from qvdc_coord.discovery import Endpoints
from qvdc_coord.errors import NoEndpoints

DOOR = "console"


class Finder(Protocol):
    """The part of discovery that the door uses."""

    async def resolve(self, service: str) -> tuple[Endpoints, ...]:
        """Return the known copies; NoEndpoints when there is none."""
        ...

    def known(self, service: str) -> tuple[Endpoints, ...]:
        """Return the known copies without waiting."""
        ...


class Directory:
    """Finds copies of services; what the door serves itself is found here, not in etcd."""

    def __init__(self, finder: Finder, own: Callable[[], Endpoints]) -> None:
        self._finder = finder
        self._own = own

    async def copies(self, service: str) -> Sequence[Endpoints]:
        """Return at least one copy of `service`.

        Raises:
            OwnerAway: none is known.
        """
        if service == DOOR:
            return [self._own()]
        try:
            return await self._finder.resolve(service)
        except NoEndpoints as error:
            raise OwnerAway(service) from error

    def count(self, service: str) -> int:
        """How many copies are known now."""
        return 1 if service == DOOR else len(self._finder.known(service))
