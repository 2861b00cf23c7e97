"""Promises and noes as this host keeps them: written before they are told."""

import json
from dataclasses import asdict

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.domain.promises import Noes, OpenIncidents, Promise, Promises
from qvdc_agent.guardian.files import write_whole
from qvdc_core.fence import Fence


class PromiseBook:
    """Keeps promises over reboots, and noes for one life of the host.

    Args:
        now: seconds of CLOCK_BOOTTIME; the record of noes begins here when there is none.
    """

    def __init__(self, places: Places, *, boot_id: str, now: float) -> None:
        self._places = places
        self._boot_id = boot_id
        self._promises = self._read_promises()
        self._noes = self._read_noes() or Noes(began=now)
        self._write_noes(self._noes)

    def promise(self, promise: Promise, fence: Fence) -> None:
        """Promise durably. Repeating it is safe.

        Raises:
            StaleFence: a newer leader of that loop was seen.
        """
        self._keep(self._promises.with_promise(promise, fence))

    def told(self, open_incidents: OpenIncidents) -> None:
        """Drop the promises of incidents that are closed."""
        self._keep(self._promises.told(open_incidents))

    def against(self, node_uid: str) -> bool:
        """Whether something is promised against a host."""
        return self._promises.against(node_uid)

    def say_no(self, asker: str, now: float) -> None:
        """Write down that *no* is said to `asker` now."""
        noes = self._noes.said(asker, now)
        self._write_noes(noes)
        self._noes = noes

    def last_no_age(self, asker: str, now: float) -> float:
        """Seconds since the last *no* to `asker`, or since the record began."""
        return self._noes.age(asker, now)

    def _keep(self, promises: Promises) -> None:
        if promises == self._promises:
            return
        content = {
            "given": [asdict(each) for each in promises.given],
            "fences": [asdict(each) for each in promises.fences.values()],
        }
        write_whole(self._places.promises, json.dumps(content).encode())
        self._promises = promises

    def _write_noes(self, noes: Noes) -> None:
        content = {"boot_id": self._boot_id, "began": noes.began, "last": dict(noes.last)}
        write_whole(self._places.noes, json.dumps(content).encode(), durable=False)

    def _read_promises(self) -> Promises:
        """Promises as written; a file that cannot be read ends the guardian rather than one."""
        try:
            found = json.loads(self._places.promises.read_text())
        except FileNotFoundError:
            return Promises()
        fences = [Fence(**each) for each in found["fences"]]
        return Promises(
            given=frozenset(Promise(**each) for each in found["given"]),
            fences={each.loop: each for each in fences},
        )

    def _read_noes(self) -> Noes | None:
        try:
            found = json.loads(self._places.noes.read_text())
            if found["boot_id"] != self._boot_id:
                return None
            return Noes(float(found["began"]), {k: float(v) for k, v in found["last"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
