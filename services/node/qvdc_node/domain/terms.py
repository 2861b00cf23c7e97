"""The times that hosts run by, and how they change (PROTOCOLS 3).

Whatever becomes longer is counted here before a host is told; whatever becomes shorter is counted
only when the host has said that it runs it. So a failover never counts less than a host may run.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

BEATS_IN_A_SESSION = 3
ENDING = timedelta(seconds=4)
"""From the end of a session to the end of the ladder: pause, kill and watchdog need as long
whatever the detection takes."""
LONGEST_INTERVAL = timedelta(seconds=60)
STEP = timedelta(seconds=1)
UNHEARD = 1000
"""More versions than answers can be under way to one host: what etcd lost is never told again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a host is told: how often it beats, and everything that follows from it."""

    interval: timedelta

    @property
    def session(self) -> timedelta:
        """T: life of a session without a renewal."""
        return self.interval * BEATS_IN_A_SESSION

    @property
    def ladder(self) -> timedelta:
        """L: when the last protected machine of a host without a renewal is dead."""
        return self.session + ENDING


DEFAULT_DETECTION = timedelta(seconds=9)
USUAL = Terms(DEFAULT_DETECTION / BEATS_IN_A_SESSION)
LONGEST = Terms(LONGEST_INTERVAL)


@dataclass(frozen=True, slots=True)
class Grant:
    """The terms of a session, as etcd holds them.

    Args:
        told: what the host is told.
        version: of these; raised with every change, the host says which one it runs.
        lease: life of the session: the longest not yet replaced.
        ladder: what a failover has to count: the longest not yet replaced.
    """

    told: Terms
    version: int
    lease: timedelta
    ladder: timedelta


USUAL_GRANT = Grant(USUAL, 1, USUAL.session, USUAL.ladder)


def terms_of(detection: timedelta, *, least: timedelta = timedelta()) -> Terms:
    """Return the terms that find a host's silence within `detection`.

    Args:
        least: the shortest interval that the control plane can bear; it goes before detection.
    """
    return Terms(min(LONGEST_INTERVAL, max(detection / BEATS_IN_A_SESSION, least)))


def least_interval(hosts: int, beats_per_second: int) -> timedelta:
    """Return the shortest interval at which so many hosts may beat, in whole seconds.

    In steps, so that a host more does not change the terms of all others; of what every copy of
    the service knows alike, so that no two of them tell a host different terms.
    """
    return STEP * math.ceil(timedelta(seconds=hosts / beats_per_second) / STEP)


def first_grant(wanted: Terms | None) -> Grant:
    """Return the grant of a host that never ran any terms."""
    told = wanted or USUAL
    return Grant(told, 1, told.session, told.ladder)


def next_grant(before: Grant | None, wanted: Terms | None, *, said: int) -> Grant:
    """Return the grant that follows when a host says that it runs version `said`.

    Args:
        before: None when it is not known what the host was told: the longest terms count until it
            runs new ones.
        wanted: None leaves the terms as they are.
        said: 0 when it does not say.
    """
    if before is None or said > before.version:
        told = wanted or (before.told if before is not None else USUAL)
        known = before.version if before is not None else 0
        return Grant(told, max(said, known) + UNHEARD, told.session, LONGEST.ladder)
    told = before.told
    if wanted is not None and wanted != told:
        lease, ladder = max(before.lease, wanted.session), max(before.ladder, wanted.ladder)
        return Grant(wanted, before.version + 1, lease, ladder)
    if said == before.version:
        return Grant(told, before.version, told.session, told.ladder)
    return before
