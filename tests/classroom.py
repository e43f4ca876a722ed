"""A class: one process that serves all labs, and readers who open one of them at once, as a browser's page does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from websockets.asyncio.client import connect

ANSWERED = 300  # seconds that a class on a busy machine may wait


class Server(NamedTuple):
    """Where the labs are served, and the process that does."""

    host: str
    process: subprocess.Popen


@contextmanager
def served(**environment: str) -> Iterator[Server]:
    """`mlsysim lab serve`, until it is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = [sys.executable, "-m", "mlsysim", "lab", "serve", "--port", str(port)]
    process = subprocess.Popen(call, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        for _ in range(480):
            assert process.poll() is None, "the server ended"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
                break
            except OSError:
                time.sleep(0.25)
        yield Server(f"127.0.0.1:{port}", process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


class Reader:
    """One session: what the page has been told."""

    def __init__(self, socket: Any):
        self.socket, self.told = socket, []

    async def until(self, op: str) -> None:
        """Listen until the kernel says so."""
        while True:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), ANSWERED))
            self.told.append(message)
            if message["op"] == op:
                return

    def shown(self) -> str:
        """Everything that the cells have shown so far."""
        return json.dumps(
            [one["data"].get("output") for one in self.told if one["op"] == "cell-op"]
        )


async def opened(server: Server, lab: str) -> tuple[Reader, float]:
    """A reader whose lab has run to its first question, and the seconds until then."""
    began, address = (
        time.monotonic(),
        f"ws://{server.host}/{lab}/ws?session_id=s_{uuid.uuid4().hex[:6]}",
    )
    reader = Reader(await connect(address, max_size=None, open_timeout=ANSWERED))
    await reader.until("completed-run")
    return reader, time.monotonic() - began


class Class(NamedTuple):
    """How a class fared: seconds of each reader until the first question, and what the server spent in its life."""

    waits: list[float]
    cpu_seconds: float
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.waits)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.waits, n=20)[-1]


def _peak(process: int) -> float:
    """The most memory of a process so far, MB: what it reports at its end counts the process that started it too."""
    told = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", told)[1]) / 1024  # type: ignore[index]


def measured(readers: int, lab: str = "vol1/05") -> Class:
    """Open a lab by so many readers at once; the server's CPU and memory are those of its whole life."""

    async def all_at_once(server: Server) -> list[float]:
        found = await asyncio.gather(*(opened(server, lab) for _ in range(readers)))
        for reader, _ in found:
            assert "predict-a" in reader.shown()
            await reader.socket.close()
        return [seconds for _, seconds in found]

    with served() as server:
        # a loop of its own: that of a browser's tests may run in this thread
        with ThreadPoolExecutor(1) as alone:
            waits = alone.submit(lambda: asyncio.run(all_at_once(server))).result()
        peak = _peak(server.process.pid)
        os.kill(server.process.pid, signal.SIGKILL)
        _, _, spent = os.wait4(server.process.pid, 0)
        server.process.returncode = -signal.SIGKILL
    return Class(waits, spent.ru_utime + spent.ru_stime, peak)
