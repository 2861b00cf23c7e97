"""Uploading an image: resumed across cuts, restarts of the service and of this program.

An upload that an earlier run left is found again by its size, the digest of its first MiB and the
image's name, so nothing is kept on this machine.
"""

import hashlib
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx

from quantix.image.v1 import image_pb2 as pb
from qvdc_client.client import Client, pages
from qvdc_client.errors import ApiError, Conflict, Unavailable, from_http

MIB = 1024 * 1024
REQUEST_BYTES = 256 * MIB
"""What one request carries at most: a proxy that cuts costs the rest of it, not what came."""
PROXY_FAILED = 500
PIECE_BYTES = MIB
TRIES_WITHOUT_PROGRESS = 12
LONGEST_PAUSE_SECONDS = 10.0
TUS_VERSION = "1.0.0"

Progress = Callable[[int, int], None]
"""Told acknowledged or sent bytes, and all bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """What an upload shall become.

    Args:
        image_id: "" lets the server choose.
        digest: SHA-256 that the whole must have, hex; "" only computes it.
    """

    image_id: str = ""
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: "pb.Image.Kind" = pb.Image.KIND_UNSPECIFIED
    architecture: str = ""
    digest: str = ""


def upload_image(
    client: Client,
    path: Path,
    wanted: NewImage,
    *,
    request_id: str = "",
    on_progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> pb.Upload:
    """Send `path`; return the upload when the server has every byte on disk.

    The image goes on by itself from there: wait for `upload.operation`. Calling it again after
    any break goes on where the server stands.

    Raises:
        ApiError: the API refused, or stayed away.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = hashlib.sha256(file.read(MIB)).hexdigest()
        upload = _unfinished(client, wanted, size, head)
        if upload is None:
            upload = _created(client, path.name, wanted, size, head, request_id)
        _Sender(client, upload, file, size, on_progress or _silent, pause).run()
    return client.uploads.get_upload(pb.GetUploadRequest(name=upload.name))


def _unfinished(client: Client, wanted: NewImage, size: int, head: str) -> pb.Upload | None:
    """An earlier run's upload of the same file to the same image."""
    if not wanted.image_id:
        return None
    name = f"images/{wanted.image_id}"
    found: Iterator[pb.Upload] = pages(
        client.uploads.list_uploads, pb.ListUploadsRequest(), items="uploads"
    )
    for upload in found:
        same = (upload.image, upload.size_bytes, upload.head_digest) == (name, size, head)
        if same and upload.state == pb.Upload.STATE_ACTIVE:
            return upload
    return None


def _created(
    client: Client, file_name: str, wanted: NewImage, size: int, head: str, request_id: str
) -> pb.Upload:
    image = pb.Image(labels=dict(wanted.labels), kind=wanted.kind, architecture=wanted.architecture)
    if wanted.display_name:
        image.display_name = wanted.display_name
    if wanted.description:
        image.description = wanted.description
    upload = pb.Upload(
        size_bytes=size, digest=wanted.digest, file_name=file_name[:255], head_digest=head
    )
    return client.uploads.create_upload(
        pb.CreateUploadRequest(
            upload=upload, image=image, image_id=wanted.image_id, request_id=request_id
        )
    )


class _Sender:
    """Brings one file to one upload, from wherever the server stands."""

    def __init__(
        self,
        client: Client,
        upload: pb.Upload,
        file: BinaryIO,
        size: int,
        on_progress: Progress,
        pause: Callable[[float], None],
    ) -> None:
        self._url = client.site.server.rstrip("/") + upload.location
        self._file = file
        self._size = size
        self._tell = on_progress
        self._pause = pause
        self._shown = 0
        self._http = _http_client(client)

    def run(self) -> None:
        fruitless, offset = 0, 0
        with self._http:
            while True:
                try:
                    standing = self._offset()
                    fruitless = 0 if standing > offset else fruitless
                    offset = standing
                    self._show(offset)
                    if offset == self._size:
                        return
                    self._send(offset)
                except (Unavailable, Conflict) as refused:
                    if refused.reason == "UPLOAD_ENDED" or fruitless == TRIES_WITHOUT_PROGRESS:
                        raise
                    self._pause(_backoff(fruitless))
                    fruitless += 1

    def _offset(self) -> int:
        answer = self._request("HEAD")
        return int(answer.headers.get("upload-offset", "0"))

    def _send(self, offset: int) -> None:
        length = min(self._size - offset, REQUEST_BYTES)
        self._request(
            "PATCH",
            content=self._pieces(offset, length),
            headers={
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(length),
            },
        )

    def _pieces(self, offset: int, length: int) -> Iterator[bytes]:
        self._file.seek(offset)
        left = length
        while left:
            piece = self._file.read(min(PIECE_BYTES, left))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            yield piece
            left -= len(piece)
            self._show(offset + length - left)

    def _show(self, done: int) -> None:
        self._shown = max(self._shown, done)
        self._tell(self._shown, self._size)

    def _request(
        self,
        method: str,
        *,
        content: Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._http.request(method, self._url, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable("UNAVAILABLE", "UNAVAILABLE", str(error) or "cut") from error
        if answer.is_success:
            return answer
        if answer.status_code == 410:
            raise Conflict("FAILED_PRECONDITION", "UPLOAD_ENDED", "The upload has ended.")
        if answer.status_code >= PROXY_FAILED and not _is_ours(answer):
            # A proxy's failure says nothing of the upload: ask the service where it stands.
            raise Unavailable("UNAVAILABLE", "UNAVAILABLE", f"HTTP {answer.status_code}")
        raise _refusal(answer)


def _http_client(client: Client) -> httpx.Client:
    verify: ssl.SSLContext | bool = True
    if client.site.ca_file is not None:
        verify = ssl.create_default_context(cafile=str(client.site.ca_file))
    headers = {"Tus-Resumable": TUS_VERSION}
    if client.site.key:
        headers["Authorization"] = f"Bearer {client.site.key}"
    timeout = httpx.Timeout(30.0, read=120.0, write=120.0)
    return httpx.Client(headers=headers, verify=verify, timeout=timeout)


def _is_ours(answer: httpx.Response) -> bool:
    """Whether the site itself refused, which it says in JSON with a reason."""
    return str(answer.headers.get("content-type", "")).startswith("application/json")


def _refusal(answer: httpx.Response) -> ApiError:
    return from_http(answer.status_code, answer.content)


def _backoff(fruitless: int) -> float:
    longest = min(0.3 * float(2**fruitless), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def _silent(_done: int, _total: int) -> None:
    """Nobody listens."""
