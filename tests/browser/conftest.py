"""A real browser, and the servers whose pages it opens: marimo and JupyterLab. Everything stays on this machine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("reading")

import broken_labs  # noqa: E402

BUILD = Path(__file__).parents[2] / "labs" / "site" / "build.py"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
STARTED = 120  # seconds that a server may take to answer on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No page can be driven from within a page."""
    for item in items:
        if "browser" in Path(str(item.fspath)).parts:
            item.add_marker(pytest.mark.native)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Until a server answers."""
    for _ in range(STARTED * 4):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium; without it the browser's tests fail with one line that says how to get it."""
    from playwright.sync_api import sync_playwright

    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        pytest.fail(
            "the browser's tests need Chromium (on Debian: apt install chromium)", pytrace=False
        )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page that may ask this machine only; what else it asks for is in `page.outside`, errors in `page.errors`."""
    context = chromium.new_context(
        viewport={"width": 1100, "height": 900}, **getattr(request, "param", {})
    )
    made = context.new_page()
    made.outside, made.errors = [], []

    def local(route: Any) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "http://localhost", "data:", "blob:")):
            route.continue_()
        else:
            made.outside.append(route.request.url)
            route.abort()

    context.route("**/*", local)
    made.on("pageerror", lambda error: made.errors.append(str(error)))
    made.set_default_timeout(60_000)
    yield made
    context.close()


@pytest.fixture
def tab(page: Any) -> Any:
    """A page whose console is kept."""
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    return page


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, with broken pages more, built once for all the processes of the tests."""
    made = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        made = made.parent
    folder, top = made / "host" / "some" / "where", made / "host"
    top.mkdir(exist_ok=True)
    with (top / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (top / "built").exists():
            return folder
        more = [top / f"{name}.py" for name in broken_labs.NAMES]
        for file, source in zip(more, broken_labs.sources()):
            file.write_text(source, encoding="utf-8")
        command = [sys.executable, str(BUILD), str(folder), *map(str, more)]
        built = subprocess.run(command, capture_output=True, text=True)
        if "could not be fetched" in built.stderr:
            pytest.skip(built.stderr.strip())
        assert built.returncode == 0, built.stderr
        (top / "built").touch()
    return folder


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    """The address of the site in a folder of a plain server."""
    top = site_folder.parent.parent
    port, log = free_port(), top / f"log{os.getpid()}.txt"
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with log.open("w") as out:
        server = subprocess.Popen([*serve, "--directory", str(top)], stdout=out, stderr=out)
    wait_for(f"http://127.0.0.1:{port}/", server, log)
    yield f"http://127.0.0.1:{port}/some/where"
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def marimo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function that serves the source of a notebook by `marimo run` and gives its address."""
    running: list[subprocess.Popen] = []

    def serve(source: str) -> str:
        folder = tmp_path_factory.mktemp("marimo")
        (folder / "page.py").write_text(source, encoding="utf-8")
        port, log = free_port(), folder / "log.txt"
        command = [sys.executable, "-m", "marimo", "run", "page.py", "--headless", "--no-token"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--no-sandbox"]
        with log.open("w") as out:
            running.append(subprocess.Popen(command, cwd=folder, stdout=out, stderr=out))
        address = f"http://127.0.0.1:{port}"
        wait_for(address, running[-1], log)
        return address

    yield serve
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[str]], str]]:
    """A function that serves cells as a notebook in JupyterLab and gives its address."""
    folder = tmp_path_factory.mktemp("jupyter")
    port, log = free_port(), folder / "log.txt"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [
        "--ip=127.0.0.1",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
    ]
    command += [
        "--LabApp.news_url=",
        "--LabApp.collaborative=False",
        f"--ServerApp.root_dir={folder}",
    ]
    env = {
        **os.environ,
        "HOME": str(
            folder
        ),  # the ledger of whoever runs the tests answers nothing, and is left alone
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
    }
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=env)
    wait_for(f"http://127.0.0.1:{port}/api", process, log)

    def serve(cells: list[str]) -> str:
        name = f"page{len(list(folder.glob('*.ipynb')))}.ipynb"
        made = [
            {
                "cell_type": "code",
                "id": str(i),
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": text,
            }
            for i, text in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {
            "cells": made,
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (folder / name).write_text(json.dumps(notebook), encoding="utf-8")
        return f"http://127.0.0.1:{port}/lab/tree/{name}"

    yield serve
    process.terminate()
    process.wait(30)
