"""The web console's files: served to everybody, protected, compressed (CONSOLE)."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from qvdc_console.api.web import PROTECTION, WebFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>console</p>")
    (tmp_path / "api.html").write_text("<p>api</p>")
    (tmp_path / "assets/index-abc.js").write_text("let x = 1;\n" * 500)
    (tmp_path.parent / "secret.txt").write_text("secret")
    os.symlink(tmp_path.parent / "secret.txt", tmp_path / "link.txt")
    return tmp_path


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(WebFiles(folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client


async def test_files_are_served_whole_with_their_protection(client: httpx.AsyncClient) -> None:
    page = await client.get("/api.html")
    deep = await client.get("/clusters/prod")
    script = await client.get("/assets/index-abc.js")

    assert (page.text, deep.text) == ("<p>api</p>", "<p>console</p>")
    for reply in (page, deep, script):
        assert all(reply.headers[key] == value for key, value in PROTECTION.items())
    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in script.headers["cache-control"]
    assert "unsafe" not in PROTECTION["content-security-policy"]


async def test_what_is_worth_it_goes_out_compressed_and_follows_the_file(
    client: httpx.AsyncClient, folder: Path
) -> None:
    packed = await client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip"})
    plain = await client.get("/assets/index-abc.js", headers={"accept-encoding": "identity"})
    small = await client.get("/api.html", headers={"accept-encoding": "gzip"})
    (folder / "assets/index-abc.js").write_text("let y = 2;\n" * 600)
    renewed = await client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) // 10
    assert packed.content == plain.content
    assert "content-encoding" not in small.headers
    assert renewed.text.startswith("let y")


@pytest.mark.parametrize(
    "path", ["/link.txt", "/../secret.txt", "/assets/../../secret.txt", "/none.js", "/assets/"]
)
async def test_nothing_outside_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert "secret" not in (await client.get(path)).text


async def test_files_are_only_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/index.html")).status_code == 405
