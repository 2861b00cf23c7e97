"""Between the wire and the values of the domain."""

from datetime import UTC, datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from quantix.console.v1 import api_key_pb2, audit_record_pb2, role_pb2, session_pb2, user_pb2
from qvdc_console.domain.api_key import ApiKey
from qvdc_console.domain.audit import AuditRecord
from qvdc_console.domain.role import Role
from qvdc_console.domain.user import User
from qvdc_console.usecases.session import IssuedToken


def timestamp(time: datetime | None) -> Timestamp | None:
    """Write a time; None stays unset."""
    if time is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(time)
    return wire


def moment(wire: Timestamp) -> datetime:
    """Read a time."""
    return wire.ToDatetime(tzinfo=UTC)


def user_to_wire(user: User) -> user_pb2.User:
    """Write a user."""
    return user_pb2.User(
        name=user.name,
        uid=user.uid,
        display_name=user.display_name,
        description=user.description,
        etag=user.etag,
        generation=user.generation,
        create_time=timestamp(user.create_time),
        update_time=timestamp(user.update_time),
        roles=[f"roles/{each}" for each in user.roles],
        disabled=user.disabled,
        password_change_required=user.password_change_required,
        lock_expire_time=timestamp(user.lock_expire_time),
        last_sign_in_time=timestamp(user.last_sign_in_time),
    )


def role_to_wire(role: Role) -> role_pb2.Role:
    """Write a role."""
    return role_pb2.Role(
        name=role.name,
        uid=role.uid,
        display_name=role.display_name,
        description=role.description,
        etag=role.etag,
        generation=role.generation,
        create_time=timestamp(role.create_time),
        update_time=timestamp(role.update_time),
        permissions=sorted(role.permissions),
        built_in=role.built_in,
    )


def api_key_to_wire(key: ApiKey, secret: str = "") -> api_key_pb2.ApiKey:
    """Write a key."""
    ttl = None
    if key.expire_time is not None:
        ttl = Duration()
        ttl.FromTimedelta(key.expire_time - key.create_time)
    return api_key_pb2.ApiKey(
        name=key.resource_name,
        uid=key.uid,
        display_name=key.display_name,
        description=key.description,
        etag=key.etag,
        create_time=timestamp(key.create_time),
        owner=f"users/{key.owner}" if key.owner else "",
        role=f"roles/{key.role}" if key.role else "",
        ttl=ttl,
        expire_time=timestamp(key.expire_time),
        last_use_time=timestamp(key.last_use_time),
        last_use_address=key.last_use_address,
        secret=secret,
    )


def audit_record_to_wire(record: AuditRecord) -> audit_record_pb2.AuditRecord:
    """Write an audit record."""
    return audit_record_pb2.AuditRecord(
        id=record.id,
        time=timestamp(record.time),
        actor=record.actor,
        address=record.address,
        method=record.method,
        object=record.object,
        code=record.code,
        reason=record.reason,
        request_id=record.request_id,
        lost_count=record.lost_count,
    )


def token_to_wire(token: IssuedToken) -> session_pb2.AccessToken:
    """Write a bearer token."""
    return session_pb2.AccessToken(token=token.token, expire_time=timestamp(token.expire_time))
