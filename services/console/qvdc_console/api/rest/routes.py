"""The REST routes, read from the google.api.http annotations of the public contracts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from qvdc_console.api.rest.template import Template
from qvdc_console.domain.refusals import MethodNotAllowed, RouteUnknown

VERBS = ("get", "put", "post", "delete", "patch")
EVERYTHING = "*"
EMPTY = "google.protobuf.Empty"


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP binding of one method.

    Args:
        verb: the HTTP method in upper case.
        body: empty: no body; "*": the whole request; else the request's field that it holds.
        first: the method's primary binding, whose operationId has no number.
    """

    verb: str
    template: Template
    body: str
    method: MethodDescriptor
    binding: int = 0

    @property
    def request(self) -> Descriptor:
        """The request's message type."""
        return self.method.input_type

    @property
    def body_field(self) -> FieldDescriptor | None:
        """The request's field that the body holds, when it is a single one."""
        return self.request.fields_by_name.get(self.body)

    @property
    def masked(self) -> bool:
        """Whether the update mask comes from the keys of the body."""
        has_mask = "update_mask" in self.request.fields_by_name
        return has_mask and self.body_field is not None and self.verb in ("PATCH", "PUT")

    @property
    def creates(self) -> bool:
        """Whether a success is answered 201."""
        return self.verb == "POST" and self.method.name.startswith("Create")

    @property
    def success(self) -> int:
        """The status of a success."""
        if self.creates:
            return 201
        return 204 if self.method.output_type.full_name == EMPTY else 200


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values of its path's variables."""

    route: Route
    variables: Mapping[str, str]


class Routes:
    """Finds the route of a request."""

    def __init__(self, methods: Iterable[MethodDescriptor]) -> None:
        self.all = tuple(route for method in methods for route in routes_of(method))
        self._by_rank = sorted(self.all, key=lambda route: route.template.wildcards)

    def find(self, verb: str, raw_path: str) -> Match:
        """Return the route of `verb` and `raw_path`; what is spelled out goes before wildcards.

        Raises:
            RouteUnknown: no route has this path.
            MethodNotAllowed: some have, for other verbs.
        """
        allowed: set[str] = set()
        rank = None
        for route in self._by_rank:
            if rank is not None and route.template.wildcards > rank:
                break  # what is left is meant for other paths
            variables = route.template.match(raw_path)
            if variables is None:
                continue
            if route.verb == verb:
                return Match(route, variables)
            rank = route.template.wildcards
            allowed.add(route.verb)
        if allowed:
            raise MethodNotAllowed(verb, sorted(allowed))
        raise RouteUnknown(raw_path)


def routes_of(method: MethodDescriptor) -> Iterator[Route]:
    """Every HTTP binding of `method`, the primary one first."""
    extension: Any = annotations_pb2.http
    options = method.GetOptions()
    if not options.HasExtension(extension):
        return
    rule = options.Extensions[extension]
    for place, binding in enumerate([rule, *rule.additional_bindings]):
        yield _route(method, binding, place)


def _route(method: MethodDescriptor, rule: http_pb2.HttpRule, place: int) -> Route:
    verb = rule.WhichOneof("pattern") or ""
    if verb not in VERBS:
        raise ValueError(f"{method.full_name}: no HTTP pattern that the door knows: {verb}")
    template = Template(getattr(rule, verb))
    return Route(verb.upper(), template, rule.body, method, place)
