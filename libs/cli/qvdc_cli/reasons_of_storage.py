"""The error reasons of storage pools: what each means, the facts it carries, what to do."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason, reason

STORAGE_REASONS: Mapping[str, Reason] = {
    "POOL_OVERCOMMITTED": reason(
        "RESOURCE_EXHAUSTED",
        "The storage pool has no room for the disk by its ratio or its reserve.",
        "Compare the numbers; free room, name another pool, or raise the ratio: `qvdc pool edit`.",
        "pool node needed_bytes free_bytes ratio claimed_bytes capacity_bytes limit",
    ),
    "POOL_NOT_ASSIGNED": reason(
        "FAILED_PRECONDITION",
        "The node does not have the storage pool.",
        "Give it to the node: `qvdc pool assign`; or place the machine on a node that has it.",
        "pool node",
    ),
    "POOL_NOT_READY": reason(
        "UNAVAILABLE",
        "The storage pool is not usable on the node now, or its host has not told of it yet.",
        "See what the host says of it: `qvdc pool show`; mend it, then `qvdc pool reconnect`.",
        "pool node state pool_reason",
    ),
    "PATH_IN_USE": reason(
        "FAILED_PRECONDITION",
        "Another storage pool has this path, or one above or below it, on the node.",
        "Choose another path, or take the other pool from the node.",
        "pool path node",
    ),
    "WIPE_NOT_CONFIRMED": reason(
        "INVALID_ARGUMENT",
        "Deleting a pool's files needs the pool's name once more.",
        "Repeat the name with --wipe, or leave it out to keep the files.",
        "pool",
    ),
    "MARKER_MISSING": reason(
        "FAILED_PRECONDITION",
        "The pool's directory does not carry the pool's marker: most often its mount is missing.",
        "Mount it on the host, then `qvdc pool reconnect`. Nothing is written there meanwhile.",
        "pool node",
    ),
    "NOT_THE_SAME": reason(
        "FAILED_PRECONDITION",
        "Hosts do not see each other's files in a shared pool: they have different directories.",
        "Mount the same export on all of them, then `qvdc pool reconnect`.",
        "pool node",
    ),
    "NODE_SILENT": reason(
        "FAILED_PRECONDITION",
        "The host has not told of its pools for 30 s, so how they stand is not known.",
        "See the node: `qvdc node show`.",
        "pool node",
    ),
}
