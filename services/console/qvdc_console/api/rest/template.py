"""Path templates of google.api.http: /api/v1/{cluster.name=clusters/*}:verb."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

_PIECE = re.compile(r"\{([a-z0-9_.]+)(?:=([^}]*))?\}|(\*\*)|(\*)|([^{*]+)")


@dataclass(frozen=True)
class Template:
    """A compiled template.

    A variable's `*` stands for one segment without a colon, so that /vms/a:start is never read
    as the machine "a:start"; a colon in an id comes encoded.
    """

    text: str

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, dotted paths into the request."""
        return tuple(match[1] for match in _PIECE.finditer(self.text) if match[1])

    @cached_property
    def wildcards(self) -> int:
        """How much of a path it leaves open."""
        return self.openapi_path.count("{")

    @cached_property
    def openapi_path(self) -> str:
        """The path as OpenAPI writes it: literals kept, each `*` a parameter."""
        return "".join(self._openapi_pieces())

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the OpenAPI path's parameters."""
        return tuple(re.findall(r"\{([^}]+)\}", self.openapi_path))

    def match(self, raw_path: str) -> Mapping[str, str] | None:
        """Return the variables' values when the (still encoded) path fits, else None."""
        found = self._regex.fullmatch(raw_path)
        if found is None:
            return None
        return {
            name: unquote(value) for name, value in zip(self.variables, found.groups(), strict=True)
        }

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        parts: list[str] = []
        for match in _PIECE.finditer(self.text):
            variable, pattern, deep, star, literal = match.groups()
            if variable is not None:
                parts.append(f"({_wildcards(pattern or '*')})")
            elif deep or star:
                parts.append(_wildcards(match[0]))
            else:
                parts.append(re.escape(literal))
        return re.compile("".join(parts))

    def _openapi_pieces(self) -> list[str]:
        pieces: list[str] = []
        for match in _PIECE.finditer(self.text):
            variable, pattern, _, _, literal = match.groups()
            if variable is None:
                pieces.append(literal or "{path}")
                continue
            last = variable.rpartition(".")[2]
            stem = (pattern or "").partition("/")[0]
            name = stem.replace("-", "_").removesuffix("s") if last == "name" and stem else last
            pieces.append((pattern or "*").replace("**", "*").replace("*", f"{{{name}}}"))
        return pieces


def _wildcards(pattern: str) -> str:
    pieces = re.split(r"(\*\*|\*)", pattern)
    regex = {"**": ".+", "*": r"[^/:]+"}
    return "".join(regex.get(piece, re.escape(piece)) for piece in pieces)
