"""The agent's reports as the guardian keeps them, and what it says when none come."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

SILENT_AFTER = timedelta(seconds=10)
"""Three beats without a report: one may be late, three are not."""
_PASSING_CPU_FIELDS = ("frequency_mhz",)

Section = Mapping[str, object]


class Reports:
    """Keeps the last report and judges its age; `heard` is set once there is one.

    Args:
        started: when the guardian began, in monotonic seconds.
        now: the time of day.
    """

    def __init__(self, *, started: float, now: datetime) -> None:
        self.heard = asyncio.Event()
        self._report: dict[str, object] = {}
        self._heard_at = started
        self._silent = False
        self._since = rfc3339(now)

    def take(self, report: dict[str, object], at: float) -> None:
        """Keep a report that came `at` this time, in monotonic seconds."""
        self._report, self._heard_at = report, at
        self.heard.set()

    def silent(self, at: float) -> bool:
        """Whether the agent has been silent too long, `at` this time."""
        return at - self._heard_at > SILENT_AFTER.total_seconds()

    def section(self, name: str) -> Section:
        """A part of the last report: system, inventory or usage."""
        found = self._report.get(name)
        return found if isinstance(found, Mapping) else {}

    @property
    def simulated(self) -> bool:
        """Whether the hypervisor is simulated."""
        return self._report.get("simulated") is True

    def pools(self) -> list[Section]:
        """The pools of the last report."""
        return self._list("pools")

    def conditions(self, at: float, now: datetime) -> list[Section]:
        """The agent's conditions, unknown while it is silent, and whether it is.

        Before its first report nobody knows whether the hypervisor works: that is said too.
        """
        silent = self.silent(at)
        if silent != self._silent:
            self._silent, self._since = silent, rfc3339(now)
        own = {
            "type": "AgentSilent",
            "status": "STATUS_TRUE" if silent else "STATUS_FALSE",
            "since_time": self._since,
        }
        told = self._list("conditions")
        if not self.heard.is_set():
            unheard = {"status": "STATUS_UNKNOWN", "reason": "AGENT_NOT_HEARD"}
            told = [{"type": "HypervisorReady", **unheard, "since_time": self._since}]
        elif silent:
            unknown = {"status": "STATUS_UNKNOWN", "reason": "AGENT_SILENT"}
            told = [{**each, **unknown, "since_time": self._since} for each in told]
        return [*told, own]

    def lasting(self) -> str:
        """Names what registration told of the host; changes when it must be told anew."""
        inventory = {
            key: value for key, value in self.section("inventory").items() if key != "pools"
        }
        cpu = inventory.get("cpu")
        if isinstance(cpu, Mapping):
            inventory["cpu"] = {k: v for k, v in cpu.items() if k not in _PASSING_CPU_FIELDS}
        whole = json.dumps([self.section("system"), inventory], sort_keys=True, default=str)
        return sha256(whole.encode()).hexdigest()

    def _list(self, name: str) -> list[Section]:
        found = self._report.get(name)
        return (
            [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
        )


def rfc3339(moment: datetime) -> str:
    """A time of day as the contract writes it."""
    return moment.isoformat().replace("+00:00", "Z")
