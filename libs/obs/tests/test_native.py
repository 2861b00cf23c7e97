"""Lines of native libraries become events; everything else goes through as it is."""

import os

import pytest

from qvdc_obs.native import NativeLine, NativeLines, parsed

GRPC = (
    "I1123 09:50:18.848590   20309 ssl_transport_security.cc:2563] Handshake failed with error"
    " SSL_ERROR_SSL: error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:"
    " certificate has expired"
)


def test_a_line_of_grpc_is_read() -> None:
    line = parsed(GRPC + "\n")
    assert line is not None
    assert (line.level, line.source) == ("info", "ssl_transport_security.cc")
    assert line.message.endswith("certificate has expired")


@pytest.mark.parametrize("text", ["", '{"event": "x"}', "Traceback (most recent call last):"])
def test_other_lines_are_not(text: str) -> None:
    assert parsed(text) is None


def test_native_lines_are_taken_and_others_go_through(capfd: pytest.CaptureFixture[str]) -> None:
    native = NativeLines()
    try:
        os.write(2, f"{GRPC}\nsomething else\n".encode())
    finally:
        native.close()
    taken = native.take()
    assert [type(each) for each in taken] == [NativeLine]
    assert native.take() == []
    assert "something else\n" in capfd.readouterr().err
