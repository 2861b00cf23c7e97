"""The rules of PROTOCOLS 3 to 5 that keep a machine from running twice; each can be left out.

A check that cannot fail proves nothing: for every rule there is a test that leaves it out and
finds a machine running twice.
"""

from __future__ import annotations

from enum import Enum


class Rule(Enum):
    """One rule, in the protocol's words."""

    PROMISED_IS_SILENT = "a member that has promised against a host votes for it no more"
    LAST_NO_COUNTS = "the ladder may have begun again at the latest no that members tell"
    START_IS_A_NO = "a member without a record since its start tells its start as its last no"
    FENCE_HOLDS = "a fenced host is granted a session by confession alone"
    FENCE_NEEDS_ABSENCE = "the fence's transaction compares that there is no session"
    CONFESSION_TAKES_THE_EPOCH = "confession raises the run epoch before the fence is lifted"
    EPOCH_IS_COMPARED = "the failover compares the run epoch that its incident wrote down"
    PROMISES_ARE_OF_ONE_INCIDENT = "promises of an earlier incident prove nothing"
    MAJORITY_VOTES = "more than half of the member set has to say no"
    HALF_PROMISES = "at least half of the member set has to promise"
    EVERY_SET_COUNTS = "promises are counted in every member set that the host may hold"
    SETS_FREEZE = "no new member set is pushed to a host while its incident is open"
    SETS_ARE_KEPT = "a member set is durable on the host before it is acknowledged"
    ACKNOWLEDGEMENT_COUNTS = "the end of a session says nothing of when the last beat was answered"
    LONGEST_TERMS_COUNT = "the longest terms not yet replaced bound ladder and session"
    LOST_TERMS_ARE_THE_LONGEST = "terms of another life of etcd say nothing of what a host runs"
    OLDER_TERMS_ARE_IGNORED = "a late answer does not bring back terms that no longer count"
    GUARDIAN_REMEMBERS = "a new guardian continues the ladder of the one before"
    INCARNATION_IS_COMPARED = "nothing is granted or acknowledged in an etcd that was not opened"
    FENCES_ARE_REOPENED = "open fences are written again before a new incarnation is opened"
