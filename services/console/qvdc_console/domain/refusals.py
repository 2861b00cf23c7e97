"""What the door itself refuses."""

from datetime import timedelta

from qvdc_core.errors import Kind, Refusal


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
