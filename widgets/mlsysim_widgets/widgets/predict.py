"""One question, asked before anything is shown: a number, a choice or a curve; then what the core says to it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import traitlets

from mlsysim import InputError, MlsysimError
from mlsysim.core.text import plain
from mlsysim.core.units import convert

from ..hover import percent
from .base import Widget, finite

KINDS = ("number", "choice", "sketch")
SURE = ("guess", "fairly sure", "sure")
#: Columns of a sketch, and up to which factor two numbers are called equal.
COLUMNS, EQUAL = 13, 1.05
Answer = Any | Callable[..., Any]


class Predict(Widget):
    """A question that shows nothing before it is answered: a number, a choice or a curve.

    `Predict("How many times faster?", unit="x", low=1, high=100, answer=lambda: ...)`. `answer` is asked when the
    reader has committed, and not before: a value, a call that gives one, or a mapping with value, low and high (the
    80 % interval), measured and because; measured alone where nothing is predicted. Of a choice it is an option, or a
    number: the option nearest to it is right. Of a sketch it is a list, or a call that gives y for x.
    """

    EXAMPLE = """decode = lambda chip: mlsysim.SystemEvaluator.evaluate(None, "Llama3_8B", chip).tpot
faster = lambda: float(decode("A100") / decode("H100"))
Predict("How many times faster is an H100 than an A100 at decoding?", unit="x", low=1, high=100, answer=faster)"""
    #: What is asked: kind, question, unit, low, high, log, options, x, y, xs, sure.
    asked = traitlets.Dict().tag(sync=True)
    #: What the page sends: the guess (none where the answer was only shown), how sure, and that it stands.
    guess = traitlets.Any(None, allow_none=True).tag(sync=True)
    confidence = traitlets.Unicode("").tag(sync=True)
    committed = traitlets.Bool(False).tag(sync=True)
    #: What the ledger has of an earlier visit: the page commits it again, so that cells that wait for it run.
    earlier = traitlets.Dict().tag(sync=True)
    #: What is shown then, empty before: text, value, answer, low, high, measured, ys, alt.
    shown = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        question: str,
        kind: str = "number",
        *,
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        log: bool = True,
        options: Iterable[str] | Mapping[str, str] = (),
        x: Mapping[str, Any] | None = None,
        y: Mapping[str, Any] | None = None,
        answer: Answer = None,
        because: str | Callable[[], str] = "",
        id: str = "predict",
        ledger: Any = None,
        **more: Any,
    ):
        if kind not in KINDS:
            raise InputError(f"predict: kind: {kind!r} is not one of {', '.join(KINDS)}")
        if answer is None:
            raise InputError("predict: answer: it is missing; give a value or a call of the core")
        self._reasons = (
            dict(options) if isinstance(options, Mapping) else dict.fromkeys(options, "")
        )
        self._answer, self._because, self._locked = answer, because, False
        self._kind, self._unit, self._id = kind, unit, id
        self._ledger = getattr(ledger, "widget", ledger)
        form = self._form(low, high, log, x, y)
        self._points = len(form.get("xs", ()))
        super().__init__(**more)
        self.asked = {
            "kind": kind,
            "question": question,
            "unit": unit,
            "id": id,
            "sure": list(SURE),
            **form,
        }
        self.observe(self._commit, "committed")
        if self._ledger is not None:
            self._ledger.observe(lambda _: self._recall(), "entries")
            self._recall()

    def _form(self, low: Any, high: Any, log: bool, x: Any, y: Any) -> dict[str, Any]:
        """What the page needs to ask."""
        if self._kind == "choice":
            if len(self._reasons) < 2:
                raise InputError("predict: options: a choice needs at least two")
            return {"options": list(self._reasons)}
        if self._kind == "sketch":
            across, up = _axis("x", x), _axis("y", y)
            return {"x": across, "y": up, "xs": _columns(across)}
        if low is None or high is None or not low < high:
            raise InputError(f"predict: low and high: {low!r} is not below {high!r}")
        if log and not low > 0:
            raise InputError(f"predict: low: {low!r} is not above 0, as a logarithmic scale needs")
        return {"low": low, "high": high, "log": log}

    # ---- what the page may send
    @traitlets.validate("guess")
    def _fits(self, proposal: Any) -> Any:
        guess = proposal.value
        if self._locked:
            if guess != self.guess:
                raise traitlets.TraitError("predict: it is committed; the guess stands")
            return guess
        if guess is None:
            return guess
        if self._kind == "choice" and guess not in self._reasons:
            raise traitlets.TraitError(f"{guess!r} is not one of {', '.join(self._reasons)}")
        if self._kind == "number" and not _number(guess):
            raise traitlets.TraitError(f"{guess!r} is not a number")
        ends = getattr(self, "asked", {})
        if self._kind == "number" and ends and not ends["low"] <= guess <= ends["high"]:
            low, high = plain(ends["low"]), amount(ends["high"], self._unit)
            raise traitlets.TraitError(f"{plain(guess)} is outside the range: {low} to {high}")
        if self._kind == "sketch":
            if not isinstance(guess, (list, tuple)) or len(guess) != self._points:
                raise traitlets.TraitError(f"a sketch is {self._points} numbers or nulls")
            if not all(item is None or _number(item) for item in guess):
                raise traitlets.TraitError("a sketch holds numbers and nulls only")
        return guess

    @traitlets.validate("confidence")
    def _sure(self, proposal: Any) -> str:
        if proposal.value not in ("", *SURE):
            raise traitlets.TraitError(f"{proposal.value!r} is not one of {', '.join(SURE)}")
        return proposal.value

    @traitlets.validate("committed")
    def _stays(self, proposal: Any) -> bool:
        if self._locked and not proposal.value:
            raise traitlets.TraitError("predict: it is committed; that cannot be taken back")
        return proposal.value

    # ---- the answer
    def commit(self, guess: Any = None, confidence: str = "") -> str:
        """Say a guess from Python; the sentence that compares it."""
        self.guess, self.confidence = guess, confidence
        self.committed = True
        return str(self.shown.get("text", ""))

    def _commit(self, _: Any) -> None:
        if not self.committed or self._locked:
            return
        self._locked = True
        self.answer()
        known = {"guess": self.guess, "confidence": self.confidence} == self.earlier
        if self._ledger is not None and self.shown and not known:
            self._ledger.record(
                self._id,
                self.guess,
                "prediction",
                question=self.asked["question"],
                unit=self._unit,
                answer=self.shown["value"],
                factor=self.shown["factor"],
                said=self.shown["text"],
                confidence=self.confidence,
            )

    def _recall(self) -> None:
        """Let a prediction that the ledger has of an earlier visit stand, unless it was asked otherwise then."""
        entry = self._ledger.entry(self._id)
        if self._locked or entry is None or entry.get("question") != self.asked["question"]:
            return
        before = self.guess
        try:
            self.guess = entry["value"]
        except traitlets.TraitError:
            return
        self.guess = before
        self.earlier = {"guess": entry["value"], "confidence": entry.get("confidence", "")}

    def recompute(self) -> None:
        ways = {"sketch": self._curve, "choice": self._chosen, "number": self._compared}
        try:
            found = ways[self._kind]()
        except MlsysimError as error:
            raise InputError(f"predict: the answer is not known: {error}") from None
        self.shown = {"factor": None, "value": None, **found}

    def _given(self) -> dict[str, Any]:
        """The answer as a mapping: value, and what stands around it."""
        given = self._answer() if callable(self._answer) else self._answer
        found = dict(given) if isinstance(given, Mapping) else {"value": given}
        strange = set(found) - {"value", "low", "high", "measured", "because"}
        if strange or not {"value", "measured"} & set(found):
            raise InputError(f"predict: answer: it has {', '.join(found)}, and needs a value")
        found.setdefault("value", found.get("measured"))
        for name in ("value", "low", "high", "measured"):
            found[name] = self._plain(found.get(name))
        found["because"] = found.get("because") or self._reason()
        return found

    def _reason(self) -> str:
        return self._because() if callable(self._because) else self._because

    def _plain(self, value: Any) -> Any:
        """A quantity as a number in the unit asked for; text and numbers as they are."""
        if hasattr(value, "magnitude"):
            return convert(float(value.magnitude), f"{value.units:~}", self._unit)
        return finite(value) if _number(value) else value

    def _compared(self) -> dict[str, Any]:
        found = self._given()
        if not _number(found["value"]):
            text = f"{self._you()}it is not known."
            return {**found, "value": None, "text": text, "alt": text}
        text = f"{self._you()}it is {amount(found['value'], self._unit)}{_why(found)}."
        factor = None
        if self.guess is not None:
            factor = ratio(self.guess, found["value"])
            text += f" {apart(self.guess, found['value'], self._unit)}."
        if found["measured"] not in (None, found["value"]):
            text += f" Measured: {amount(found['measured'], self._unit)}."
        return {**found, "factor": factor, "text": text, "alt": text}

    def _you(self) -> str:
        if self.guess is None:
            return "Not predicted; "
        said = self.guess if self._kind == "choice" else amount(self.guess, self._unit)
        return f"You said {said}; "

    def _chosen(self) -> dict[str, Any]:
        found = self._given()
        value = found["value"]
        right = _nearest(value, self._reasons) if _number(value) else value
        if right not in self._reasons:
            raise InputError(f"predict: answer: {value!r} is not one of {', '.join(self._reasons)}")
        told = amount(value, self._unit) if _number(value) else right
        reason = self._reasons.get(self.guess, "") if self.guess != right else ""
        text = f"You said {self.guess}{f', which is {reason}' if reason else ''}; it is {told}"
        if self.guess == right:
            text = f"You said {self.guess}; so it is" + (f": {told}" if told != right else "")
        elif self.guess is None:
            text = f"Not predicted; it is {told}"
        text = f"{text}{_why(found)}."
        return {**found, "answer": right, "text": text, "alt": text}

    def _curve(self) -> dict[str, Any]:
        xs = self.asked["xs"]
        given = [self._answer(x) for x in xs] if callable(self._answer) else list(self._answer)
        ys = [self._plain(y) for y in given]
        if len(ys) != len(xs):
            raise InputError(f"predict: answer: it has {len(ys)} numbers, not {len(xs)}")
        unit = self.asked["y"]["unit"]
        known = [i for i, y in enumerate(ys) if _number(y)]
        why = _why({"because": self._reason()})
        if not known:
            return {"text": "The curve is not known.", "ys": ys, "alt": "The curve is not known."}
        first, last = known[0], known[-1]
        across = self.asked["x"]
        ends = [
            f"{amount(ys[i], unit)} at {across['label']} {amount(xs[i], across['unit'])}"
            for i in (first, last)
        ]
        runs = f"It goes from {ends[0]} to {ends[1]}{why}."
        drawn = [i for i in known if self.guess is not None and self.guess[i] is not None]
        if not drawn:
            return {"text": f"Not predicted. {runs}", "ys": ys, "value": ys, "alt": runs}
        gaps = {i: abs(self.guess[i] - ys[i]) for i in drawn}
        ratios = {i: ratio(self.guess[i], ys[i]) for i in drawn}
        by = ratios if self.asked["y"]["log"] and None not in ratios.values() else gaps
        far = max(drawn, key=lambda i: by[i])
        text = (
            f"{runs} You were furthest off at {across['label']} {amount(xs[far], across['unit'])}: "
            f"you said {amount(self.guess[far], unit)}, it is {amount(ys[far], unit)}."
        )
        return {"text": text, "ys": ys, "value": ys, "factor": ratios[far], "alt": text}


# ---- how numbers are said
def amount(value: float, unit: str) -> str:
    """A number of three significant figures with its unit: 8x, 12 %, 1.64 ms."""
    number = plain(float(f"{value:.3g}"))
    return f"{number}{'' if unit == 'x' else ' '}{counted(number, unit)}".strip()


def counted(number: str, unit: str) -> str:
    """A unit as it stands after a number: 1 point, 2 points; a sign such as ms stays."""
    word = unit.isalpha() and unit.islower() and len(unit) > 2 and unit.endswith("s")
    return unit[:-1] if word and number == "1" else unit


def ratio(one: float, other: float) -> float | None:
    """How many times one number is the other, at least 1; none where one of them is not above zero."""
    return max(one / other, other / one) if one > 0 and other > 0 else None


def apart(guess: float, value: float, unit: str) -> str:
    """By how much a guess is too high or too low: points of a percentage, else times."""
    side = "high" if guess > value else "low"
    factor = ratio(guess, value)
    if guess == value or (factor is not None and factor < EQUAL):
        return "That is as good as equal"
    if unit == "%":
        points = plain(float(f"{abs(guess - value):.2g}"))
        return f"That is {points} {counted(points, 'points')} too {side}"
    if factor is None:
        return f"That is {amount(abs(guess - value), unit)} too {side}"
    if factor < 2:
        return f"That is {percent(abs(guess / value - 1), 0)} too {side}"
    return f"That is {plain(float(f'{factor:.2g}'))} times too {side}"


def _why(found: Mapping[str, Any]) -> str:
    return f", because {found['because']}" if found.get("because") else ""


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _nearest(value: float, options: Iterable[str]) -> str:
    """The option whose number is nearest."""
    read = {}
    for option in options:
        match = re.search(r"\d[\d,]*\.?\d*(?:e[+-]?\d+)?", option)
        if match is None:
            raise InputError(f"predict: options: {option!r} has no number to compare with")
        read[option] = float(match.group().replace(",", ""))
    positive = value > 0 and all(number > 0 for number in read.values())
    return min(
        read, key=lambda o: abs(math.log(read[o] / value)) if positive else abs(read[o] - value)
    )


def _axis(name: str, given: Any) -> dict[str, Any]:
    """An axis of a sketch: low, high, label, unit, log, and for x the columns or how many."""
    axis = {"label": name, "unit": "", "log": False, **(given or {})}
    low, high = axis.get("low"), axis.get("high")
    if not (_number(low) and _number(high) and low < high):
        raise InputError(f"predict: {name}: it needs a low below a high, not {low!r} and {high!r}")
    if axis["log"] and not low > 0:
        raise InputError(f"predict: {name}.low: {low!r} is not above 0")
    return axis


def _columns(axis: dict[str, Any]) -> list[float]:
    low, high, count = axis["low"], axis["high"], int(axis.pop("columns", COLUMNS))
    if not 2 <= count <= 100:
        raise InputError(f"predict: x.columns: {count} is not between 2 and 100")
    parts = [i / (count - 1) for i in range(count)]
    return [low * (high / low) ** p if axis["log"] else low + (high - low) * p for p in parts]
