"""Every error reason: what it means, the facts it carries, what to do."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason
from qvdc_cli.reason import reason as _reason
from qvdc_cli.reasons_between_processes import INNER_REASONS
from qvdc_cli.reasons_of_hosts import HOST_REASONS
from qvdc_cli.reasons_of_images import IMAGE_REASONS
from qvdc_cli.reasons_of_sign_in import SIGN_IN_REASONS
from qvdc_cli.reasons_of_storage import STORAGE_REASONS
from qvdc_cli.reasons_of_the_door import DOOR_REASONS

_PRECONDITION, _EXHAUSTED = "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"
_INVALID, _EXISTS, _ABORTED = "INVALID_ARGUMENT", "ALREADY_EXISTS", "ABORTED"
_UNAUTHENTICATED, _DENIED = "UNAUTHENTICATED", "PERMISSION_DENIED"

REASONS: Mapping[str, Reason] = {
    **SIGN_IN_REASONS,
    **HOST_REASONS,
    **STORAGE_REASONS,
    **IMAGE_REASONS,
    **DOOR_REASONS,
    **INNER_REASONS,
    # common
    "INVALID_ARGUMENT": _reason(_INVALID, "A field breaks a rule.", "Correct the field named."),
    "UNKNOWN_FIELD": _reason(
        _INVALID,
        "The request names a field that this release does not know.",
        "Check the spelling; compare the versions of client and server with `qvdc info`.",
        "unknown",
    ),
    "IDEMPOTENCY_KEY_REUSED": _reason(
        _INVALID,
        "The request id was used for another request.",
        "Use a new --request-id for a new request.",
        "request_id",
    ),
    "ETAG_MISMATCH": _reason(
        _ABORTED,
        "Somebody changed the resource since it was read.",
        "Read it again, and repeat the change if it still makes sense.",
        "name changed_by change_time",
    ),
    "NOT_CANCELLABLE": _reason(
        _PRECONDITION,
        "The operation has ended, or cannot stop cleanly.",
        "Look at it with `qvdc operation show`.",
        "operation state",
    ),
    "IN_USE": _reason(
        _PRECONDITION,
        "Something depends on the resource.",
        "Remove or change what is named as blocker first.",
        "name blockers total",
    ),
    "STALE_FENCE": _reason(
        _PRECONDITION,
        "A process that no longer leads tried to act.",
        "Nothing: the new leader goes on.",
        "loop presented newest",
    ),
    "RESUME_EXPIRED": _reason(
        _ABORTED, "A stream cannot go on from so long ago.", "Begin the stream again."
    ),
    "NOT_FOUND": _reason(
        "NOT_FOUND",
        "There is no such resource, or you may not know of it.",
        "List what there is, for example with `qvdc vm list`.",
        "noun name",
    ),
    "PERMISSION_MISSING": _reason(
        _DENIED, "The key lacks a permission.", "Use a key that has it.", "permission"
    ),
    "UNAUTHENTICATED": _reason(
        _UNAUTHENTICATED,
        "The call carried no valid key.",
        "Give --key-file, set QVDC_KEY_FILE, or make a context with `qvdc context set`.",
    ),
    "STORE_UNAVAILABLE": _reason(
        "UNAVAILABLE", "A store of the control plane is away.", "Wait; it is retried.", "store"
    ),
    "BUSY": _reason(
        _ABORTED,
        "Something else works on the resource.",
        "Wait for that operation, then try again.",
        "vm node operation",
    ),
    "ALREADY_EXISTS": _reason(_EXISTS, "Another resource has the id.", "Choose another.", "name"),
    "OPERATION_ENDED": _reason(
        _PRECONDITION, "The operation has ended.", "Nothing.", "operation state"
    ),
    "DEADLINE_EXCEEDED": _reason(
        "DEADLINE_EXCEEDED",
        "The work was not done in the time given.",
        "Look whether it took effect, then try again.",
        "waiting_for",
    ),
    "SHUTTING_DOWN": _reason(
        "UNAVAILABLE", "This copy of a service stops.", "Try again: another one answers."
    ),
    "MALFORMED": _reason(_INVALID, "The bytes are no message of this type.", "Correct them."),
    # the door
    "KEY_MISSING": _reason(
        _UNAUTHENTICATED,
        "The call carried no key.",
        "Give --key-file, set QVDC_KEY_FILE, or make a context with `qvdc context set`.",
    ),
    "KEY_INVALID": _reason(
        _UNAUTHENTICATED,
        "The key is unknown, or not honoured from where the call comes.",
        "Check the key file. The bootstrap key works on the door's own machine, until somebody"
        " signs in: then `qvdc login`.",
    ),
    "ROUTE_UNKNOWN": _reason("NOT_FOUND", "Nothing is served under this path.", "Check the path."),
    "METHOD_NOT_ALLOWED": _reason(
        "UNIMPLEMENTED", "The path takes other HTTP methods.", "Use one of those."
    ),
    "USE_GRPC_PORT": _reason(
        "UNIMPLEMENTED", "Native gRPC needs HTTP/2.", "Call the door's gRPC port, 9443."
    ),
    "BODY_TOO_LONG": _reason(_EXHAUSTED, "The request is too large.", "Send less at once."),
    "SERVICE_UNAVAILABLE": _reason(
        "UNAVAILABLE",
        "No copy of the service that owns this answers.",
        "See `qvdc info`; wait, or look at that service.",
        "service",
    ),
    "ANSWER_BROKEN_OFF": _reason(
        "UNAVAILABLE", "A service went away in the middle of its answer.", "Try again."
    ),
    # clusters
    "CLUSTER_NAME_TAKEN": _reason(
        _EXISTS,
        "The display name is used in the project.",
        "Choose another display name.",
        "display_name cluster",
    ),
    "NODE_IN_OTHER_CLUSTER": _reason(
        _PRECONDITION,
        "The node belongs to another cluster.",
        "Remove it there first: `qvdc cluster remove-node`.",
        "node cluster",
    ),
    "NODE_REMOVED": _reason(
        _PRECONDITION,
        "The node was removed from the site.",
        "Let the host join again with a token: `qvdc node token create`.",
        "node machine_uuid remove_time",
    ),
    "NODE_NOT_MEMBER": _reason(
        _PRECONDITION,
        "The node is no member of the cluster.",
        "See the members with `qvdc cluster show`.",
        "node cluster",
    ),
    "NODE_HAS_VMS": _reason(
        _PRECONDITION,
        "Machines are placed on the node.",
        "Move or delete them first.",
        "node count machines",
    ),
    "CLUSTER_NOT_EMPTY": _reason(
        _PRECONDITION,
        "Nodes belong to the cluster.",
        "Remove them first: `qvdc cluster remove-node`.",
        "cluster count nodes",
    ),
    "NO_PLACEMENT": _reason(
        _EXHAUSTED,
        "No host can take the machine.",
        "See each host's verdict with `qvdc vm place`; ask for less, or add hosts.",
        "hosts_considered",
    ),
    "PROJECTION_EMPTY": _reason(
        "UNAVAILABLE",
        "The cluster service has not heard of hosts or machines yet.",
        "Wait a few seconds, then try again.",
        "projection",
    ),
    # nodes
    "TOKEN_INVALID": _reason(
        _UNAUTHENTICATED,
        "The join token is not known, or not for this host.",
        "Make a new one: `qvdc node token create`.",
        "node allowed_range address",
    ),
    "HARDWARE_UNRECOGNISED": _reason(
        _PRECONDITION,
        "The host came back with other board and network cards.",
        "Make sure that the old hardware is off, then: `qvdc node confirm-hardware`.",
        "machine_uuid",
    ),
    "IDENTITY_IN_USE": _reason(
        _PRECONDITION,
        "A host lives as the node whose identity shall be taken.",
        "Switch the old host off, or accept the new one: `qvdc node accept`.",
        "node machine_uuid",
    ),
    "NODE_ALIVE": _reason(
        _PRECONDITION,
        "The node lives: only a dead one is removed by force.",
        "Empty it first: `qvdc node maintain`; then decommission it without --force.",
        "node phase",
    ),
    "NOTHING_TO_ADOPT": _reason(
        _PRECONDITION,
        "Nothing proposes to take this node for an older one.",
        "Name the older one: `qvdc node adopt NAME --as OLD`.",
        "node",
    ),
    "TOKEN_EXPIRED": _reason(
        _UNAUTHENTICATED,
        "The join token has expired.",
        "Make a new one: `qvdc node token create`.",
        "expire_time",
    ),
    "TOKEN_EXHAUSTED": _reason(
        _UNAUTHENTICATED,
        "The join token was used as often as it may be.",
        "Make a new one with --max-uses.",
        "max_uses",
    ),
    "IDENTITY_MISMATCH": _reason(
        _DENIED,
        "The certificate is not that of the host it speaks for.",
        "Let the host join again with a token.",
        "machine_uuid",
    ),
    "STALE_INSTANCE": _reason(
        _ABORTED,
        "A newer process of the same host holds the session.",
        "Nothing: the older process ends.",
        "instance current_instance",
    ),
    "NODE_UNKNOWN": _reason(
        "NOT_FOUND", "No node has this identity.", "Let the host join.", "machine_uuid"
    ),
    "VERSION_UNSUPPORTED": _reason(
        _PRECONDITION,
        "The host speaks a protocol that this release does not.",
        "Bring host and control plane within one release of each other.",
        "offered lowest highest",
    ),
    "NODE_FENCED": _reason(
        _PRECONDITION,
        "A failover has fenced the host.",
        "Nothing: it registers again and tells what it runs.",
        "incident",
    ),
    "NODE_CLONE_DETECTED": _reason(
        _PRECONDITION,
        "Two hosts have the same identity.",
        "Give the cloned host an identity of its own.",
        "machine_uuid",
    ),
    # images
    "IMAGE_UNSAFE": _reason(
        _INVALID,
        "The bytes are not what an image may be.",
        "Upload a qcow2, raw or ISO file that stands alone: no backing file, no archive.",
        "finding",
    ),
    "POOL_FULL": _reason(
        _EXHAUSTED,
        "The image library has no room.",
        "Delete images, or enlarge the library.",
        "needed_bytes free_bytes",
    ),
    "CHECKSUM_MISMATCH": _reason(
        _INVALID,
        "The bytes are not those that were announced.",
        "Fetch the file again, or correct the digest.",
        "expected actual",
    ),
    "IMAGE_NOT_READY": _reason(
        _PRECONDITION, "The image is not READY.", "Wait for it: `qvdc image watch`.", "image state"
    ),
    "UPLOAD_OFFSET": _reason(
        _ABORTED,
        "The bytes do not begin where the upload stands.",
        "Ask for the offset and go on from there; `qvdc image upload` does.",
        "offset_bytes expected_offset_bytes",
    ),
    "UPLOAD_ENDED": _reason(
        _PRECONDITION, "The upload has ended.", "Upload again.", "upload state"
    ),
    "UPLOAD_TOO_LONG": _reason(
        _INVALID, "More bytes came than were announced.", "Upload again.", "size_bytes"
    ),
    "TOOL_UNAVAILABLE": _reason(
        "UNAVAILABLE",
        "A tool that images are checked with cannot be started.",
        "Install it where the image service runs; the image goes on by itself.",
        "tool",
    ),
    "BYTES_MISSING": _reason(
        "INTERNAL", "Bytes of the library are gone.", "Upload again; check the library.", "what"
    ),
    # networks
    "CIDR_OVERLAP": _reason(
        _EXISTS,
        "The range overlaps that of another network.",
        "Choose another range.",
        "cidr network other_cidr",
    ),
    "VLAN_IN_USE": _reason(
        _EXISTS, "The VLAN id is used on the switch.", "Choose another.", "vlan_id switch network"
    ),
    "DRIVER_UNSUPPORTED": _reason(
        _PRECONDITION,
        "The site's network driver does not offer this.",
        "Choose another type of network.",
        "driver wanted",
    ),
    "NO_FREE_ADDRESS": _reason(
        _EXHAUSTED,
        "All addresses of the network are given.",
        "Delete ports, or enlarge the range.",
        "network total_count",
    ),
    "ADDRESS_IN_USE": _reason(
        _EXISTS, "Another port holds the address.", "Choose another.", "address port"
    ),
    "MAC_IN_USE": _reason(
        _EXISTS, "Another port holds the hardware address.", "Choose another.", "mac port"
    ),
    "NAME_TAKEN": _reason(_EXISTS, "The id is used.", "Choose another id.", "name"),
    "BEING_DELETED": _reason(
        _PRECONDITION, "The resource is being deleted.", "Wait until it is gone.", "name"
    ),
    "NO_FREE_MAC": _reason(
        _EXHAUSTED, "No hardware address is free.", "Name one, or delete ports."
    ),
    "OVN_REFUSED": _reason(
        "INTERNAL", "OVN refused the change; nothing was changed.", "Look at the network service."
    ),
    # machines
    "INVALID_POWER_STATE": _reason(
        _PRECONDITION,
        "The verb is not allowed in the machine's state.",
        "Look at the machine with `qvdc vm show`.",
        "vm state verb",
    ),
    "VM_NAME_TAKEN": _reason(_EXISTS, "The id is used.", "Choose another id.", "vm"),
    "DELETE_PROTECTED": _reason(
        _PRECONDITION,
        "The machine is protected against deletion.",
        "Take the protection off: `qvdc vm edit NAME --no-delete-protection`.",
        "vm",
    ),
    "GUEST_IGNORED_SHUTDOWN": _reason(
        _PRECONDITION,
        "The guest did not shut down in time.",
        "Try again with --power-off-after-grace, or use `qvdc vm power-off`.",
        "vm waited_seconds",
    ),
    "NODE_UNREACHABLE": _reason(
        "UNAVAILABLE", "The machine's host cannot be reached.", "See `qvdc node list`.", "vm node"
    ),
    "MISSING_ON_NODE": _reason(
        _PRECONDITION,
        "The host has nothing of the machine any more.",
        "Look for its disks on the host; delete the machine when they are gone.",
        "vm node",
    ),
    "NODE_NOT_ASSIGNED": _reason(
        _PRECONDITION, "The machine has no host.", "Start it first.", "vm"
    ),
}

_BY_CODE: Mapping[str, str] = {
    "UNAVAILABLE": "Check --server, and that the control plane runs; then try again.",
    "DEADLINE_EXCEEDED": "Look whether it took effect, then try again.",
    "INTERNAL": "This is our bug: report it with the id above.",
    "UNIMPLEMENTED": "The server does not offer this; compare versions with `qvdc info`.",
}


def advice(reason: str, code: str) -> str:
    """What to do about a reason; "" when nothing is known."""
    known = REASONS.get(reason)
    return known.todo if known else _BY_CODE.get(code, "")
