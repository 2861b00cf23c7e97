"""The command against a real door: signing in, the context it keeps, and out again."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qvdc_cli.app import build

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def qvdc(site: Any, folder: Path, *words: str) -> Result:
    environment = {"QVDC_CONFIG": str(folder / "config.yaml"), "QVDC_KEY_FILE": ""}
    run = CliRunner().invoke
    return await asyncio.to_thread(run, build(), list(words), env=environment)


def secret(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"{text}\n")
    return str(path)


async def test_a_first_sign_in_changes_the_password_and_keeps_a_key(
    site: Any, admin: Any, people: Any, tmp_path: Path
) -> None:
    first, own = "the first one of them", "a secret of my own"
    body = {"id": "cleo", "roles": ["roles/operator"], "password": first}
    await admin.send("POST", "/api/v1/users", json=body)
    files = [
        *("--password-file", secret(tmp_path, "first", first)),
        *("--new-password-file", secret(tmp_path, "own", own)),
    ]

    login = await qvdc(site, tmp_path, "login", "-u", "cleo", "--server", site.url, *files)
    assert login.exit_code == 0, login.output
    assert (tmp_path / "keys" / "default").stat().st_mode & 0o777 == 0o600
    whoami = await qvdc(site, tmp_path, "whoami", "-o", "json")
    assert '"apikey:qvdc-' in whoami.stdout
    listed = await qvdc(site, tmp_path, "apikey", "list")
    assert "cleo" in listed.stdout
    token = (await qvdc(site, tmp_path, "auth", "token")).stdout.strip()
    async with site.http(key=token) as program:
        assert (await program.get("/api/v1/clusters/a")).status_code == 200
    denied = await qvdc(site, tmp_path, "user", "list")
    assert denied.exit_code == 6
    logout = await qvdc(site, tmp_path, "logout")
    assert logout.exit_code == 0, logout.output
    async with site.http(key=token) as program:
        assert (await program.get("/api/v1/clusters/a")).status_code == 401
    assert (await qvdc(site, tmp_path, "whoami")).exit_code == 6


async def test_an_administrator_keeps_people_roles_and_the_trail(
    site: Any, admin: Any, people: Any, tmp_path: Path
) -> None:
    password = secret(tmp_path, "password", people.GOOD)
    login = ["login", "--server", site.url, "--password-file", password, "--to-context", "lab"]
    assert (await qvdc(site, tmp_path, *login)).exit_code == 0
    for words in (
        ("role", "create", "starter", "-p", "vm.start", "-p", "vm.read"),
        ("role", "edit", "starter", "-p", "vm.read"),
        ("user", "create", "zoe", "--role", "starter", "--password-file", password),
        ("user", "edit", "zoe", "--disable", "--description", "away"),
        ("user", "set-password", "zoe", "--password-file", password),
        ("user", "unlock", "zoe"),
        ("apikey", "create", "robot", "--role", "read-only", "--out-file", str(tmp_path / "key")),
    ):
        done = await qvdc(site, tmp_path, *words)
        assert done.exit_code == 0, (words, done.output)

    assert "DISABLED" in (await qvdc(site, tmp_path, "user", "show", "zoe")).stdout
    assert (await qvdc(site, tmp_path, "role", "delete", "starter")).exit_code == 5
    assert "vm.start" in (await qvdc(site, tmp_path, "role", "permissions")).stdout
    assert "robot" in (await qvdc(site, tmp_path, "apikey", "list", "-o", "name")).stdout
    for noun, name in (("user", "zoe"), ("role", "starter")):
        gone = await qvdc(site, tmp_path, noun, "delete", name, *(["-y"] if noun == "user" else []))
        assert gone.exit_code == 0
    assert (await qvdc(site, tmp_path, "apikey", "revoke", "robot")).exit_code == 0
    trail = await qvdc(site, tmp_path, "audit", "list", "--since", "1h")
    assert "CreateUser" in trail.stdout
