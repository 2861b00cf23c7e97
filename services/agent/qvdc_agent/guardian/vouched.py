"""What answers of the control plane mean for this host: written down first, then acted upon."""

from collections.abc import Mapping
from datetime import datetime

from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.guardian.adapters.node_service import Acknowledged
from qvdc_agent.guardian.domain.members import MemberSet
from qvdc_agent.guardian.errors import Refused
from qvdc_agent.guardian.guard import Guard
from qvdc_agent.guardian.member_file import MemberFile
from qvdc_agent.guardian.pools_file import PoolsFile
from qvdc_agent.guardian.promise_book import PromiseBook
from qvdc_agent.guardian.reports import rfc3339
from qvdc_agent.guardian.session import Registered, Session
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class Vouched:
    """Takes answers apart: session, terms, member set, promises, pools, confession."""

    def __init__(
        self,
        *,
        session: Session,
        guard: Guard,
        members: MemberFile,
        book: PromiseBook,
        pools: PoolsFile,
    ) -> None:
        self._session = session
        self._guard = guard
        self._members = members
        self._book = book
        self._pools = pools
        self._since: dict[str, tuple[str, str]] = {}

    @property
    def members(self) -> MemberSet:
        """The member set that this host holds."""
        return self._members.held

    @property
    def pools(self) -> AssignedPools:
        """The storage pools that this host holds."""
        return self._pools.held

    @property
    def machines(self) -> tuple[Guarded, ...]:
        """The protected machines that run here."""
        return self._guard.machines

    def acknowledged(self, sent_at: float, answer: Acknowledged) -> None:
        """A beat sent at `sent_at`, in seconds of CLOCK_BOOTTIME, was acknowledged."""
        if answer.members is not None:
            self._members.told(answer.members)
        self._session.acknowledged(sent_at, answer.terms, answer.session_epoch)
        self._guard.under(self._session.ladder_terms)
        self._guard.acknowledged(sent_at)
        if answer.open_incidents is not None:
            self._book.told(answer.open_incidents)
        if answer.assigned_pools is not None:
            self._pools.told(answer.assigned_pools)

    def registered(self, answer: Registered) -> None:
        """A registration was answered: what a fenced host may not keep is killed at once."""
        if answer.was_fenced:
            kept = {each.vm_uid for each in answer.confessed if each.keep}
            for machine in self._guard.machines:
                if machine.uid not in kept:
                    self._guard.kill(machine.uid)
        for each in answer.confessed:
            if each.keep:
                self._guard.goes_on_as(each.vm_uid, each.run_epoch)
        self._session.registered(answer)
        self._guard.under(self._session.ladder_terms)

    def refused(self, refused: Refused) -> None:
        """A refusal may name machines that run elsewhere, or may soon: they are killed at once.

        The host's fence stands until they are dead, and it is asked again.
        """
        for uid in refused.facts.get("kill", "").split(","):
            if uid:
                log.warning("machine.taken_away", machine=uid, reason=refused.reason)
                self._guard.kill(MachineUid(uid))

    def conditions(self, now: datetime) -> list[Mapping[str, object]]:
        """WatchdogArmed and KillStuck, in the contract's words."""
        watchdog, stuck = self._guard.watchdog_status, self._guard.stuck
        return [
            self._condition("WatchdogArmed", now, holds=watchdog.armed, reason=watchdog.why),
            self._condition(
                "KillStuck",
                now,
                holds=bool(stuck),
                reason="SURVIVES_SIGKILL" if stuck else "",
                message=", ".join(stuck),
            ),
        ]

    def _condition(
        self, kind: str, now: datetime, *, holds: bool, reason: str, message: str = ""
    ) -> dict[str, object]:
        status = "STATUS_TRUE" if holds else "STATUS_FALSE"
        known, since = self._since.get(kind, ("", ""))
        if known != status:
            since = rfc3339(now)
            self._since[kind] = (status, since)
        return {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "since_time": since,
        }
