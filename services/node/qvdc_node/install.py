"""`qvdc-install`: the database roles, the certificate authority and each service's files.

Run it once before the services start, and again whenever a name, an address or a service is added
or a certificate nears its end: it makes what is missing and keeps the rest. It prints nothing
secret.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from qvdc_core.clock import SystemClock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_node.adapters.authority import NODES, ROOT, SERVICES
from qvdc_node.adapters.certificates import (
    Authority,
    certificate_pem,
    issue_server,
    issue_service,
    make_intermediate,
    make_root,
    still_good,
)
from qvdc_node.adapters.files import alone_in, environment_text, read_environment, write_secret
from qvdc_node.adapters.sealing import (
    SealBroken,
    SealingKey,
    new_key_text,
    opened_authority,
    sealed_authority,
)
from qvdc_node.store.authority import AuthorityRows
from qvdc_node.store.installation import Installation
from qvdc_node.store.unit_of_work import MIGRATIONS, SCHEMA
from qvdc_rpc.assertion import new_assertion_keys

SERVICE_NAMES = ("cluster", "node", "image", "network", "vm", "console")
DOOR = "console"
KEY_FILE = "sealing.key"
ENVIRONMENT_FILE = "service.env"
DATABASE_URL = "QVDC_DATABASE_URL"


class InstallationFailed(Exception):
    """Installation cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to install.

    Args:
        out: gets one folder per service.
        names: DNS names and IP addresses by which services are reached besides localhost.
    """

    admin_url: str
    database: str
    out: Path
    services: tuple[str, ...]
    names: tuple[str, ...]


def main() -> None:
    """Read the command line, install, and say what was done."""
    plan = _plan(sys.argv[1:])
    try:
        changed = asyncio.run(install(plan))
    except InstallationFailed as error:
        sys.exit(f"qvdc-install: {error}")
    told = f"{changed} files written" if changed else "nothing to change"
    sys.stdout.write(f"qvdc-install: {', '.join(plan.services)} in {plan.out}: {told}\n")


async def install(plan: Plan) -> int:
    """Make what is missing; return how many files were written.

    Raises:
        InstallationFailed: the key file does not open the stored authority.
    """
    with alone_in(plan.out):
        return await _install(plan)


async def _install(plan: Plan) -> int:
    kept = {
        service: read_environment(plan.out / service / ENVIRONMENT_FILE)
        for service in plan.services
    }
    passwords = {
        service: make_url(settings[DATABASE_URL]).password or ""
        for service, settings in kept.items()
        if DATABASE_URL in settings
    }
    installation = Installation(plan.admin_url, plan.database)
    needed = tuple(dict.fromkeys((*plan.services, SCHEMA)))
    urls = await asyncio.to_thread(installation.run, needed, passwords)
    await asyncio.to_thread(Migrations(folder=MIGRATIONS, schema=SCHEMA, url=urls[SCHEMA]).run)
    root, services = await _authorities(plan, urls[SCHEMA])
    changed = 0
    assertion_key, jwks = _assertion_files(plan)
    for service in plan.services:
        settings = _settings(plan, service, urls[service])
        files = _service_files(plan, service, root, services)
        files |= {"assertion.jwks": jwks, ENVIRONMENT_FILE: environment_text(settings)}
        if service == DOOR:
            files |= {"assertion.key": assertion_key, **_door_files(plan, services)}
        changed += sum(
            write_secret(plan.out / service / name, content) for name, content in files.items()
        )
    return changed


async def _authorities(plan: Plan, url: str) -> tuple[Authority, Authority]:
    database = Database(url, schema=SCHEMA)
    try:
        rows = AuthorityRows(database)
        key_file = plan.out / SCHEMA / KEY_FILE
        stored = await rows.load()
        if not stored:
            if not key_file.exists():
                write_secret(key_file, new_key_text())
            stored = await rows.make(_new_authorities(SealingKey.read(key_file)))
        return tuple(  # type: ignore[return-value]  # two of them
            opened_authority(name, *stored[name], SealingKey.read(key_file))
            for name in (ROOT, SERVICES)
        )
    except (OSError, SealBroken, KeyError) as error:
        raise InstallationFailed(
            f"the stored certificate authority cannot be opened with {key_file}: {error}."
            " Put back the key file that the node service's copies hold."
        ) from error
    finally:
        await database.close()


def _new_authorities(key: SealingKey) -> dict[str, tuple[str, bytes]]:
    now = _now()
    root = make_root(now)
    made = {
        ROOT: root,
        SERVICES: make_intermediate("Quantix services", root, now),
        NODES: make_intermediate("Quantix nodes", root, now),
    }
    return {name: sealed_authority(name, authority, key) for name, authority in made.items()}


def _service_files(
    plan: Plan, service: str, root: Authority, services: Authority
) -> dict[str, str]:
    folder = plan.out / service
    names = ("localhost", *plan.names)
    files = {"ca.pem": certificate_pem(root.certificate)}
    chain = folder / "cert.pem"
    if (
        chain.exists()
        and (folder / "key.pem").exists()
        and still_good(chain.read_text(), service=service, names=names, issuer=services, now=_now())
    ):
        return files
    issued, key = issue_service(services, service=service, names=names, now=_now())
    # Hosts that join know the root by its hash alone, so it is shown to them.
    return files | {"cert.pem": issued + files["ca.pem"], "key.pem": key}


def _door_files(plan: Plan, services: Authority) -> dict[str, str]:
    folder = plan.out / DOOR
    names = ("localhost", *plan.names)
    chain = folder / "door-cert.pem"
    if (
        chain.exists()
        and (folder / "door-key.pem").exists()
        and still_good(chain.read_text(), service=None, names=names, issuer=services, now=_now())
    ):
        return {}
    issued, key = issue_server(services, names=names, now=_now())
    return {"door-cert.pem": issued, "door-key.pem": key}


def _assertion_files(plan: Plan) -> tuple[str, str]:
    key, jwks = plan.out / DOOR / "assertion.key", plan.out / DOOR / "assertion.jwks"
    if key.exists() and jwks.exists():
        return key.read_text(), jwks.read_text()
    made = new_assertion_keys()
    return made.key_pem.decode(), made.jwks_json + "\n"


def _settings(plan: Plan, service: str, url: str) -> dict[str, str]:
    folder = (plan.out / service).absolute()
    settings = {
        DATABASE_URL: url,
        "QVDC_CERT_FILE": str(folder / "cert.pem"),
        "QVDC_KEY_FILE": str(folder / "key.pem"),
        "QVDC_CA_FILE": str(folder / "ca.pem"),
        "QVDC_ASSERTION_JWKS": str(folder / "assertion.jwks"),
    }
    if service == SCHEMA:
        settings["QVDC_SEALING_KEY_FILE"] = str(folder / KEY_FILE)
    if service == DOOR:
        settings["QVDC_ASSERTION_KEY"] = str(folder / "assertion.key")
        settings["QVDC_DOOR_CERT_FILE"] = str(folder / "door-cert.pem")
        settings["QVDC_DOOR_KEY_FILE"] = str(folder / "door-key.pem")
    return settings


def _plan(arguments: Sequence[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="qvdc-install", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="gets one folder per service")
    parser.add_argument("--services", default=",".join(SERVICE_NAMES), help="comma-separated")
    parser.add_argument(
        "--san", default="127.0.0.1", help="DNS names and addresses of this site, comma-separated"
    )
    parser.add_argument("--database", default="quantix", help="name of the database to make")
    parser.add_argument(
        "--admin-url",
        default=os.environ.get("QVDC_DATABASE_ADMIN_URL", ""),
        help="PostgreSQL URL of an administrator; default: QVDC_DATABASE_ADMIN_URL",
    )
    read = parser.parse_args(arguments)
    if not read.admin_url:
        parser.error("QVDC_DATABASE_ADMIN_URL or --admin-url is needed")
    services = tuple(dict.fromkeys(filter(None, read.services.split(","))))
    unknown = set(services) - set(SERVICE_NAMES)
    if unknown:
        parser.error(f"no such services: {', '.join(sorted(unknown))}")
    names = (each for each in read.san.split(",") if each and each != "localhost")
    return Plan(
        admin_url=read.admin_url,
        database=read.database,
        out=read.out,
        services=services,
        names=tuple(dict.fromkeys(names)),
    )


def _now() -> datetime:
    return SystemClock().now()


if __name__ == "__main__":
    main()
