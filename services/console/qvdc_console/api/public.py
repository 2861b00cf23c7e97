"""What is public: the services whose descriptors the door routes, shows and documents."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import cast

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from qvdc_rpc.access import PUBLIC_PACKAGES, access_of

DOOR = "console"
JOINED_PACKAGES = frozenset({"quantix.operation.v1", "quantix.event.v1"})
"""Packages that every service serves for its own; the door joins them."""


@cache
def public_files() -> tuple[FileDescriptor, ...]:
    """Every contract file of the public packages, in a stable order."""
    found: list[FileDescriptor] = []
    for package in sorted(PUBLIC_PACKAGES):
        path = importlib.import_module(package).__path__
        for module in sorted(pkgutil.iter_modules(path), key=lambda each: each.name):
            if module.name.endswith("_pb2"):
                loaded = importlib.import_module(f"{package}.{module.name}")
                found.append(cast(FileDescriptor, loaded.DESCRIPTOR))
    return tuple(found)


@cache
def public_services() -> Mapping[str, ServiceDescriptor]:
    """Every public service by full name."""
    return {
        service.full_name: service
        for file in public_files()
        for service in file.services_by_name.values()
    }


@cache
def public_methods() -> Mapping[str, MethodDescriptor]:
    """Every public method by its path, /package.Service/Method."""
    return {
        f"/{name}/{method.name}": method
        for name, service in public_services().items()
        for method in service.methods
    }


def owner_of(method: MethodDescriptor) -> str:
    """The service that answers `method`; what is joined is answered by the door itself."""
    package = method.containing_service.file.package
    return DOOR if package in JOINED_PACKAGES else package.split(".")[1]


@cache
def permissions() -> Mapping[str, tuple[str, ...]]:
    """Every permission that the public contracts name, with the paths of its RPCs."""
    found: dict[str, list[str]] = {}
    for path, method in public_methods().items():
        if needed := access_of(method).permission:
            found.setdefault(needed, []).append(path)
    return {name: tuple(sorted(paths)) for name, paths in sorted(found.items())}


@cache
def public_pool() -> descriptor_pool.DescriptorPool:
    """A pool with the public files and what they import, for reflection."""
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()

    def add(file: FileDescriptor) -> None:
        if file.name in added:
            return
        added.add(file.name)
        for needed in file.dependencies:
            add(needed)
        proto = FileDescriptorProto()
        file.CopyToProto(proto)
        pool.Add(proto)

    for file in public_files():
        add(file)
    return pool
