"""Timing: the best of several repeats, and the rates that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, process_time
from typing import NamedTuple

from .devices import Device, Run, Runner

Clock = Callable[[], float]
LEAST_REPEATS = 3
SIDES = (1024, 2048, 4096, 8192)  # of the square matrices that are multiplied
LEAST_BYTES = 256 * 2**20  # of one array that is moved
CACHES = 4  # an array is at least so many times the last cache
MEMORY_PART = 8  # and at most this part of the memory
SMALL_CALLS = 1000


class Timing(NamedTuple):
    """The best time of one run in s, how often it was run, and how many cores were busy on average."""

    best: float
    repeats: int
    cores: float


class Rate(NamedTuple):
    """A rate in coherent units, what was run, and the timing behind it."""

    value: float
    what: str
    timing: Timing


class Measured(NamedTuple):
    """All that was timed on a device: rates by figure, every movement of memory, and a small call."""

    peaks: dict[str, Rate]
    moves: list[Rate]
    launch: Timing

    @property
    def bandwidth(self) -> Rate:
        """The fastest way to move memory that was tried."""
        return max(self.moves, key=lambda rate: rate.value)


def best_time(run: Run, seconds: float, clock: Clock = perf_counter) -> Timing:
    """The best of the repeats that `seconds` hold, three at least, after one that is not counted."""
    run()
    times: list[float] = []
    begun, worked = clock(), process_time()
    while len(times) < LEAST_REPEATS or clock() - begun < seconds:
        start = clock()
        run()
        times.append(clock() - start)
    wall = clock() - begun
    return Timing(min(times), len(times), (process_time() - worked) / wall)


def product_rate(
    device: Device, precision: str, seconds: float, clock: Clock = perf_counter
) -> Rate:
    """Rate of a large square matrix product: 2 n**3 operations."""
    side = _side(device, precision, seconds, clock)
    timing = best_time(device.product(precision, side), seconds, clock)
    what = f"product of two {side:,} x {side:,} matrices in {precision}"
    return Rate(2 * side**3 / timing.best, what, timing)


def _side(device: Device, precision: str, seconds: float, clock: Clock) -> int:
    """The largest side whose product still fits the seconds several times over."""
    run = device.product(precision, SIDES[0])
    run()
    start = clock()
    run()
    once = clock() - start
    allowed = [side for side in SIDES if side <= device.largest_side]
    fits = [side for side in allowed if once * (side / SIDES[0]) ** 3 * 2 * LEAST_REPEATS < seconds]
    return max([allowed[0], *fits])


def copy_rate(device: Device, size: int, seconds: float, clock: Clock = perf_counter) -> Rate:
    """Bytes read and written a second while one array of `size` bytes is copied into another."""
    timing = best_time(device.copy(size), seconds, clock)
    return Rate(2 * size / timing.best, f"copy of {size / 2**20:,.0f} MiB: read, written", timing)


def add_rate(device: Device, size: int, seconds: float, clock: Clock = perf_counter) -> Rate:
    """The same while one array is added to another in place: two read, one written."""
    timing = best_time(device.add(size), seconds, clock)
    return Rate(
        3 * size / timing.best,
        f"sum in place of two arrays of {size / 2**20:,.0f} MiB: two read, one written",
        timing,
    )


def launch_time(runner: Runner, seconds: float, clock: Clock = perf_counter) -> Timing:
    """Time of one call on eight numbers, from a thousand in a row."""
    timing = best_time(runner.small_calls(SMALL_CALLS), seconds, clock)
    return timing._replace(best=timing.best / SMALL_CALLS)


def array_bytes(cache: float | None, memory: float | None) -> int:
    """The size of an array that no cache holds, as far as caches and memory are known; whole numbers of 8 MiB."""
    size = max(LEAST_BYTES, CACHES * (cache or 0))
    if memory is not None:
        size = min(size, memory / MEMORY_PART)
    return max(int(size) // 2**23, 1) * 2**23


def measure(device: Device, seconds: float, said: Callable[[str], None]) -> Measured:
    """Time products, memory and a small call, each for `seconds`."""
    peaks = {}
    for precision in device.precisions:
        said(f"{device.kind}: matrix product, {precision}")
        peaks[precision] = product_rate(device, precision, seconds)
    size = array_bytes(device.cache, device.memory)
    moves = []
    for name, move in (("copy", copy_rate), ("sum in place", add_rate)):
        said(f"{device.kind}: memory, {name}")
        moves.append(move(device, size, seconds))
    said(f"{device.kind}: small calls")
    return Measured(peaks, moves, launch_time(device, seconds))
