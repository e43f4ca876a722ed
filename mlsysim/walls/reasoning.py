"""Wall 12, reasoning: what thinking longer, or more often, costs and buys."""

from __future__ import annotations

from ..core.elementwise import ceil, total, weighted
from ..core.graph import At, Paper, equation, table
from ..core.inputs import given
from .fragility import at_least
from .wall import Case, Verdict, wall

WEI_2022 = Paper(
    "Wei et al.",
    2022,
    "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models",
    "arXiv:2201.11903",
)
WANG_2022 = Paper(
    "Wang et al.",
    2022,
    "Self-Consistency Improves Chain of Thought Reasoning in Language Models",
    "arXiv:2203.11171",
)
BROWN_2024 = Paper(
    "Brown et al.",
    2024,
    "Large Language Monkeys: Scaling Inference Compute with Repeated Sampling",
    "arXiv:2407.21787",
)
COBBE_2021 = Paper(
    "Cobbe et al.", 2021, "Training Verifiers to Solve Math Word Problems", "arXiv:2110.14168"
)
DIETTERICH_2000 = Paper(
    "Dietterich", 2000, "Ensemble Methods in Machine Learning", "doi:10.1007/3-540-45014-9_1"
)
TAN_2005 = Paper("Tan, Steinbach and Kumar", 2005, "Introduction to Data Mining", "1st edition")
given("thought_tokens", "", r"o_t", "Tokens that a chain of thought writes before its answer")
given("chains", "", r"n_c", "Chains of thought sampled for one question")
given("pick_chance", "", r"v", "Chance that a verifier picks a right answer where there is one")
table(
    "questions",
    question_share=("", "Share of the questions that are of this difficulty"),
    right_chance=("", "Chance that one chain answers them right"),
)


# ---- what it costs
@equation("", r"o_c = o_t + o", WEI_2022.at("sec. 2"), rises="thought_tokens output_len")
def chain_len(thought_tokens, output_len):
    """Tokens that a chain writes: its thoughts, then the answer."""
    return thought_tokens + output_len


@equation("", r"n_c B", WANG_2022.at("sec. 2"), rises="chains batch")
def chain_batch(chains, batch):
    """Chains that are written together for all questions of a batch."""
    return chains * batch


@equation(
    "s",
    r"\mathrm{TPOT}_c",
    rises="tpot",
    tpot=At("tpot", output_len="chain_len", batch="chain_batch"),
)
def chain_tpot(tpot):
    """Time per token of a chain: its cache grows with every token, and every chain has its own."""
    return tpot


@equation("s", r"\mathrm{TTFT} + o_c\mathrm{TPOT}_c", rises="ttft chain_len chain_tpot")
def answer_time(ttft, chain_len, chain_tpot):
    """Time from a question to its answer; the chains are written side by side."""
    return ttft + chain_len * chain_tpot


@equation(
    "s",
    r"\frac{\mathrm{TTFT}}{B_p} + \frac{o_c\mathrm{TPOT}_c}{B}",
    rises="ttft chain_len chain_tpot",
    falls="prefill_batch batch",
)
def question_time(ttft, prefill_batch, chain_len, chain_tpot, batch):
    """Time of the whole system that one question takes; its prompt is read once for all chains."""
    return ttft / prefill_batch + chain_len * chain_tpot / batch


@equation(
    "USD", r"\mathrm{TCO}\,\frac{t_q}{x t}", rises="tco question_time", falls="duration utilisation"
)
def answer_cost(tco, question_time, duration, utilisation):
    """Cost of one answer, all its chains together."""
    return tco * question_time / (duration * utilisation)


@equation(
    "J",
    r"\frac{P_c t_q\,\mathrm{PUE}}{x}",
    rises="chain_power question_time pue",
    falls="utilisation",
    chain_power=At("it_power", output_len="chain_len", batch="chain_batch"),
)
def answer_energy(chain_power, question_time, pue, utilisation):
    """Energy of one answer, all its chains together, at the power of their decoding."""
    return chain_power * question_time * pue / utilisation


# ---- what it buys
@equation(
    "",
    r"\sum_{i=m}^{2m-1}\binom{2m-1}{i} p^i(1-p)^{2m-1-i},\ m = \lceil n/2\rceil",
    DIETTERICH_2000.at("sec. 1: binomial vote"),
    each="questions",
    rises="right_chance",
    valid="wrong chains all agree: the lower end of self-consistency",
)
def majority_chance(right_chance, chains):
    """Chance that more than half of the chains are right, ties broken at random."""
    half = ceil(chains / 2)
    return at_least(half, 2 * half - 1, right_chance)


@equation(
    "",
    r"1 - (1-p)^{n-1}(1 + (n-2)p)",
    WANG_2022.at("sec. 2: the most consistent answer"),
    each="questions",
    rises="right_chance chains",
    valid="wrong chains never agree: the upper end of self-consistency",
)
def consistent_chance(right_chance, chains):
    """Chance that two or more chains give the right answer, or that it wins a draw of single votes."""
    return 1 - (1 - right_chance) ** (chains - 1) * (1 + (chains - 2) * right_chance)


@equation(
    "",
    r"1 - (1-p)^n",
    BROWN_2024.at("sec. 2, coverage"),
    each="questions",
    rises="right_chance chains",
)
def coverage_chance(right_chance, chains):
    """Chance that at least one chain is right."""
    return 1 - (1 - right_chance) ** chains


@equation("", r"\frac{\sum_i x_i p_i}{\sum_i x_i}", rises="right_chance")
def single_share(right_chance, question_share):
    """Share of the questions that one chain answers right."""
    return weighted(right_chance, question_share) / total(question_share)


@equation("", r"\frac{\sum_i x_i P_i}{\sum_i x_i}", rises="majority_chance")
def majority_share(majority_chance, question_share):
    """Share of the questions that a majority of the chains answers right."""
    return weighted(majority_chance, question_share) / total(question_share)


@equation(
    "", r"\frac{\sum_i x_i P_i}{\sum_i x_i}", WANG_2022.at("sec. 3"), rises="consistent_chance"
)
def consistent_share(consistent_chance, question_share):
    """Share of the questions that the most common answer gets right if wrong answers scatter."""
    return weighted(consistent_chance, question_share) / total(question_share)


@equation(
    "",
    r"v\frac{\sum_i x_i c_i}{\sum_i x_i}",
    COBBE_2021.at("sec. 4.2: the highest-ranked of 100 samples"),
    rises="pick_chance coverage_chance",
)
def best_of_share(pick_chance, coverage_chance, question_share):
    """Share of the questions that the best of all chains, as a verifier picks it, gets right."""
    return pick_chance * weighted(coverage_chance, question_share) / total(question_share)


wall(
    12,
    "Reasoning",
    "algorithm",
    "What does thinking longer cost?",
    belief="Twice the thinking costs twice the time and makes half of the errors.",
    chart="reasoning",
    lab="vol1/13",
    paper=WEI_2022,
    verdicts=[Verdict("target", "answer_time", "time to the answer", "inference")],
    symbols="answer_time answer_energy answer_cost question_time chain_tpot majority_share consistent_share "
    "best_of_share single_share majority_chance consistent_chance coverage_chance",
    cases=[
        Case(
            "majority_share",
            {"questions": ((1.0, 0.7),), "chains": 21.0},
            {},
            1 - 0.026,
            0.0005,
            DIETTERICH_2000.at("fig. 1 and sec. 1"),
            "21 votes, each wrong with 0.3: 0.026 wrong",
        ),
        Case(
            "majority_share",
            {"questions": ((1.0, 0.65),), "chains": 25.0},
            {},
            1 - 0.06,
            0.001,
            TAN_2005.at("sec. 5.6.1"),
            "25 votes, each wrong with 0.35: 0.06 wrong",
        ),
    ],
)
