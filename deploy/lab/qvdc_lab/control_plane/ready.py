"""Waiting until services can work, and telling why one cannot."""

from __future__ import annotations

import http.client
import json
import ssl
from datetime import timedelta
from urllib.parse import urlsplit

from qvdc_lab.control_plane.services import Service
from qvdc_lab.errors import LabError
from qvdc_lab.shell import wait_for

STARTING = timedelta(seconds=90)
LOOK_EVERY = timedelta(milliseconds=250)
ANSWER_SECONDS = 5.0


def wait_until_ready(services: list[Service], *, within: timedelta = STARTING) -> None:
    """Return once each of `services` says that it is ready.

    Raises:
        LabError: one is not ready in time; it holds the service's own reasons and its log.
    """
    for service in services:
        _wait_for_one(service, within)


def why_not_ready(service: Service) -> str:
    """Return what keeps `service` from working, in its own words; empty when it is ready."""
    address = urlsplit(service.ready_url)
    assert address.hostname is not None
    assert address.port is not None
    connection = _connection(service, address.scheme, address.hostname, address.port)
    try:
        connection.request("GET", address.path)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"{service.ready_url} does not answer: {error}"
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else _reasons(body)


def _wait_for_one(service: Service, within: timedelta) -> None:
    reasons: list[str] = []

    def ready() -> bool:
        reasons[:] = [why_not_ready(service)]
        return not reasons[0]

    wait_for(
        ready,
        within=within,
        every=LOOK_EVERY,
        otherwise=lambda: LabError(
            f"The service {service.name} is not ready after {within.total_seconds():.0f} s",
            reasons[0],
            log=service.daemon.log,
        ),
    )


def _connection(service: Service, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    trust = ssl.create_default_context(cafile=str(service.folder / "ca.pem"))
    trust.check_hostname = False  # the name in the certificate is the service's, not the lab's
    trust.load_cert_chain(str(service.folder / "cert.pem"), str(service.folder / "key.pem"))
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=trust)


def _reasons(body: str) -> str:
    try:
        away = json.loads(body)["away"]
    except (ValueError, KeyError, TypeError):
        return body[:200]
    return "; ".join(f"{store['store']}: {store['why']}" for store in away)
