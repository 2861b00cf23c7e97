"""A multipart form, part by part, with one chunk of it in memory at most."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from qvdc_image.domain.refusals import MalformedForm

MOST_PARTS = 64


class _Step(Enum):
    HEADERS = "headers"
    DATA = "data"
    END = "end"


@dataclass(frozen=True, slots=True)
class _Met:
    """What the parser met; `place` is where in the body the data begins."""

    step: _Step
    data: bytes = b""
    place: int = 0
    name: str = ""
    file_name: str | None = None


@dataclass(slots=True)
class Part:
    """One part of a form; read it whole before going on to the next.

    Args:
        file_name: as the sender spelled it; None for a plain field.
        place: bytes of the body before the part's first one; known once that was read.
    """

    name: str
    file_name: str | None
    place: int = 0


class FormReader:
    """Reads the parts of a body in their order.

    Boundaries, headers and the number of parts are bounded; the length of a part is not.
    """

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._met: deque[_Met] = deque()
        self._fed = 0
        self._chunk_place = 0
        self._whole = False
        self._header: list[bytes] = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": lambda: self._met.append(_Met(_Step.END)),
                    "on_end": self._on_end,
                },
            )
        except MultipartParseError as error:
            raise MalformedForm(str(error)) from error

    async def parts(self) -> AsyncIterator[Part]:
        """The parts; what of one was not read is passed over.

        Raises:
            MalformedForm: the body is no form, ends too early, or has too many parts.
        """
        count = 0
        while (met := await self._next()) is not None:
            if met.step is not _Step.HEADERS:
                continue
            count += 1
            if count > MOST_PARTS:
                raise MalformedForm(f"it has more than {MOST_PARTS} parts")
            yield Part(met.name, met.file_name)
        if not self._whole:
            raise MalformedForm("it ends before its last boundary")

    async def data(self, part: Part) -> AsyncIterator[bytes]:
        """The bytes of the part that `parts` yielded last.

        Raises:
            MalformedForm: the body is no form, or ends too early.
        """
        first = True
        while (met := await self._next()) is not None:
            if met.step is _Step.END:
                return
            if first:
                part.place, first = met.place, False
            yield met.data
        raise MalformedForm("it ends in the middle of a part")

    async def text(self, part: Part, *, limit: int) -> str:
        """The part as text.

        Raises:
            MalformedForm: it is longer than `limit` bytes or no UTF-8.
        """
        value = bytearray()
        async for piece in self.data(part):
            value += piece
            if len(value) > limit:
                raise MalformedForm(f"the field {part.name} is longer than {limit} bytes")
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedForm(f"the field {part.name} is no UTF-8 text") from None

    async def _next(self) -> _Met | None:
        while not self._met:
            chunk = await anext(self._body, None)
            if chunk is None:
                return None
            self._chunk_place = self._fed
            self._fed += len(chunk)
            try:
                self._parser.write(chunk)
            except MultipartParseError as error:
                raise MalformedForm(str(error)) from error
        return self._met.popleft()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _on_header_end(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = [b"", b""]

    def _on_headers(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise MultipartParseError("a part has no Content-Disposition with a name")
        file_name = options.get(b"filename")
        self._met.append(
            _Met(
                _Step.HEADERS,
                name=options[b"name"].decode("utf-8", "replace"),
                file_name=None if file_name is None else file_name.decode("utf-8", "replace"),
            )
        )

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._met.append(_Met(_Step.DATA, data[start:end], self._chunk_place + start))

    def _on_end(self) -> None:
        self._whole = True


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type announces.

    Raises:
        MalformedForm: it is no multipart/form-data.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise MalformedForm("Content-Type must be multipart/form-data with a boundary")
    return options[b"boundary"]
