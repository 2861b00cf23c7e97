"""What an error reason is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `facts` are the keys of the answer's metadata."""

    code: str
    meaning: str
    todo: str
    facts: tuple[str, ...] = ()


def reason(code: str, meaning: str, todo: str, facts: str = "") -> Reason:
    """Make a reason; `facts` are words."""
    return Reason(code, meaning, todo, tuple(facts.split()))
