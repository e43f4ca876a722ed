"""The sources of equations, each named once."""

from __future__ import annotations

from .core import inputs as inputs  # the symbols of a scenario are declared before the equations
from .core.graph import Paper

VASWANI_2017 = Paper("Vaswani et al.", 2017, "Attention Is All You Need", "arXiv:1706.03762")
SHAZEER_2017 = Paper(
    "Shazeer et al.",
    2017,
    "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer",
    "arXiv:1701.06538",
)
DEEPSEEK_V2 = Paper("DeepSeek-AI", 2024, "DeepSeek-V2", "arXiv:2405.04434")
KAPLAN_2020 = Paper(
    "Kaplan et al.", 2020, "Scaling Laws for Neural Language Models", "arXiv:2001.08361"
)
WILLIAMS_2009 = Paper(
    "Williams, Waterman and Patterson",
    2009,
    "Roofline: An Insightful Visual Performance Model",
    "doi:10.1145/1498765.1498785",
)
CHOWDHERY_2022 = Paper(
    "Chowdhery et al.", 2022, "PaLM: Scaling Language Modeling with Pathways", "arXiv:2204.02311"
)
KORTHIKANTI_2022 = Paper(
    "Korthikanti et al.",
    2022,
    "Reducing Activation Recomputation in Large Transformer Models",
    "arXiv:2205.05198",
)
RAJBHANDARI_2020 = Paper(
    "Rajbhandari et al.",
    2020,
    "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models",
    "arXiv:1910.02054",
)
NARAYANAN_2021 = Paper(
    "Narayanan et al.",
    2021,
    "Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM",
    "arXiv:2104.04473",
)
SHOEYBI_2019 = Paper(
    "Shoeybi et al.",
    2019,
    "Megatron-LM: Training Multi-Billion Parameter Language Models",
    "arXiv:1909.08053",
)
HUANG_2019 = Paper(
    "Huang et al.", 2019, "GPipe: Efficient Training of Giant Neural Networks", "arXiv:1811.06965"
)
POPE_2023 = Paper(
    "Pope et al.", 2023, "Efficiently Scaling Transformer Inference", "arXiv:2211.05102"
)
THAKUR_2005 = Paper(
    "Thakur, Rabenseifner and Gropp",
    2005,
    "Optimization of Collective Communication Operations in MPICH",
    "doi:10.1177/1094342005051521",
)
PATARASUK_2009 = Paper(
    "Patarasuk and Yuan",
    2009,
    "Bandwidth Optimal All-reduce Algorithms for Clusters of Workstations",
    "doi:10.1016/j.jpdc.2008.09.002",
)
GU_2023 = Paper(
    "Gu and Dao",
    2023,
    "Mamba: Linear-Time Sequence Modeling with Selective State Spaces",
    "arXiv:2312.00752",
)
NAUMOV_2019 = Paper(
    "Naumov et al.",
    2019,
    "Deep Learning Recommendation Model for Personalization and Recommendation Systems",
    "arXiv:1906.00091",
)
HO_2020 = Paper(
    "Ho, Jain and Abbeel", 2020, "Denoising Diffusion Probabilistic Models", "arXiv:2006.11239"
)
HO_2022 = Paper("Ho and Salimans", 2022, "Classifier-Free Diffusion Guidance", "arXiv:2207.12598")
SZE_2017 = Paper(
    "Sze et al.", 2017, "Efficient Processing of Deep Neural Networks", "arXiv:1703.09039"
)
BARROSO_2018 = Paper(
    "Barroso, Hölzle and Ranganathan",
    2018,
    "The Datacenter as a Computer, 3rd edition",
    "doi:10.2200/S00874ED3V01Y201809CAC046",
)
PATTERSON_2021 = Paper(
    "Patterson et al.",
    2021,
    "Carbon Emissions and Large Neural Network Training",
    "arXiv:2104.10350",
)
GREEN_GRID_2011 = Paper("The Green Grid", 2011, "Water Usage Effectiveness (WUE)", "white paper 35")
GUPTA_2022 = Paper(
    "Gupta et al.",
    2022,
    "ACT: Designing Sustainable Computer Systems with an Architectural Carbon Modeling Tool",
    "doi:10.1145/3470496.3527408",
)
ML_ENERGY_2025 = Paper("Chung et al.", 2025, "The ML.ENERGY Benchmark", "arXiv:2505.06371")
AICONFIGURATOR = Paper(
    "NVIDIA", 2026, "Measured kernel tables of aiconfigurator 0.12.0", "Apache-2.0 package data"
)
MLSYSIM_FIT = Paper(
    "mlsysim", 2026, "Fits to the published measurements of the package", "mlsysim/validation"
)
FIELD = Paper("Convention of the field", 2026, "1 MAC is 2 FLOP")
BROWN_2020 = Paper(
    "Brown et al.", 2020, "Language Models are Few-Shot Learners", "arXiv:2005.14165"
)
MOSAIC_2023 = Paper(
    "MosaicML",
    2023,
    "LLM Foundry: MPT training benchmarks",
    "GitHub mosaicml/llm-foundry @8c8dd48, scripts/train/benchmarking/README.md",
)
DGX_H100_GUIDE = Paper("NVIDIA", 2023, "DGX H100 user guide", "introduction-to-dgxh100")
LLAMA3_2024 = Paper("Grattafiori et al.", 2024, "The Llama 3 Herd of Models", "arXiv:2407.21783")
LLAMA_CARD = Paper("Meta", 2024, "Llama 3.1 model card", "GitHub meta-llama/llama-models")
LLAMA1_2023 = Paper(
    "Touvron et al.",
    2023,
    "LLaMA: Open and Efficient Foundation Language Models",
    "arXiv:2302.13971",
)
DEEPSEEK_V3 = Paper("DeepSeek-AI", 2024, "DeepSeek-V3 Technical Report", "arXiv:2412.19437")
MLPERF_TINY = Paper("Banbury et al.", 2021, "MLPerf Tiny Benchmark", "arXiv:2106.07597")
LEVIATHAN_2023 = Paper(
    "Leviathan, Kalman and Matias",
    2023,
    "Fast Inference from Transformers via Speculative Decoding",
    "arXiv:2211.17192",
)
STRUBELL_2019 = Paper(
    "Strubell, Ganesh and McCallum",
    2019,
    "Energy and Policy Considerations for Deep Learning in NLP",
    "arXiv:1906.02243",
)
INSIGHTS_2025 = Paper(
    "Zhao et al.", 2025, "Insights into DeepSeek-V3: Scaling Challenges", "arXiv:2505.09343"
)
ALLEN_1990 = Paper(
    "Allen",
    1990,
    "Probability, Statistics, and Queueing Theory, 2nd edition",
    "ISBN 978-0-12-051051-1",
)
HILLIER_2010 = Paper(
    "Hillier and Lieberman", 2010, "Introduction to Operations Research, 9th ed.", "McGraw-Hill"
)
