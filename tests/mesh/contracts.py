"""All RPCs that the contracts declare, read from the generated code."""

from __future__ import annotations

import importlib
import pathlib
from dataclasses import dataclass
from typing import Any, cast

from google.api.annotations_pb2 import http
from google.protobuf.descriptor import Descriptor, MethodDescriptor

import quantix
from quantix.access.v1.access_pb2 import Access, access

INTERNAL = ("quantix.access.", "quantix.claim.", "quantix.host.", "quantix.agent.", "quantix.peer.")
READS = ("Get", "List", "Watch", "Wait", "Plan", "Place", "Discover")


@dataclass(frozen=True, slots=True)
class Rpc:
    """One declared method."""

    method: MethodDescriptor

    @property
    def path(self) -> str:
        """`/package.Service/Method`, as gRPC and Connect address it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def access(self) -> Access:
        """Who may call it."""
        return cast(Access, self.method.GetOptions().Extensions[cast(Any, access)])

    @property
    def public(self) -> bool:
        """Whether people and programs call it."""
        return not self.path.startswith(tuple("/" + prefix for prefix in INTERNAL))

    @property
    def bound(self) -> bool:
        """Whether REST has a path for it."""
        return self.method.GetOptions().HasExtension(cast(Any, http))

    @property
    def request(self) -> Descriptor:
        """The request message."""
        return self.method.input_type

    @property
    def mutates(self) -> bool:
        """Whether it changes anything."""
        return not self.method.name.startswith(READS)


def all_rpcs() -> list[Rpc]:
    """Return every RPC of every package, in the order of their paths."""
    found: dict[str, Rpc] = {}
    root = pathlib.Path(next(iter(quantix.__path__)))
    for path in sorted(root.rglob("*_pb2.py")):
        module = ".".join(("quantix", *path.relative_to(root).with_suffix("").parts))
        for service in importlib.import_module(module).DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                rpc = Rpc(method)
                found[rpc.path] = rpc
    return [found[path] for path in sorted(found)]
