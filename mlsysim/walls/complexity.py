"""Wall 11, complexity: which size, and how much data, a budget buys."""

from __future__ import annotations

from ..core.elementwise import exp, log, log1p, maximum, minimum, sqrt
from ..core.graph import Paper, constant, equation, option
from ..core.inputs import given
from ..papers import KAPLAN_2020
from .wall import Case, Verdict, wall

HOFFMANN_2022 = Paper(
    "Hoffmann et al.", 2022, "Training Compute-Optimal Large Language Models", "arXiv:2203.15556"
)
BESIROGLU_2024 = Paper(
    "Besiroglu et al.", 2024, "Chinchilla Scaling: A Replication Attempt", "arXiv:2404.10102"
)
SARDANA_2023 = Paper(
    "Sardana et al.",
    2023,
    "Beyond Chinchilla-Optimal: Accounting for Inference in Language Model Scaling Laws",
    "arXiv:2401.00448",
)
MUENNIGHOFF_2023 = Paper(
    "Muennighoff et al.", 2023, "Scaling Data-Constrained Language Models", "arXiv:2305.16264"
)
MCCANDLISH_2018 = Paper(
    "McCandlish et al.", 2018, "An Empirical Model of Large-Batch Training", "arXiv:1812.06162"
)
EQ4, SERVING = HOFFMANN_2022.at("eq. 4"), SARDANA_2023.at("sec. 2, eq. 2")
TRADE = MCCANDLISH_2018.at("eq. 2.11")
given("budget_flop", "flop", r"C", "Operations that may be spent on a training run")
given("tokens_per_param", "", r"r", "Tokens of training for each parameter")
given("served_tokens", "", r"D_s", "Tokens that a model reads and writes in its life")
given("unique_tokens", "", r"U", "Tokens of training text that differ")
given("noise_scale", "", r"\mathcal{B}", "Batch whose gradient has as much noise as signal")
given("min_steps", "", r"S_{min}", "Steps of training that even the largest batch needs")
option("loss_fit", "hoffmann", "besiroglu", "muennighoff")
option("text", "fresh", "repeated")

#: Floor, A, B, alpha, beta. Eq. 10 rounds the exponents to 0.34 and 0.28, too coarse for the paper's own table A3.
FITS = {
    "hoffmann": (
        HOFFMANN_2022.at("eq. 10, exponents to three digits as in Sardana 2023"),
        (1.69, 406.4, 410.7, 0.336, 0.283),
    ),
    "besiroglu": (BESIROGLU_2024.at("table 1"), (1.8172, 482.01, 2085.43, 0.3478, 0.3658)),
    "muennighoff": (
        MUENNIGHOFF_2023.at("app. A, eq. 17"),  # fitted as logarithms
        (exp(0.6254804), exp(6.255414), exp(7.3049974), 0.3526596, 0.3526596),
    ),
}
PARTS = {
    "floor": ("E", "Loss that no size and no data takes away"),
    "a": ("A", "Factor of the loss by size"),
    "b": ("B", "Factor of the loss by data"),
    "alpha": (r"\alpha", "Exponent of the loss by size"),
    "beta": (r"\beta", "Exponent of the loss by data"),
}
for _fit, (_paper, _values) in FITS.items():
    for (_part, (_latex, _words)), _value in zip(PARTS.items(), _values):
        constant(f"{_fit}_{_part}", _value, "", _latex, _paper, f"{_words}, fit of {_fit.title()}")
constant(
    "repeat_decay",
    15.387756,
    "",
    r"R^*",
    MUENNIGHOFF_2023.at("app. A"),
    "Repetitions after which repeated text has lost most of its worth",
)


# ---- operations
@equation(
    "flop",
    r"2(N + L s h_a)",
    KAPLAN_2020.at("eq. 2.2"),
    when="family=transformer",
    rises="active_params layers seq_len heads head_dim",
)
def token_flop(active_params, layers, seq_len, heads, head_dim, mac_flop):
    """Operations of one token forward, its attention to half of the sequence included."""
    return mac_flop * (active_params + layers * seq_len * heads * head_dim)


@equation("flop", r"6(N + L s h_a)D", KAPLAN_2020.at("sec. 2.1"), rises="token_flop train_tokens")
def run_flop(token_flop, train_tokens):
    """Operations of a training run with attention: forward and twice backward."""
    return (1 + 2) * token_flop * train_tokens


# ---- loss
@equation("text", when="loss_fit=hoffmann")
def loss_law(hoffmann_floor, hoffmann_a, hoffmann_b, hoffmann_alpha, hoffmann_beta):
    """The five numbers of the Chinchilla fit."""
    return hoffmann_floor, hoffmann_a, hoffmann_b, hoffmann_alpha, hoffmann_beta


@equation("text", when="loss_fit=besiroglu")
def loss_law(besiroglu_floor, besiroglu_a, besiroglu_b, besiroglu_alpha, besiroglu_beta):
    """The five numbers of Epoch's new fit to the same runs."""
    return besiroglu_floor, besiroglu_a, besiroglu_b, besiroglu_alpha, besiroglu_beta


@equation("text", when="loss_fit=muennighoff")
def loss_law(muennighoff_floor, muennighoff_a, muennighoff_b, muennighoff_alpha, muennighoff_beta):
    """The five numbers of a fit to runs on repeated text."""
    return muennighoff_floor, muennighoff_a, muennighoff_b, muennighoff_alpha, muennighoff_beta


@equation("", r"D' = D", when="text=fresh", rises="train_tokens")
def effective_tokens(train_tokens):
    """Tokens of fresh text that the training is worth."""
    return train_tokens


@equation(
    "",
    r"D' = U(1 + R^*(1 - e^{-(D/U-1)/R^*}))",
    MUENNIGHOFF_2023.at("eq. 5"),
    when="text=repeated",
    rises="train_tokens unique_tokens",
)
def effective_tokens(train_tokens, unique_tokens, repeat_decay):
    """Tokens of fresh text that training on repeated text is worth."""
    seen = minimum(train_tokens, unique_tokens)
    return seen * (1 + repeat_decay * (1 - exp((1 - train_tokens / seen) / repeat_decay)))


@equation(
    "",
    r"\ell = E + A/N^\alpha + B/D'^\beta",
    HOFFMANN_2022.at("eq. 2"),
    falls="params effective_tokens",
)
def train_loss(params, effective_tokens, loss_law):
    """Loss at the end of training, in nats a token."""
    floor, a, b, alpha, beta = loss_law
    return floor + a / params**alpha + b / effective_tokens**beta


# ---- the best size
@equation(
    "",
    r"\left(\frac{\alpha A}{\beta B}\right)^{\frac{1}{\alpha+\beta}} (C/6)^{\frac{\beta}{\alpha+\beta}}",
    EQ4,
    rises="budget_flop",
)
def best_params(budget_flop, loss_law, mac_flop):
    """Parameters of least loss for a budget of training."""
    _, a, b, alpha, beta = loss_law
    work = budget_flop / ((1 + 2) * mac_flop)
    return (alpha * a / (beta * b) * work**beta) ** (1 / (alpha + beta))


@equation("", r"\left(\frac{\beta B}{\alpha A} N^\alpha\right)^{1/\beta}", EQ4, rises="best_params")
def best_tokens(best_params, loss_law):
    """Tokens on which a model of that size is trained best."""
    _, a, b, alpha, beta = loss_law
    return (beta * b / (alpha * a) * best_params**alpha) ** (1 / beta)


@equation(
    "",
    r"\sqrt{C/(6 r)}",
    HOFFMANN_2022.at("table 3"),
    rises="budget_flop",
    falls="tokens_per_param",
)
def overtrained_params(budget_flop, tokens_per_param, mac_flop):
    """Parameters that a budget trains at a chosen ratio of data to size; 20 is near the best, more trains too long."""
    return sqrt(budget_flop / ((1 + 2) * mac_flop * tokens_per_param))


# ---- the best size of a model that is also served
@equation("", r"\ell - E", EQ4, falls="best_params")
def excess_loss(best_params, loss_law):
    """Loss above the floor of the best training at that size: the quality to be matched."""
    _, a, _, alpha, beta = loss_law
    return a / best_params**alpha * (1 + alpha / beta)


ROUNDS = 6  # Newton's, from the optimum without serving or the one where serving is nearly all


@equation("", r"u = \frac{A N^{-\alpha}}{\ell - E}", SERVING, rises="served_tokens excess_loss")
def size_loss_share(excess_loss, served_tokens, loss_law):
    """Share of the excess that is left to the size where training and serving cost least, by its logit."""
    _, _, b, alpha, beta = loss_law
    start = log(beta / alpha)
    top = log(served_tokens / (1 + 2)) - log(b / excess_loss) / beta
    x = maximum(start, (start + top) / (1 + 1 / beta))
    for _ in range(ROUNDS):
        served = top - log1p(exp(x)) / beta
        slope = 1 + 1 / ((1 + exp(-served)) * (1 + exp(-x)) * beta)
        x = x - (x - start - log1p(exp(served))) / slope
    return 1 / (1 + exp(-x))


@equation("", r"N_s", SERVING, falls="excess_loss size_loss_share")
def best_params_served(excess_loss, size_loss_share, loss_law):
    """Parameters of the cheapest model of that quality, training and serving together."""
    _, a, _, alpha, _ = loss_law
    return (a / (excess_loss * size_loss_share)) ** (1 / alpha)


@equation("", r"D_s^*", SERVING, rises="size_loss_share", falls="excess_loss")
def best_tokens_served(excess_loss, size_loss_share, loss_law):
    """Tokens on which that model is trained."""
    _, _, b, _, beta = loss_law
    return (b / (excess_loss * (1 - size_loss_share))) ** (1 / beta)


@equation(
    "",
    r"1 - \frac{N_s(3D_s^* + D_s)}{N(3D + D_s)}",
    SERVING,
    rises="best_params best_tokens",
    falls="best_params_served best_tokens_served",
)
def served_saving_share(
    best_params, best_tokens, best_params_served, best_tokens_served, served_tokens
):
    """Operations of a model's life that the smaller size saves."""
    smaller = best_params_served * ((1 + 2) * best_tokens_served + served_tokens)
    return 1 - smaller / (best_params * ((1 + 2) * best_tokens + served_tokens))


# ---- batch
@equation("", r"S_{min}(1 + \mathcal{B}/B)", TRADE, rises="min_steps noise_scale", falls="batch")
def batch_steps(min_steps, noise_scale, batch):
    """Steps of training at a batch; at the noise scale, twice the least."""
    return min_steps * (1 + noise_scale / batch)


@equation("", r"S_{min}(B + \mathcal{B})", TRADE, rises="min_steps noise_scale batch")
def batch_samples(min_steps, noise_scale, batch):
    """Samples that training at a batch reads; at the noise scale, twice the least."""
    return min_steps * (batch + noise_scale)


FIT, TABLE_A3 = {"loss_fit": "hoffmann"}, HOFFMANN_2022.at("table A3, approach 3")
WIDE, RULE = {"best_params": 30e9, "served_tokens": 1e13}, {"tokens_per_param": 20.0}
EXAMPLE = SARDANA_2023.at("sec. 2, 30B quality and 10^13 tokens")
FIGURE, CHINCHILLA = SARDANA_2023.at("fig. 1"), HOFFMANN_2022.at("sec. 4: 70B, 1.4T tokens")
wall(
    11,
    "Complexity",
    "algorithm",
    "Which size and how much data does a budget buy?",
    belief="The largest model that a budget can train is the best one.",
    chart="isoflop",
    lab="vol1/09",
    paper=HOFFMANN_2022,
    verdicts=[Verdict("target", "train_loss", "loss")],
    symbols="best_params best_tokens train_loss overtrained_params best_params_served best_tokens_served "
    "served_saving_share effective_tokens run_flop batch_steps batch_samples",
    cases=[
        Case("best_tokens", {"best_params": 4e8}, FIT, 9.2e9, 0.01, TABLE_A3, "400M: 9.2B tokens"),
        Case("best_tokens", {"best_params": 1e9}, FIT, 27.1e9, 0.02, TABLE_A3, "1B: 27.1B tokens"),
        Case(
            "overtrained_params",
            {"budget_flop": 5.76e23, **RULE},
            {},
            70e9,
            0.02,
            CHINCHILLA,
            "Chinchilla 70B",
        ),
        Case("best_params_served", WIDE, FIT, 13.6e9, 0.005, EXAMPLE, "30B quality with 13.6B"),
        Case("served_saving_share", WIDE, FIT, 0.28, 0.01, EXAMPLE, "which saves 28 %"),
        Case(
            "served_saving_share",
            {"best_params": 13e9, "served_tokens": 2e12},
            FIT,
            0.17,
            0.04,
            FIGURE,
            "13B quality for 2 trillion tokens served: 17 % saved",
        ),
    ],
)
