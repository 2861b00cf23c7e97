"""Calls through the public door: Connect with JSON, as any program may make them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qvdc_lab.errors import LabError

ANSWER_SECONDS = 60.0

Message = Mapping[str, Any]


class Refused(LabError):
    """The API refused a call; `code` is Connect's, such as not_found."""

    def __init__(self, method: str, code: str, message: str, facts: str) -> None:
        self.code = code
        super().__init__(f"{method} was refused: {code}", f"{message} {facts}".strip())


@dataclass(frozen=True, slots=True)
class Door:
    """The door at `url`, opened with the API key `key`."""

    url: str
    key: str

    def call(self, method: str, request: Message) -> Message:
        """Call `method` (package.Service/Method) with a request in proto JSON; return its answer.

        Raises:
            Refused: the API answered with an error.
            LabError: the door does not answer.
        """
        call = urllib.request.Request(  # noqa: S310 - the door's own address, always http
            f"{self.url}/{method}",
            data=json.dumps(request).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
        )
        try:
            with urllib.request.urlopen(call, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                return _message(answer.read())
        except urllib.error.HTTPError as error:
            raise _refusal(method, error) from error
        except OSError as error:
            raise LabError(f"The door at {self.url} does not answer", str(error)) from error

    def find(self, method: str, name: str) -> Message | None:
        """Return what the Get method `method` answers for `name`; None when there is none."""
        try:
            return self.call(method, {"name": name})
        except Refused as refused:
            if refused.code == "not_found":
                return None
            raise


def _message(body: bytes) -> Message:
    decoded: Message = json.loads(body)
    return decoded


def _refusal(method: str, error: urllib.error.HTTPError) -> Refused:
    body = error.read()
    try:
        told = json.loads(body)
    except ValueError:
        return Refused(method, str(error.code), body.decode(errors="replace")[:300], "")
    debug = [detail.get("debug") for detail in told.get("details", []) if detail.get("debug")]
    facts = json.dumps(debug) if debug else ""
    return Refused(method, told.get("code", str(error.code)), told.get("message", ""), facts)
