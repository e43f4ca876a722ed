"""The answer to a row's metric, whatever unit or spelling its name ends in."""

from __future__ import annotations

from collections.abc import Mapping

from .rows import Inexpressible

#: Seconds of the units that the name of a time may end in.
TIMES = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "hours": 3600.0,
    "h": 3600.0,
    "days": 86400.0,
}
#: Endings that change nothing for one system, and other words for the same answer.
IDLE_ENDINGS = ("_total", "_overall", "_system")
SAME = {
    "itl": "tpot",
    "time_per_output_token": "tpot",
    "tokens_per_sec": "tokens_per_s",
    "tok_per_s": "tokens_per_s",
    "tok_s": "tokens_per_s",
    "per_gpu": "per_device",
    "per_chip": "per_device",
    "per_core": "per_device",
    "iteration_time": "step_time",
    "seconds_per_step": "step_time_s",
    "samples_per_s": "seqs_per_s",
    "sequences_per_s": "seqs_per_s",
}


def answer(metric: str, answers: Mapping[str, float], what: str) -> float:
    """The value of a metric among the answers that equations give."""
    for name in _spellings(metric):
        if name in answers:
            return answers[name]
        stem, _, ending = name.rpartition("_")
        for other, seconds in TIMES.items():
            if ending in TIMES and f"{stem}_{other}" in answers:
                return answers[f"{stem}_{other}"] * seconds / TIMES[ending]
    if metric in ("mfu", "hfu") and f"{metric}_pct" in answers:
        return answers[f"{metric}_pct"] / 100
    raise Inexpressible(f"no equation gives {metric} of {what}")


def _spellings(metric: str) -> list[str]:
    """A metric under its own name and under ours."""
    plain = metric.lower()
    for theirs, ours in SAME.items():
        plain = plain.replace(theirs, ours)
    found = [metric, plain]
    for ending in IDLE_ENDINGS:
        found += [plain.removesuffix(ending), plain + ending]
    return found
