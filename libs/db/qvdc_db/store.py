"""What a service's repositories and readers are made of."""

from collections.abc import Callable
from dataclasses import dataclass

from qvdc_core.clock import Clock
from qvdc_db.database import Database
from qvdc_db.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Store:
    """One service's database with the clock, the ids and the bell that go with it.

    Args:
        service: the service's name, prefix of its operations' and events' ids.
        new_id: makes a UUID, as text.
    """

    service: str
    database: Database
    wakeups: Wakeups
    clock: Clock
    new_id: Callable[[], str]
