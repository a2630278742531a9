"""What chapters are called and how they open: in English by their files, in Chinese here."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType

CHINESE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "values": ("价值函数", "有限时域的价值函数: 其含义与贝尔曼方程 (C1)。"),
        "trajectories": ("轨迹", "轨迹的概率、得分函数与期望奖励 (A1 至 A5)。"),
        "policy_gradient": ("策略梯度", "有限时域的策略梯度及其各种形式 (A4, A7, A9, A10)。"),
        "monte_carlo": ("蒙特卡洛估计", "蒙特卡洛梯度的均值, 以及取平均对方差的作用 (A8)。"),
        "policy_gradient_forever": (
            "策略梯度: 无限时域",
            "折扣无限时域的策略梯度定理 (A9)。",
        ),
        "baselines": ("基线与方差", "基线与剩余回报: 哪些改动不影响梯度的均值 (B1 至 B5)。"),
        "advantages": (
            "优势函数",
            "时序差分与广义优势估计 (C3, C4)。若结果只涉及求和, 则 δ、r、v 为任意序列: "
            "对任何评论家与任何批次都成立。",
        ),
        "actor_critic": (
            "演员-评论家",
            "错误的评论家与陈旧的参数使演员付出的代价 (C5, E9)。v 为任意评论家, 其误差为 v − V。"
            "T 步之后 V_T 为零, v_T 则由评论家给出: 回合结束处为零。",
        ),
        "stale_data": ("陈旧数据", "陈旧参数使异步演员付出的代价 (C5)。"),
        "importance_sampling": (
            "重要性采样",
            "有限分布上与轨迹上的重要性采样 (D1 至 D4, E1)。",
        ),
        "gaussian_weights": (
            "高斯权重",
            "两个高斯分布之间的重要性权重: 均值、方差, 以及方差在何处为无穷 (D2)。"
            "p = N(m, v), q = N(n, w), 方差为 v 与 w; 权重的二阶矩有限当且仅当 v < 2w。",
        ),
        "surrogates": ("替代目标", "替代目标与性能差 (D5, D6)。"),
        "trust_region": (
            "信赖域",
            "替代目标的梯度、惩罚项的梯度与 TRPO 的步 (E1, E2, E4)。替代目标对步取平均, 无折扣; "
            "优势属于采样策略, 梯度不经过它们。",
        ),
        "damping": (
            "阻尼",
            "TRPO 实际所走的步, 其 Fisher 矩阵带阻尼 (E2)。对任何表格 softmax, F 都是奇异的, "
            "共轭梯度也希望它条件良好: 求解的是 (F + cI)ξ = g, c > 0 为常数, "
            "步长也用 F + cI 度量。",
        ),
        "policy_improvement": (
            "策略改进",
            "贪心策略在每个状态下都不更差 (C6)。π_old 为任意策略, π_greedy 在每个状态取其 Q 最大的"
            "动作。完全可观测。无限时域时策略是平稳的; 只有 T 步时贪心策略依赖时间。",
        ),
        "aliasing": (
            "感知混叠",
            "两个看起来相同的状态: 确定性策略做不到什么 (C7)。吸尘器走廊有五格, 污物在中间, "
            "每步代价为一, 撞墙不动。吸尘器只看得见两端的墙: 1 号格与 3 号格看起来相同, "
            "却需要相反的动作。清扫即结束回合, 回合从 1 或 3 开始。",
        ),
        "state_distance": (
            "状态分布的距离",
            "两个策略的状态分布相差多少, 以及替代目标因此剩下什么 (D5, E2)。一切都以 "
            "Σ_a |π_old(a|s) − π_θ(a|s)| 为界, 即某状态下两策略全变差的两倍。",
        ),
        "improvement_bounds": (
            "改进的下界",
            "真实的改进最多比替代目标的改进少多少 (E2)。γ < 1, 无限时域, 折扣占据度: "
            "取旧策略占据度下的平均全变差, 或所有状态上最大的 KL, 而非批次的平均 KL。",
        ),
        "fisher": (
            "Fisher 信息矩阵",
            "KL 在两策略相等处的曲率即 Fisher 矩阵 (E1)。∇ 与 ∇² 为沿 θ 的任一方向 u 的导数: "
            "对每个 u 有 uᵀ∇²KL u = uᵀFu, 两个对称矩阵因此相等。",
        ),
        "ppo": (
            "PPO",
            "PPO 的截断目标, 逐情形讨论 (E5)。r 为比值 π_θ(a|s)/π_old(a|s), 可以是 θ 的任意正值"
            "可微函数; A 为任意实数, 0 < ε < 1。结论对每个样本的每一步成立。",
        ),
        "penalty": (
            "惩罚与信赖域",
            "乘子在何处存在, 在何处不存在 (E3, E4)。在策略空间中增益是线性的, KL 是凸的: 某个 β 使"
            "惩罚问题与信赖域问题有相同的最大点。在参数空间中只共有一个驻点。",
        ),
        "adaptive_penalty": (
            "自适应惩罚",
            "PPO 自适应惩罚的动态 (E4)。上一步的 KL d 低于 d_targ/1.5 时 β 减半, 高于 "
            "1.5 d_targ 时加倍。此处 β 加倍使 KL 除以 q, 减半则乘以 q; "
            "对线性增益减 β 倍二次 KL 的最大点, q = 4。",
        ),
        "combined_objective": (
            "组合目标",
            "PPO 的组合目标及各项符号 (E7)。最大化 L^{CLIP+VF+S} = L^CLIP − c₁ (V − V^targ)² + "
            "c₂ S[π]: V 与 π 是同一 θ 的函数, r 为概率比, 优势与 V^targ 为常数。",
        ),
    }
)
"""Chapter -> its title, and what it is about."""


def chapter_title(chapter: str, language: str) -> str:
    """A chapter's name for the reader; in English that of its file."""
    if language == "zh":
        return CHINESE[chapter][0]
    english = chapter.replace("_", " ").replace("ppo", "PPO")
    return english[0].upper() + english[1:]


def chapter_opening(chapter: str, language: str) -> str:
    """What a chapter is about; in English what its file says of itself."""
    if language == "zh":
        return CHINESE[chapter][1]
    return (importlib.import_module(f"derivations.{chapter}").__doc__ or "").strip()
