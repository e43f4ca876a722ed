"""One prediction for every kind of row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ..core.errors import InputError
from . import inference, kernelrows, operations, tiny, training, vision
from .prediction import Prediction
from .rows import Inexpressible, Row, blind
from .spelling import Keys

Predictor = Callable[[Row, Mapping[str, float]], Prediction]
PREDICTORS: dict[str, Predictor] = {
    "gemm": kernelrows.gemm,
    "mem_bw": kernelrows.mem_bw,
    "collective": kernelrows.collective,
    "training_step": training.predict,
    "training_run": operations.training_run,
    "prefill": inference.predict,
    "decode": inference.predict,
    "serving_throughput": inference.predict,
    "vision_inference": vision.predict,
    "tiny_inference": tiny.predict,
    "reliability": operations.reliability,
    "energy": operations.energy,
    "carbon": operations.carbon,
    "cost": operations.cost,
}


def predict(row: Row, constants: Mapping[str, float]) -> Prediction:
    """The prediction of a row; what was measured is hidden first."""
    if row.kind not in PREDICTORS:
        kinds = ", ".join(PREDICTORS)
        raise Inexpressible(f"{row.kind!r} is no kind of measurement; there are {kinds}")
    if not 0 <= row.devices < math.inf:
        raise Inexpressible(f"n_devices is {row.devices:g}, not a count")
    images = any(word in row.metric for word in ("images", "samples"))
    shaped = Keys(row.spec)
    vision_step = row.kind == "training_step" and images and not shaped.number("layers")
    predictor = vision.predict if vision_step else PREDICTORS[row.kind]
    try:
        found = predictor(blind(row), constants)
    except Inexpressible:
        raise
    except InputError as error:
        raise Inexpressible(str(error)) from None
    if not 0 < found.value < math.inf:
        raise Inexpressible("the answer is not known")
    return found
