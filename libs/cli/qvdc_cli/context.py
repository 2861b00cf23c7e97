"""Where the API is and with which key: options, environment, context file, default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from qvdc_client.client import DEFAULT_SERVER, Site


class ContextError(Exception):
    """A context, or a file it names, cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Context:
    """One named site; "" is unset."""

    server: str = ""
    key_file: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Contexts:
    """The context file: named sites, and which one is current."""

    current: str = ""
    named: Mapping[str, Context] = field(default_factory=dict)


def config_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Path of the context file."""
    if explicit := environment.get("QVDC_CONFIG"):
        return Path(explicit)
    base = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "qvdc" / "config.yaml"


def load(path: Path) -> Contexts:
    """Read the context file; a missing one is empty.

    Raises:
        ContextError: it is malformed.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return Contexts()
    except (OSError, yaml.YAMLError) as error:
        raise ContextError(f"{path} cannot be read: {error}") from error
    if raw is None:
        return Contexts()
    if not isinstance(raw, dict) or not isinstance(raw.get("contexts", {}), dict):
        raise ContextError(f"{path} must hold `current` and `contexts`")
    named = {
        str(name): Context(**{key: str(each[key]) for key in Context.__slots__ if key in each})
        for name, each in raw.get("contexts", {}).items()
        if isinstance(each, dict)
    }
    return Contexts(str(raw.get("current") or ""), named)


def save(path: Path, contexts: Contexts) -> None:
    """Write the context file, readable by its owner alone.

    Raises:
        OSError: it cannot be written.
    """
    named = {
        name: {key: value for key in Context.__slots__ if (value := getattr(each, key))}
        for name, each in contexts.named.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged = path.with_suffix(".new")
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        yaml.safe_dump({"current": contexts.current, "contexts": named}, out, sort_keys=False)
    staged.replace(path)


def place(*, context: str = "", server: str = "", key_file: str = "", ca_file: str = "") -> Site:
    """The site to call without any key: for signing in, which may make the context.

    Raises:
        ContextError: the context file cannot be read.
    """
    del key_file
    contexts = load(config_path())
    chosen = contexts.named.get(context or contexts.current, Context())  # a new one may be made
    ca_path = ca_file or chosen.ca_file
    return Site(
        server=server or chosen.server or DEFAULT_SERVER,
        ca_file=Path(ca_path).expanduser() if ca_path else None,
    )


def keep_key(path: Path, name: str, key: str) -> Path:
    """Write a key beside the context file, readable by its owner alone; return where.

    Raises:
        OSError: it cannot be written.
    """
    folder = path.parent / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / name
    staged = folder / f".{name}.new"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(f"{key}\n")
    staged.replace(kept)
    return kept


def resolve(*, context: str = "", server: str = "", key_file: str = "", ca_file: str = "") -> Site:
    """The site to call: each option given wins over the chosen context, that over the default.

    Raises:
        ContextError: there is no such context, or a file cannot be read.
    """
    contexts = load(config_path())
    name = context or contexts.current
    if name and name not in contexts.named:
        raise ContextError(f"there is no context {name}; see `qvdc context list`")
    chosen = contexts.named.get(name, Context())
    key_path = key_file or chosen.key_file
    ca_path = ca_file or chosen.ca_file
    return Site(
        server=server or chosen.server or DEFAULT_SERVER,
        key=_key(Path(key_path).expanduser()) if key_path else "",
        ca_file=Path(ca_path).expanduser() if ca_path else None,
    )


def _key(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ContextError(f"the key file {path} cannot be read: {error.strerror}") from error
