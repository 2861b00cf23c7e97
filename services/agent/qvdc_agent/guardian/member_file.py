"""The member set as this host holds it: durable before it is acknowledged or counted by."""

import json
from dataclasses import asdict
from pathlib import Path

from qvdc_agent.guardian.domain.members import Member, MemberSet
from qvdc_agent.guardian.files import write_whole


class MemberFile:
    """Keeps the newest member set that was told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.held = self._read()

    def told(self, members: MemberSet) -> bool:
        """Keep `members` if they are newer than what is held; return whether they were."""
        if not members.newer_than(self.held):
            return False
        write_whole(self._path, json.dumps(asdict(members)).encode(), mode=0o644)
        self.held = members
        return True

    def _read(self) -> MemberSet:
        try:
            found = json.loads(self._path.read_text())
            members = tuple(Member(**each) for each in found["members"])
            return MemberSet(int(found["site_term"]), int(found["version"]), members)
        except (OSError, ValueError, KeyError, TypeError):
            return MemberSet()
