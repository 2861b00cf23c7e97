"""People who sign in at a door under test."""

from dataclasses import dataclass
from typing import Any

import httpx

LOGIN = "/api/v1/auth/login"
GOOD = "a right and proper secret"


@dataclass
class Browser:
    """A signed-in browser: its cookie jar, and what its page knows."""

    client: httpx.AsyncClient
    session: dict[str, Any]
    token: str

    @property
    def guards(self) -> dict[str, str]:
        origin = str(self.client.base_url).rstrip("/")
        return {"x-quantix-csrf": self.session["csrfToken"], "origin": origin}

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send what the page would send."""
        headers = {**self.guards, **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)


async def sign_in(url: str, user: str, password: str) -> Browser:
    """Sign in with the form; the caller closes the client."""
    client = httpx.AsyncClient(base_url=url, timeout=20)
    reply = await client.post(LOGIN, json={"user": user, "password": password})
    if reply.status_code != 200:
        await client.aclose()
    assert reply.status_code == 200, reply.text
    body = reply.json()
    return Browser(client, body["session"], body["token"]["token"])


async def change_password(browser: Browser, old: str, new: str = GOOD) -> None:
    """Change the password, as the page asks for."""
    body = {"oldPassword": old, "newPassword": new}
    reply = await browser.send("POST", "/api/v1/auth/password", json=body)
    assert reply.status_code == 204, reply.text


async def new_user(admin: Browser, name: str, *roles: str) -> Browser:
    """Make a user with a password of their own; return their browser."""
    first = f"the first one of {name[::-1]}!"
    body = {"id": name, "roles": list(roles), "password": first}
    made = await admin.send("POST", "/api/v1/users", json=body)
    assert made.status_code == 201, made.text
    browser = await sign_in(str(admin.client.base_url), name, first)
    await change_password(browser, first)
    return browser


async def reason(reply: httpx.Response) -> tuple[int, str]:
    """Status and reason of a REST refusal."""
    return reply.status_code, reply.json().get("reason", "")
