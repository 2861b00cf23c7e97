"""What the door itself refuses."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from qvdc_core.errors import FieldViolation, Kind, Refusal


class KeyMissing(Refusal):
    """No credentials came with the call."""

    kind = Kind.UNAUTHENTICATED
    reason = "KEY_MISSING"

    def __init__(self) -> None:
        super().__init__("Give an API key: Authorization: Bearer qvdc_... or x-api-key.")


class KeyInvalid(Refusal):
    """The key is unknown, wrong, or not honoured from where the call comes."""

    kind = Kind.UNAUTHENTICATED
    reason = "KEY_INVALID"

    def __init__(self, why: str = "The API key is not valid.") -> None:
        super().__init__(why)


class RateLimited(Refusal):
    """Too many calls from one caller."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"

    def __init__(self, wait: timedelta, per_second: float) -> None:
        super().__init__(
            f"Too many calls: at most {per_second:g} a second.",
            retry_after=wait,
            per_second=f"{per_second:g}",
        )


class PathRefused(Refusal):
    """A path that two readers could take for different things."""

    kind = Kind.INVALID
    reason = "PATH_REFUSED"

    def __init__(self) -> None:
        super().__init__("The path has dot segments, backslashes or encoded slashes.")


class BodyTooLong(Refusal):
    """A body longer than any of our messages may be."""

    kind = Kind.EXHAUSTED
    reason = "BODY_TOO_LONG"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"A body has at most {limit_bytes} bytes.", limit_bytes=limit_bytes)


class BodyTooSlow(Refusal):
    """A body whose bytes do not come."""

    kind = Kind.DEADLINE
    reason = "BODY_TOO_SLOW"

    def __init__(self) -> None:
        super().__init__("The body took too long to arrive.")


class EncodingUnknown(Refusal):
    """A body in an encoding that the door does not read."""

    kind = Kind.INVALID
    reason = "ENCODING_UNKNOWN"

    def __init__(self, encoding: str) -> None:
        super().__init__(f"Content-Encoding {encoding} is not read; send gzip or none.")


class PermissionsChanged(Refusal):
    """What the caller of a stream may do has changed since it began."""

    kind = Kind.ABORTED
    reason = "PERMISSIONS_CHANGED"

    def __init__(self) -> None:
        super().__init__("Your permissions have changed: open the stream again.")


class RouteUnknown(Refusal):
    """Nothing public is served under this path."""

    kind = Kind.NOT_FOUND
    reason = "ROUTE_UNKNOWN"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {path}.", path=path)


class MethodNotAllowed(Refusal):
    """The path exists, for other HTTP methods."""

    kind = Kind.UNIMPLEMENTED
    reason = "METHOD_NOT_ALLOWED"

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method} is not allowed here.", allowed=",".join(sorted(allowed)))
        self.allowed = sorted(allowed)


class OwnerAway(Refusal):
    """No copy of the owning service answers."""

    kind = Kind.UNAVAILABLE
    reason = "SERVICE_UNAVAILABLE"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"The {service} service does not answer.",
            retry_after=timedelta(seconds=2),
            service=service,
        )


class SignInRefused(Refusal):
    """User or password is wrong, or the user is disabled; which of them is not told."""

    kind = Kind.UNAUTHENTICATED
    reason = "SIGN_IN_REFUSED"

    def __init__(self) -> None:
        super().__init__("User or password is wrong.")


class SignInLocked(Refusal):
    """Too many wrong passwords under this name, whether it is a user's or not."""

    kind = Kind.EXHAUSTED
    reason = "SIGN_IN_LOCKED"

    def __init__(self, until: datetime, wait: timedelta) -> None:
        super().__init__(
            "Too many wrong passwords: wait, or ask an administrator to unlock the user.",
            retry_after=max(wait, timedelta(seconds=1)),
            lock_expire_time=until.isoformat(),
        )


class SignInBusy(Refusal):
    """More sign-ins at once than passwords can be checked."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"

    def __init__(self) -> None:
        super().__init__("Too many sign-ins at once.", retry_after=timedelta(seconds=2))


class SessionEnded(Refusal):
    """The session is unknown, signed out, idle too long or too old."""

    kind = Kind.UNAUTHENTICATED
    reason = "SESSION_ENDED"

    def __init__(self) -> None:
        super().__init__("The session has ended: sign in again.")


class AccessTokenInvalid(Refusal):
    """The bearer token is forged, expired, or what it was made with has ended."""

    kind = Kind.UNAUTHENTICATED
    reason = "ACCESS_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("The bearer token is not valid (any more).")


class CsrfTokenInvalid(Refusal):
    """A browser's call that the page itself did not make."""

    kind = Kind.DENIED
    reason = "CSRF_TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("Send the session's csrf_token as x-quantix-csrf.")


class OriginRefused(Refusal):
    """A browser's call from another site's page."""

    kind = Kind.DENIED
    reason = "ORIGIN_REFUSED"

    def __init__(self, origin: str) -> None:
        super().__init__("Calls with a cookie come from the console's own pages.", origin=origin)


class PasswordChangeRequired(Refusal):
    """Nothing else is answered until the password was changed."""

    kind = Kind.DENIED
    reason = "PASSWORD_CHANGE_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Change your password first.")


class PasswordWeak(Refusal):
    """The password breaks a rule."""

    kind = Kind.INVALID
    reason = "PASSWORD_WEAK"

    def __init__(self, field: str, why: str) -> None:
        violation = FieldViolation(field, why, self.reason)
        super().__init__(f"The password {why}.", fields=(violation,))


class GrantExceedsCaller(Refusal):
    """Nobody gives what they have not got."""

    kind = Kind.DENIED
    reason = "GRANT_EXCEEDS_CALLER"

    def __init__(self, permissions: Iterable[str]) -> None:
        super().__init__(
            "This would give more than you may do yourself.", permissions=sorted(permissions)
        )


class LastAdministrator(Refusal):
    """Nobody would be left who may do everything."""

    reason = "LAST_ADMINISTRATOR"

    def __init__(self) -> None:
        super().__init__("This is the last enabled user with the role administrator.")


class BuiltIn(Refusal):
    """It comes with the product."""

    reason = "BUILT_IN"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} comes with the product and cannot be changed.", name=name)


class NoPassword(Refusal):
    """The caller is a key of the site, and no user."""

    reason = "NO_PASSWORD"

    def __init__(self) -> None:
        super().__init__("This key belongs to the site and not to a user.")


class NameTaken(Refusal):
    """Another resource has the id."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)
