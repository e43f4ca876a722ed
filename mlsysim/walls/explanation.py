"""What explaining a decision by its features costs: calls of the model, and time."""

from __future__ import annotations

from ..core.elementwise import exp, log, log2, minimum
from ..core.graph import Paper, constant, equation
from ..core.inputs import given

SHAP = Paper(
    "SHAP authors",
    2026,
    "SHAP, KernelExplainer",
    "GitHub shap/shap @df974a1, shap/explainers/_kernel.py",
    "explain: two samples a feature and 2,048 more, at most all sets",
)
SHAP_EXACT = Paper(
    "SHAP authors",
    2026,
    "SHAP, notebook Simple Kernel SHAP",
    "GitHub shap/shap @df974a1, notebooks/tabular_examples/model_agnostic",
    "text: the whole sample space of 2^M",
)

given("explained_features", "", r"M", "Features among which an answer is divided")
given("background_samples", "", r"N_b", "Rows that stand for the features that are left out")
given("call_time", "s", r"t_1", "Time of one call of the model")
given("explained_share", "", r"s", "Share of the decisions that are explained")
constant(
    "shap_base_calls",
    2048.0,
    "",
    r"n_0",
    SHAP,
    "Samples of Kernel SHAP beyond two for each feature",
)


@equation("", r"M + \log_2 N_b", SHAP_EXACT, rises="explained_features background_samples")
def exact_explain_doublings(explained_features, background_samples):
    """Doublings of one call that exact Shapley values take: every feature doubles the sets of features."""
    return explained_features + log2(background_samples)


@equation("", r"\min(2M + n_0,\ 2^M - 2)\,N_b", SHAP, rises="explained_features background_samples")
def explain_calls(explained_features, shap_base_calls, background_samples):
    """Calls of the model for one explanation by Kernel SHAP, with the samples that its package takes by default."""
    sets = exp(explained_features * log(2)) - 2
    return minimum(2 * explained_features + shap_base_calls, sets) * background_samples


@equation("s", r"n_e t_1", rises="explain_calls call_time")
def explain_time(explain_calls, call_time):
    """Time of one explanation, its calls one after the other."""
    return explain_calls * call_time


@equation("s", r"t_1 + s T_e", rises="explain_time call_time explained_share")
def decision_time(call_time, explain_time, explained_share):
    """Mean time of a decision when some are explained: the work that the servers must do."""
    return call_time + explained_share * explain_time
