"""Wall 20, safety: what privacy, fairness, robustness and audits cost."""

from __future__ import annotations

from math import comb

from ..core.elementwise import exp, expm1, log, log1p, minimum, sqrt, total
from ..core.graph import Paper, constant, equation, option
from ..core.inputs import given
from .wall import Case, Verdict, wall

DWORK_2014 = Paper(
    "Dwork and Roth",
    2014,
    "The Algorithmic Foundations of Differential Privacy",
    "doi:10.1561/0400000042",
)
KAIROUZ_2015 = Paper(
    "Kairouz, Oh and Viswanath",
    2015,
    "The Composition Theorem for Differential Privacy",
    "arXiv:1311.0776",
)
ABADI_2016 = Paper(
    "Abadi et al.", 2016, "Deep Learning with Differential Privacy", "arXiv:1607.00133"
)
MIRONOV_2017 = Paper("Mironov", 2017, "Rényi Differential Privacy", "arXiv:1702.07476")
MIRONOV_2019 = Paper(
    "Mironov, Talwar and Zhang",
    2019,
    "Rényi Differential Privacy of the Sampled Gaussian Mechanism",
    "arXiv:1908.10530",
)
TF_PRIVACY = Paper(
    "TensorFlow Privacy authors",
    2023,
    "TensorFlow Privacy tutorials",
    "GitHub tensorflow/privacy @047e1ee, tutorials/README.md",
)
CHOULDECHOVA_2017 = Paper(
    "Chouldechova",
    2017,
    "Fair Prediction with Disparate Impact: Bias in Recidivism Prediction Instruments",
    "arXiv:1703.00056",
)
PROPUBLICA_2016 = Paper(
    "Larson et al.",
    2016,
    "How We Analyzed the COMPAS Recidivism Algorithm",
    "GitHub propublica/compas-analysis, Compas Analysis.ipynb",
)
MADRY_2018 = Paper(
    "Madry et al.",
    2018,
    "Towards Deep Learning Models Resistant to Adversarial Attacks",
    "arXiv:1706.06083",
)
HOEFFDING_1963 = Paper(
    "Hoeffding",
    1963,
    "Probability Inequalities for Sums of Bounded Random Variables",
    "doi:10.1080/01621459.1963.10500830",
)
GAUSS, PARITY = DWORK_2014.at("th. A.1, epsilon below 1"), CHOULDECHOVA_2017.at("eq. 2.6")
given("epsilon", "", r"\epsilon", "Privacy that one release may cost: log of the odds it may shift")
given("leak_chance", "", r"\delta", "Chance that the bound on privacy does not hold")
given("query_reach", "", r"\Delta", "Most that one person changes what is released")
given("noise_multiplier", "", r"\sigma", "Deviation of the noise over the reach of one sample")
given("sampling_share", "", r"q", "Chance of a sample to be in a batch")
given("releases", "", r"k", "Releases, or steps of training")
given("private_slowdown", "", r"s_p", "Measured time of a private step over a plain one")
given("private_accuracy_share", "", r"q_p", "Measured accuracy of the private model")
given("base_share", "", r"p", "Share of a group that is positive")
given("precision_share", "", r"\mathrm{PPV}", "Share of those flagged that are positive")
given("miss_chance", "", r"\mathrm{FNR}", "Chance of a positive not to be flagged")
given("other_base_share", "", r"p'", "Share of a second group that is positive")
given("attack_steps", "", r"k_a", "Gradient steps that find an attack")
given("audit_groups", "", r"G", "Groups for which an audit states a rate")
given("audit_margin_share", "", r"m", "Error that a stated rate may have")
given("audit_risk_chance", "", r"\alpha", "Chance that one stated rate is off by more")
given("explain_steps", "", r"k_e", "Points on the path from a blank input to the input explained")
option("composition", "basic", "advanced", "renyi", "sampled")
constant("gaussian_factor", 1.25, "", r"5/4", GAUSS, "Factor of the Gaussian mechanism")

#: Orders of the Rényi divergence: one more than Abadi's moments, of which 32 are enough.
ORDERS = range(2, 34)


# ---- noise
@equation(
    "", r"b = \Delta/\epsilon", DWORK_2014.at("def. 3.3"), rises="query_reach", falls="epsilon"
)
def laplace_noise(query_reach, epsilon):
    """Scale of the Laplace noise that makes a release private."""
    return query_reach / epsilon


@equation(
    "",
    r"\frac{\Delta}{\epsilon}\sqrt{2\ln\frac{5}{4\delta}}",
    GAUSS,
    rises="query_reach",
    falls="epsilon leak_chance",
)
def gaussian_noise(query_reach, epsilon, leak_chance, gaussian_factor):
    """Deviation of the Gaussian noise that makes a release private up to a small chance."""
    return query_reach * sqrt(2 * log(gaussian_factor / leak_chance)) / epsilon


# ---- what many releases cost together
@equation(
    "", r"k\epsilon", DWORK_2014.at("cor. 3.15"), when="composition=basic", rises="epsilon releases"
)
def spent_epsilon(epsilon, releases):
    """Privacy that all releases cost: the sum."""
    return releases * epsilon


@equation(
    "",
    r"k\epsilon\frac{e^\epsilon - 1}{e^\epsilon + 1} + \epsilon\sqrt{2k\ln(1/\delta)}",
    KAIROUZ_2015.at("th. 3.4"),
    when="composition=advanced",
    rises="epsilon releases",
    falls="leak_chance",
)
def spent_epsilon(epsilon, releases, leak_chance):
    """Privacy that all releases cost together, up to a small chance; useful when each costs little."""
    drift = releases * -expm1(-epsilon) / (1 + exp(-epsilon))
    return epsilon * (drift + sqrt(2 * releases * -log(leak_chance)))


@equation(
    "",
    r"\frac{k}{2\sigma^2} + \frac{\sqrt{2k\ln(1/\delta)}}{\sigma}",
    MIRONOV_2017.at("prop. 3 and cor. 3, at the best order"),
    when="composition=renyi",
    rises="releases",
    falls="noise_multiplier leak_chance",
)
def spent_epsilon(releases, noise_multiplier, leak_chance):
    """Privacy that releases with Gaussian noise cost together."""
    spread = sqrt(releases) / noise_multiplier
    return spread**2 / 2 + spread * sqrt(2 * -log(leak_chance))


def _divergence(sampling_share, noise_multiplier, order):
    """Rényi divergence of one step on a random batch (Mironov 2019, eq. 6), less 1 inside the logarithm."""
    rest = total(
        comb(order, k)
        * (1 - sampling_share) ** (order - k)
        * sampling_share**k
        * expm1(k * (k - 1) / (2 * noise_multiplier**2))
        for k in range(2, order + 1)
    )
    return log1p(rest) / (order - 1)


@equation(
    "",
    r"\min_\alpha\; k D_\alpha(q, \sigma) + \frac{\ln(1/\delta)}{\alpha - 1}",
    MIRONOV_2019.at("eq. 6; Abadi 2016, th. 2"),
    when="composition=sampled",
    rises="releases sampling_share",
    falls="noise_multiplier leak_chance",
)
def spent_epsilon(releases, sampling_share, noise_multiplier, leak_chance):
    """Privacy that training with DP-SGD costs: noise on the clipped gradients of random batches."""
    best = None
    for order in ORDERS:
        step = _divergence(sampling_share, noise_multiplier, order)
        spent = releases * step - log(leak_chance) / (order - 1)
        best = spent if best is None else minimum(best, spent)
    return best


# ---- what private training costs, as measured
@equation("s", r"s_p T", rises="step_time private_slowdown")
def private_step_time(step_time, private_slowdown):
    """One private step: a gradient for every sample is the price, whatever epsilon is."""
    return step_time * private_slowdown


@equation("byte", r"b N w_g", ABADI_2016.at("alg. 1"), rises="microbatch params gradient_width")
def sample_gradient_bytes(microbatch, params, gradient_width):
    """Gradients of all samples of a micro-batch, which are clipped one by one."""
    return microbatch * params * gradient_width


@equation("", r"q_p/q", rises="private_accuracy_share", falls="accuracy_share")
def accuracy_kept_share(private_accuracy_share, accuracy_share):
    """Share of the accuracy that private training keeps."""
    return private_accuracy_share / accuracy_share


# ---- fairness
@equation(
    "",
    r"\frac{p}{1-p}\frac{1-\mathrm{PPV}}{\mathrm{PPV}}(1-\mathrm{FNR})",
    PARITY,
    rises="base_share",
    falls="precision_share miss_chance",
)
def false_positive_chance(base_share, precision_share, miss_chance):
    """Chance of a negative to be flagged: fixed by the other rates, so groups that differ cannot share them all."""
    odds = base_share / (1 - base_share) * (1 - precision_share) / precision_share
    return odds * (1 - miss_chance)


@equation("", r"\frac{p(1-p')}{p'(1-p)}", PARITY, rises="base_share", falls="other_base_share")
def false_positive_ratio(base_share, other_base_share):
    """False positives of a group over those of a second, when both have equal precision and misses."""
    return base_share / (1 - base_share) * (1 - other_base_share) / other_base_share


@equation(
    "",
    r"\frac{p(1-\mathrm{FNR})}{\mathrm{PPV}}",
    PARITY,
    rises="base_share",
    falls="precision_share miss_chance",
)
def flagged_share(base_share, precision_share, miss_chance):
    """Share of a group that is flagged: parity of it, too, needs equal groups or unequal errors."""
    return base_share * (1 - miss_chance) / precision_share


# ---- robustness, audits, explanations
@equation("s", r"(1 + k_a)T", MADRY_2018.at("sec. 2.1"), rises="step_time attack_steps")
def robust_step_time(step_time, attack_steps):
    """One step of adversarial training: each step of the attack runs the model forward and back."""
    return step_time * (1 + attack_steps)


@equation(
    "",
    r"G\frac{\ln(2/\alpha)}{2m^2}",
    HOEFFDING_1963.at("th. 1"),
    rises="audit_groups",
    falls="audit_margin_share audit_risk_chance",
)
def audit_samples(audit_groups, audit_margin_share, audit_risk_chance):
    """Samples that an audit must run to state a rate for every group."""
    return audit_groups * log(2 / audit_risk_chance) / (2 * audit_margin_share**2)


@equation("USD", r"n_a c_s", rises="audit_samples sample_cost")
def audit_cost(audit_samples, sample_cost):
    """Cost of the runs of an audit."""
    return audit_samples * sample_cost


@equation("flop", r"2 k_e W", rises="explain_steps pass_flop")
def explain_flop(explain_steps, pass_flop):
    """Operations of one explanation by integrated gradients: forward, and back to the input, at every point."""
    return 2 * explain_steps * pass_flop


SAMPLED, EPOCH = {"composition": "sampled"}, 60000 / 256
ABADI = {"sampling_share": 0.01, "noise_multiplier": 4.0, "releases": 1e4, "leak_chance": 1e-5}
MNIST = {"sampling_share": 1 / EPOCH, "noise_multiplier": 1.12, "releases": 60 * EPOCH}
BLACK = {"base_share": 0.51, "precision_share": 0.63, "miss_chance": 0.2799}
WHITE = {"base_share": 0.39, "precision_share": 0.59, "miss_chance": 0.4772}
COUNTS, ROW = PROPUBLICA_2016.at("contingency tables"), TF_PRIVACY.at("sample parameters, row 1")
MOMENTS = ABADI_2016.at("sec. 5.1: q 0.01, sigma 4, 10,000 steps")
wall(
    20,
    "Safety",
    "operations",
    "What do privacy and fairness cost?",
    belief="A model that is right equally often about every group is fair to all of them.",
    chart="privacy",
    lab="vol2/13",
    paper=ABADI_2016,
    verdicts=[
        Verdict("target", "spent_epsilon", "privacy spent"),
        Verdict("loss", "accuracy_kept_share", "accuracy that private training keeps"),
    ],
    symbols="spent_epsilon laplace_noise gaussian_noise private_step_time sample_gradient_bytes accuracy_kept_share "
    "false_positive_chance false_positive_ratio flagged_share robust_step_time audit_samples audit_cost explain_flop",
    cases=[
        Case("spent_epsilon", ABADI, SAMPLED, 1.26, 0.005, MOMENTS, "100 epochs of DP-SGD"),
        Case(
            "spent_epsilon",
            {**MNIST, "leak_chance": 1e-5},
            SAMPLED,
            2.92,
            0.005,
            ROW,
            "MNIST, 60 epochs",
        ),
        Case("false_positive_chance", BLACK, {}, 0.4485, 0.02, COUNTS, "COMPAS, black defendants"),
        Case("false_positive_chance", WHITE, {}, 0.2345, 0.02, COUNTS, "COMPAS, white defendants"),
    ],
)
