"""`quantix-node pair`: lets this host be joined from the console."""

import argparse
import asyncio
import secrets
import socket
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from qvdc_agent.domain.places import Places
from qvdc_agent.host_verbs.refused import VerbRefused
from qvdc_agent.pairing.certificate import colons, make_certificate
from qvdc_agent.pairing.code import OneTimeCode
from qvdc_agent.pairing.described import joined_as
from qvdc_agent.pairing.servicer import PAIRING_SERVICE, PairingServicer
from qvdc_core.clock import SystemClock
from qvdc_obs.logs import configure
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

DEFAULT_LISTEN = "0.0.0.0:7445"
LOOK_EVERY = timedelta(seconds=1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb is told."""
    parser.add_argument("--listen", default=DEFAULT_LISTEN, help="HOST:PORT to be called at")
    parser.add_argument(
        "--minutes", type=int, default=10, choices=range(1, 61), metavar="1..60",
        help="how long the code is good",
    )  # fmt: skip


def pair(places: Places, arguments: argparse.Namespace) -> str:
    """Show a code and serve whoever knows it, until the host is configured or the code ends.

    Raises:
        VerbRefused: it has joined, or nobody came in time.
    """
    if node := joined_as(places):
        raise VerbRefused(f"this host is {node} of a control plane: quantix-node leave first")
    configure("pairing", level="WARNING")
    return asyncio.run(_serve(places, arguments))


async def _serve(places: Places, arguments: argparse.Namespace) -> str:
    life = timedelta(minutes=arguments.minutes)
    code = OneTimeCode(secrets.choice, time.monotonic, life)
    places.run.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(prefix="pairing-", dir=places.run) as folder:
        made = make_certificate(Path(folder), SystemClock().now())
        files = TlsFiles(cert=made.certificate, key=made.key, ca=made.certificate)
        wire = Wire(mesh_listen=None, http_listen=None, enrol_listen=arguments.listen, tls=files)
        process = Process("pairing", wire)
        servicer = PairingServicer(places, code)
        process.serve(PAIRING_SERVICE, servicer)
        async with process.running():
            host = arguments.listen.rpartition(":")[0]
            _show(host, process.enrol_port, code.shown, made.fingerprint, life)
            return await _until_configured(servicer, code)


def _show(host: str, port: int, code: str, fingerprint: str, life: timedelta) -> None:
    address = f"{socket.gethostname() if host in ('0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - what was asked for, not a bind
    minutes = int(life.total_seconds() // 60)
    sys.stdout.write(
        f"address      {address}\n"
        f"code         {code}   (good for {minutes} min)\n"
        f"fingerprint  {colons(fingerprint)}\n"
        "Enter address and code in the console or with qvdc node pair, and compare the"
        " fingerprint there with this one.\n"
    )
    sys.stdout.flush()


async def _until_configured(servicer: PairingServicer, code: OneTimeCode) -> str:
    while not code.ended:
        try:
            async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                await servicer.configured.wait()
        except TimeoutError:
            continue
        return "This host was told where to join; see quantix-node status."
    raise VerbRefused("nobody came with the right code in time; run it again for another code")
