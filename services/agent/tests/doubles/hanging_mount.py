"""A file system that takes questions and never answers: whoever asks survives SIGKILL.

A process whose question the server of a FUSE file system has taken waits for the answer in the
kernel, uninterruptibly once it was killed: as QEMU does on storage that is gone. Root alone can
mount one; the mount is seen by this process's mount namespace, and goes with `close`.
"""

import ctypes
import os
import struct
import sys
import threading
from pathlib import Path
from subprocess import DEVNULL, Popen

_LIBC = ctypes.CDLL(None, use_errno=True)
_FORCE_AND_DETACH = 3
_INIT = 26
_HEADER = struct.Struct("<IIQQIIII")
_OUT = struct.Struct("<IiQ")
_LARGEST_REQUEST = 1 << 17
_ASKING = "import os, sys; os.stat(sys.argv[1])"


class HangingMount:
    """A mounted file system whose server says hello and then nothing."""

    def __init__(self, place: Path) -> None:
        place.mkdir()
        self._place = place
        self._device = os.open("/dev/fuse", os.O_RDWR)
        self._asked = threading.Event()
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0".encode()
        if _LIBC.mount(b"hanging", os.fsencode(place), b"fuse", 0, options) != 0:
            number = ctypes.get_errno()
            os.close(self._device)
            raise OSError(number, os.strerror(number))
        self._server = threading.Thread(target=self._serve, name="hanging-mount", daemon=True)
        self._server.start()

    def ask(self) -> "Popen[bytes]":
        """Start a process that asks; return it once its question was taken."""
        process = Popen([sys.executable, "-c", _ASKING, str(self._place)], stdout=DEVNULL)
        if not self._asked.wait(30):
            raise TimeoutError("nobody asked")
        return process

    def close(self) -> None:
        """Answer nobody any more: those who wait get an error, and the killed ones die."""
        _LIBC.umount2(os.fsencode(self._place), _FORCE_AND_DETACH)
        self._server.join()
        os.close(self._device)

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, _LARGEST_REQUEST)
            except OSError:
                return
            _, opcode, unique, *_ = _HEADER.unpack_from(request)
            if opcode == _INIT:
                body = struct.pack("<IIIIHHII8I", 7, 31, 65536, 0, 12, 9, 65536, 1, *[0] * 8)
                os.write(self._device, _OUT.pack(_OUT.size + len(body), 0, unique) + body)
            else:
                self._asked.set()
