"""People who may sign in, and the rules of their passwords."""

from dataclasses import dataclass
from datetime import datetime

from qvdc_console.domain.refusals import PasswordWeak
from qvdc_core.errors import EtagMismatch

ADMIN = "admin"
SHORTEST_PASSWORD = 12
MAX_ROLES = 32

_WELL_KNOWN = frozenset(
    {
        "administrator",
        "changemeplease",
        "correcthorsebatterystaple",
        "letmeinletmein",
        "password1234",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiopas",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in; the password is kept apart.

    Args:
        roles: ids of roles at the site.
        lock_expire_time: until when wrong passwords have locked them out.
    """

    uid: str
    id: str
    roles: tuple[str, ...]
    create_time: datetime
    update_time: datetime
    changed_by: str
    generation: int = 1
    disabled: bool = False
    password_change_required: bool = True
    display_name: str | None = None
    description: str | None = None
    last_sign_in_time: datetime | None = None
    lock_expire_time: datetime | None = None

    @property
    def name(self) -> str:
        """`users/<id>`."""
        return f"users/{self.id}"

    @property
    def subject(self) -> str:
        """How audit records name them."""
        return f"user:{self.id}"

    @property
    def etag(self) -> str:
        """Tells re-creations and changes apart."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current.

        Raises:
            EtagMismatch: somebody was faster.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )


def check_password(password: str, *, user_id: str, field: str) -> None:
    """Return if `password` may be the user's.

    Raises:
        PasswordWeak: it is too short, well known, of one letter, or the user's name.
    """
    bare = "".join(each for each in password.lower() if each.isalnum())
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordWeak(field, f"needs at least {SHORTEST_PASSWORD} characters")
    if len(set(password)) < 5 or bare in _WELL_KNOWN or bare.isdecimal():
        raise PasswordWeak(field, "is too easy to guess")
    if bare.replace(user_id.replace("-", ""), "").strip("0123456789") == "":
        raise PasswordWeak(field, "is made of the user's name")
