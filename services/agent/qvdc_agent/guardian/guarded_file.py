"""The durable list of protected machines: written before a machine's first instruction."""

import json
from collections.abc import Iterable

from qvdc_agent.domain.guarded import Guarded, guarded_from_json, guarded_to_json
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.errors import Superseded
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import Identity, last_instance


class GuardedFile:
    """Keeps the list in the run folder, for one life of the host."""

    def __init__(self, places: Places, identity: Identity) -> None:
        self._path = places.guarded
        self._counter = places.instance
        self._identity = identity

    def read(self) -> tuple[Guarded, ...]:
        """The machines as written in this life of the host."""
        try:
            found = json.loads(self._path.read_text())
            if found["boot_id"] != self._identity.boot_id:
                return ()
            return tuple(guarded_from_json(each) for each in found["machines"])
        except FileNotFoundError:
            return ()

    def write(self, machines: Iterable[Guarded]) -> None:
        """Replace the list in one step.

        Raises:
            Superseded: a newer guardian keeps the list now.
        """
        if last_instance(self._counter, self._identity.boot_id) > self._identity.instance:
            raise Superseded("A newer guardian of this host has started.")
        content = {
            "boot_id": self._identity.boot_id,
            "machines": [guarded_to_json(each) for each in machines],
        }
        write_whole(self._path, json.dumps(content).encode(), durable=False)
