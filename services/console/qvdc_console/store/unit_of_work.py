"""One transaction of the door."""

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_console.store.api_key import ApiKeyRows
from qvdc_console.store.role import RoleRows
from qvdc_console.store.session import SessionRows
from qvdc_console.store.user import UserRows
from qvdc_db.unit_of_work import UnitOfWork


class ConsoleUnitOfWork(UnitOfWork):
    """The generic repositories, and those of users, roles, keys and sessions."""

    users: UserRows
    roles: RoleRows
    api_keys: ApiKeyRows
    sessions: SessionRows

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`."""
        self.users = UserRows(session)
        self.roles = RoleRows(session)
        self.api_keys = ApiKeyRows(session)
        self.sessions = SessionRows(session)
