"""The servicer that the tests call; `python echo.py FOLDER` runs it as a process of its own."""

import asyncio
import importlib
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from qvdc_core.errors import EtagMismatch, Kind, Refusal, StoreUnavailable
from qvdc_rpc.context import RequestContext

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PACKAGES = frozenset({"rpctest.v1"})


class Exhausted(Refusal):
    kind = Kind.EXHAUSTED
    reason = "NO_PLACEMENT"


def generate(folder: Path) -> None:
    """Compile echo.proto into `folder`, with stubs for grpc and Connect."""
    python = sys.executable
    subprocess.run([python, ROOT / "proto/vendor.py", folder / "vendor"], check=True)
    includes = [f"-I{folder / 'in'}", f"-I{folder / 'vendor'}", f"-I{ROOT / 'proto'}"]
    source = folder / "in/rpctest/v1/echo.proto"
    source.parent.mkdir(parents=True)
    source.write_text((HERE / "echo.proto").read_text())
    plugin = Path(python).parent / "protoc-gen-connectrpc"
    outs = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    outs += [f"--plugin=protoc-gen-connectrpc={plugin}", f"--connectrpc_out={folder}"]
    options = ["--connectrpc_opt=protobuf=google"]
    command = [python, "-m", "grpc_tools.protoc", *includes, *outs, *options, str(source)]
    subprocess.run(command, check=True)


class Generated:
    """The generated modules, imported once they exist."""

    def __init__(self, folder: Path) -> None:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
        self.pb2: Any = importlib.import_module("rpctest.v1.echo_pb2")
        self.grpc: Any = importlib.import_module("rpctest.v1.echo_pb2_grpc")
        self.connect: Any = importlib.import_module("rpctest.v1.echo_connect")

    @property
    def service(self) -> Any:
        return self.pb2.DESCRIPTOR.services_by_name["EchoService"]


class EchoServicer:
    """Echoes, refuses, fails or takes its time, as the request's `act` says."""

    def __init__(self, generated: Generated) -> None:
        self._pb2 = generated.pb2
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def echo(self, request: Any, ctx: RequestContext) -> Any:
        await self._act(request)
        return self._answer(request, ctx)

    async def count(self, request: Any, ctx: RequestContext) -> AsyncGenerator[Any, None]:
        for number in range(request.count):
            yield self._pb2.EchoResponse(count=number, caller=ctx.caller.subject)
        await self._act(request)

    async def sum(self, requests: AsyncIterator[Any], ctx: RequestContext) -> Any:
        total = 0
        async for request in requests:
            await self._act(request)
            total += request.count
        return self._pb2.EchoResponse(count=total, caller=ctx.caller.subject)

    async def chat(
        self, requests: AsyncIterator[Any], ctx: RequestContext
    ) -> AsyncGenerator[Any, None]:
        async for request in requests:
            await self._act(request)
            yield self._answer(request, ctx)

    async def enrol(self, request: Any, ctx: RequestContext) -> Any:
        return self._answer(request, ctx)

    async def closed(self, request: Any, ctx: RequestContext) -> Any:
        return self._answer(request, ctx)

    def _answer(self, request: Any, ctx: RequestContext) -> Any:
        return self._pb2.EchoResponse(
            text=request.text,
            caller=ctx.caller.subject,
            count=request.count,
            request_id=ctx.request_id,
        )

    async def _act(self, request: Any) -> None:
        match request.act:
            case "refuse":
                raise EtagMismatch("vms/a", changed_by="ada")
            case "exhaust":
                raise Exhausted("none fits", retry_after=timedelta(seconds=7), hosts=3)
            case "away":
                raise StoreUnavailable("postgresql")
            case "crash":
                raise ValueError("the password is hunter2")
            case "wait":
                await self._wait(request.delay.ToTimedelta())

    async def _wait(self, delay: timedelta) -> None:
        self.started.set()
        try:
            await asyncio.sleep(delay.total_seconds())
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def main(folder: Path, wire_file: Path) -> None:
    """Serve until told to stop; the ports go to stdout."""
    import json

    from qvdc_obs.logs import configure
    from qvdc_rpc.process import Process, Wire
    from qvdc_rpc.tls import TlsFiles

    configure("echo")
    read = json.loads(wire_file.read_text())
    generated = Generated(folder)
    wire = Wire(
        tls=TlsFiles(*(Path(read[name]) for name in ("cert", "key", "ca"))),
        assertion_jwks=Path(read["jwks"]),
    )
    process = Process("echo", wire, strict_packages=PACKAGES)
    servicer = EchoServicer(generated)
    process.serve(generated.service, servicer)

    async def tell(*words: object) -> None:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()

    async def tell_started() -> None:
        await servicer.started.wait()
        servicer.started.clear()
        await tell("started")

    process.on_start(lambda: tell("ports", process.mesh_port, process.http_port))
    process.add_loop("tell", tell_started)
    process.on_stop(lambda: tell("stopped"))
    process.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
