"""What the operating system says of the machine. What it does not say is None, and stays unknown."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
CPUS = Path("/sys/devices/system/cpu")
QUOTA = Path("/sys/fs/cgroup/cpu.max")
LIMIT = Path("/sys/fs/cgroup/memory.max")
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Machine(NamedTuple):
    """A computer as the operating system describes it. Sizes in byte, clock in 1/s."""

    name: str
    system: str
    python: str
    cores: int | None
    core_words: str
    usable: int
    quota: float | None
    clock: float | None
    memory: float | None
    cache: float | None
    load: float | None
    limits: dict[str, str]

    @property
    def threads(self) -> int:
        """Threads that move memory: one a usable core, no more than a quota feeds."""
        return self.usable if self.quota is None else min(self.usable, max(1, ceil(self.quota)))


def optional(name: str) -> Any:
    """A module that need not be installed, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None


def this_machine() -> Machine:
    """The machine that this runs on."""
    psutil = optional("psutil")
    cores, words = _cores(psutil)
    return Machine(
        processor(),
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        cores,
        words,
        usable_cores(),
        _quota(),
        _clock(psutil),
        _memory(psutil),
        last_cache(CPUS),
        os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        {name: os.environ[name] for name in THREAD_LIMITS if name in os.environ},
    )


def processor() -> str:
    """The processor's name, or that of its architecture."""
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        return done.stdout.strip() or platform.machine()
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, names), "") or platform.processor() or platform.machine()


def usable_cores() -> int:
    """Logical cores that this process may use; one where the system cannot say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cores(psutil: Any) -> tuple[int | None, str]:
    physical = psutil.cpu_count(logical=False) if psutil else None
    if physical:
        return physical, "physical cores, by psutil"
    return os.cpu_count(), "logical cores, by os.cpu_count"


def _quota() -> float | None:
    """Cores that a container may use at once, where a quota says so."""
    words = QUOTA.read_text(encoding="utf-8").split() if QUOTA.is_file() else []
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0].isdigit() else None


def _clock(psutil: Any) -> float | None:
    """The highest clock that the system states."""
    told = psutil.cpu_freq() if psutil and hasattr(psutil, "cpu_freq") else None
    return told.max * 1e6 if told and told.max else None


def _memory(psutil: Any) -> float | None:
    """The memory there is, or what a container may use of it."""
    known = [size for size in (_installed(psutil), _limit()) if size is not None]
    return min(known, default=None)


def _installed(psutil: Any) -> float | None:
    if psutil:
        return float(psutil.virtual_memory().total)
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", ()):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return None


def _limit() -> float | None:
    text = LIMIT.read_text(encoding="utf-8").strip() if LIMIT.is_file() else ""
    return float(text) if text.isdigit() else None


def last_cache(cpus: Path) -> float | None:
    """All last caches together: each is listed once for every core that shares it."""
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for index in cpus.glob("cpu[0-9]*/cache/index[0-9]*"):
        told = {
            file.name: file.read_text(encoding="utf-8").strip()
            for file in index.iterdir()
            if file.is_file()
        }
        size, level = told.get("size", ""), told.get("level", "")
        if level and size[:-1].isdigit() and size[-1] in UNITS:
            shared = told.get("shared_cpu_list", index.parent.parent.name)
            found[level, shared] = int(level), int(size[:-1]) * UNITS[size[-1]]
    last = max((level for level, _ in found.values()), default=0)
    return float(sum(size for level, size in found.values() if level == last)) if found else None
