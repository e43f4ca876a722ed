"""Continuous batching in motion: requests wait, are prefilled, write in the slots of a replica, and leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from math import ceil, inf
from random import Random
from typing import Any, NamedTuple

import traitlets

from mlsysim import InputError
from mlsysim.core.solver.question import PlanQuestion, question_of
from mlsysim.core.text import plain, readable

from .base import Widget, finite

#: Most slots and requests of a picture, and the load of a service whose plan does not say how many requests arrive.
SLOTS, REQUESTS, LOAD = 512, 1000, 0.7
SHARES = {"p50": 0.5, "p99": 0.99}
WORDS = {
    "arrival_rate": "Requests a second",
    "slots": "Slots of a replica",
    "output_len": "Tokens of an answer",
}
ASKED = ("ttft_percentile", "slot_load", "prompt_time", "tpot", "memory_load")


class Request(NamedTuple):
    """When a request came, was taken into a slot, had its first token and its last, and how many."""

    arrival: float
    start: float
    first: float
    done: float
    slot: int
    tokens: int


class RequestQueue(Widget):
    """Watch one replica serve requests by continuous batching, and compare its waits with the closed form.

    `RequestQueue(plan_or_evaluation)`: times of a prefill and of a decode step are those of the core.
    """

    EXAMPLE = "RequestQueue(mlsysim.Scenarios.Service70B)"
    #: Each control: name, words, stops.
    controls = traitlets.List().tag(sync=True)
    #: What the page sends: the value of every control, and which requests come.
    values = traitlets.Dict().tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    #: What is played: slots, the end, and requests as arrival, start, first token, last token, slot.
    run = traitlets.Dict().tag(sync=True)
    #: The answer: text, and the percentiles of the run and of the closed form.
    marker = traitlets.Dict().tag(sync=True)

    def __init__(self, subject: Any, *, requests: int = REQUESTS, seed: int = 1, **more: Any):
        super().__init__(**more)
        question = question_of(subject)
        if not isinstance(question, PlanQuestion) or question.options["phase"] != "decode":
            raise InputError("RequestQueue: it needs a plan that serves a language model")
        if isinstance(requests, bool) or not 1 <= requests <= 10 * REQUESTS:
            raise InputError(f"requests: {requests!r} is not from 1 to {10 * REQUESTS:,}")
        given = question.given
        if given["output_len"] < 1:
            raise InputError("workload.output_len: 0: a request must write at least one token")
        self._question, self._requests, self.seed = question, requests, seed
        self._replicas = int(given["dp"])
        self._steps: dict[tuple[int, int], dict[int, float]] = {}
        values = {
            "slots": max(1, round(given["batch"] / given["dp"])),
            "output_len": int(given["output_len"]),
        }
        full = 1 / self._ask({"arrival_rate": 1.0, **values}, 0.5)["slot_load"]
        if "arrival_rate" in given and given["arrival_rate"] > 0:
            rate = float(given["arrival_rate"])
        else:
            rate = float(f"{LOAD * full:.2g}")
        self.values = {"arrival_rate": rate, **values}
        stops = {
            "arrival_rate": [float(f"{full * i / 20:.3g}") for i in range(1, 31)],
            "slots": [2**i for i in range(SLOTS.bit_length())],
            "output_len": [2**i for i in range(4, 13)],
        }
        self.controls = [
            {"name": name, "words": WORDS[name], "stops": sorted({*stops[name], value})}
            for name, value in self.values.items()
        ]
        self.observe(self.answer, ["values", "seed"])
        self.answer()

    @traitlets.validate("values")
    def _valid(self, proposal: Any) -> dict[str, Any]:
        for name, value in proposal.value.items():
            if name not in WORDS:
                raise traitlets.TraitError(f"{name!r} is none of {', '.join(WORDS)}")
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not 0 < value < inf
            ):
                raise traitlets.TraitError(f"{name}: {value!r} is not a number above 0")
            if name != "arrival_rate" and value != int(value):
                raise traitlets.TraitError(f"{name}: {value!r} is not a whole number")
        if proposal.value.get("slots", 1) > SLOTS:
            raise traitlets.TraitError(f"slots: {proposal.value['slots']} are more than {SLOTS}")
        return {**self.values, **proposal.value}

    # ---- what the core says
    def _ask(self, values: dict[str, Any], share: float) -> dict[str, Any]:
        """The closed form at a percentile, the layout being kept."""
        changed = {
            "batch_size": int(values["slots"]) * self._replicas,
            "output_len": int(values["output_len"]),
            "arrival_rate": values["arrival_rate"],
            "percentile_share": share,
        }
        return self._question.answers(ASKED, changed, keep=True)

    def _step_times(self, slots: int, output_len: int) -> Callable[[int], float]:
        """The time of a decode step with so many slots taken: from the core at some counts, straight between them."""
        key = (slots, output_len)
        if key not in self._steps:
            counts = sorted({1, slots, *(2**i for i in range(slots.bit_length()))} - {0})
            self._steps[key] = {
                n: self._question.answers(
                    ("tpot",),
                    {"batch_size": n * self._replicas, "output_len": output_len},
                    keep=True,
                )["tpot"]
                for n in counts
                if n <= slots
            }
        known = self._steps[key]
        table = [0.0]
        for low, high in zip([1, *known], known):
            rise = (known[high] - known[low]) / max(high - low, 1)
            table += [known[low] + rise * (n - low) for n in range(len(table), high + 1)]
        return table.__getitem__

    def recompute(self) -> None:
        values = self.values
        slots, length = int(values["slots"]), int(values["output_len"])
        closed = {name: self._ask(values, share) for name, share in SHARES.items()}
        one = closed["p50"]
        if one["tpot"] != one["tpot"]:
            raise InputError("RequestQueue: a figure that the time of a step needs is not known")
        chance = Random(self.seed)
        rate = values["arrival_rate"] / self._replicas
        arrivals, tokens, now = [], [], 0.0
        for _ in range(self._requests):
            now += chance.expovariate(rate)
            arrivals.append(now)
            tokens.append(max(1, round(chance.expovariate(1 / length))))
        made = served(arrivals, tokens, slots, one["prompt_time"], self._step_times(slots, length))
        self.run = {
            "slots": slots,
            "end": round(max(request.done for request in made), 6),
            "requests": [[round(t, 6) for t in request[:4]] + [request.slot] for request in made],
        }
        waits = sorted(request.first - request.arrival for request in made)
        found = {name: waits[ceil(share * len(waits)) - 1] for name, share in SHARES.items()}
        formula = {name: answer["ttft_percentile"] for name, answer in closed.items()}
        self.marker = {
            "run": found,
            "closed": {name: finite(value) for name, value in formula.items()},
            "load": one["slot_load"],
            "text": self._said(found, formula, one),
        }

    def _said(self, found: dict[str, float], formula: dict[str, float], one: dict[str, Any]) -> str:
        def both(times: dict[str, float]) -> str:
            return ", ".join(f"{name} {readable(time, 's')}" for name, time in times.items())

        prompt, step = readable(one["prompt_time"], "s"), readable(one["tpot"], "s")
        closed = f"Closed form, as if every slot were taken: {both(formula)}."
        if not all(time < inf for time in formula.values()):
            closed = "The closed form has no end: more requests come than full slots end."
        said = [
            f"Load {plain(one['slot_load'])}; a prefill takes {prompt}, a decode step {step} with every slot taken.",
            f"Time to the first token of {self._requests:,} simulated requests: {both(found)}.",
            closed,
        ]
        if self._replicas > 1:
            said.append(f"This is one of {self._replicas} replicas.")
        if one["memory_load"] > 1:
            said.append(
                f"These slots do not fit: {one['memory_load']:.2f} times over the memory there is."
            )
        return " ".join(said)


def served(
    arrivals: Sequence[float],
    tokens: Sequence[int],
    slots: int,
    prompt_time: float,
    step_time: Callable[[int], float],
) -> list[Request]:
    """What happens to each request, first come first served: prompts go first, one at a time, and decoding pauses.

    The first token comes with the prefill, each further one with a decode step of all slots that are taken.
    """
    free, writing = list(range(slots)), []  # writing: (step of the last token, slot, request)
    heapify(free)
    found: list[Request] = []
    ends = [0.0] * len(arrivals)
    now, steps = 0.0, 0
    while len(found) < len(arrivals) or writing:
        coming = arrivals[len(found)] if len(found) < len(arrivals) else inf
        if not writing:
            now = max(now, coming)
        if free and coming <= now:
            slot, start, index = heappop(free), now, len(found)
            now = ends[index] = start + prompt_time
            found.append(Request(coming, start, now, now, slot, tokens[index]))
            if tokens[index] > 1:
                heappush(writing, (steps + tokens[index] - 1, slot, index))
            else:
                heappush(free, slot)
            continue
        each, more = step_time(len(writing)), writing[0][0] - steps
        if free and coming < inf:
            more = min(more, max(1, ceil((coming - now) / each)))
        now, steps = now + more * each, steps + more
        while writing and writing[0][0] <= steps:
            _, slot, index = heappop(writing)
            ends[index] = now
            heappush(free, slot)
    return [request._replace(done=end) for request, end in zip(found, ends)]
