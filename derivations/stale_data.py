"""What stale parameters cost an asynchronous actor (row C5)."""

from derivations.actor_critic import weighted
from derivations.language.binders import ActionSum, Expectation, StateSum
from derivations.language.functionals import Advantage, StateLaw
from derivations.language.operators import AtOld, Gradient, Log
from derivations.language.statement import Derivation, equal, words
from derivations.language.terms import OLD, THETA, Pi, a, gamma, s, t
from derivations.notation import J_DISCOUNTED, SCORE, advantage_at, steps

STALE_DATA = Expectation(OLD, steps(gamma**t * SCORE * advantage_at(THETA, t)))


def over_pairs(policy, probability):
    """Σ_t γᵗ Σ_s Pr(s_t = s) Σ_a probability(a | s) ∇log π_θ(a | s) A(s, a)."""
    return steps(gamma**t * StateSum(s, StateLaw(policy, t, s) * in_state(probability)))


def in_state(probability):
    """Σ_a probability · ∇log π_θ(a | s) A_t(s, a)."""
    score = Gradient(Log(Pi(THETA, a, s)))
    return ActionSum(a, probability * score * Advantage(THETA, gamma, s, a, t))


STALE = Derivation(
    name="stale-data-bias",
    rows=("C5",),
    title=words("The bias of data from stale parameters", "用过时参数采集的数据带来的偏差"),
    setting=words(
        "An asynchronous worker acts with θ_old while the parameters are already θ; its steps are "
        "used as if π_θ had taken them. Even the exact advantage does not help.",
        "异步工作者以 θ_old 行动, 而参数已更新为 θ; 其数据被当作 π_θ 所采集。"
        "即使优势完全准确也无济于事。",
    ),
    start=STALE_DATA - Gradient(J_DISCOUNTED),
    lines=(
        equal(
            STALE_DATA - weighted(advantage_at(THETA, t)),
            "The advantage form of the policy gradient.",
            "优势函数形式的策略梯度。",
            uses=("policy-gradient-advantage-form",),
        ),
        equal(
            over_pairs(OLD, Pi(OLD, a, s)) - over_pairs(THETA, Pi(THETA, a, s)),
            "A step depends on s_t and a_t only: sum over states and actions.",
            "每一步只依赖 s_t 与 a_t: 对状态与动作求和。",
        ),
        equal(
            over_pairs(OLD, Pi(OLD, a, s) - Pi(THETA, a, s))
            + steps(
                gamma**t
                * StateSum(
                    s,
                    (StateLaw(OLD, t, s) - StateLaw(THETA, t, s)) * in_state(Pi(THETA, a, s)),
                )
            ),
            "Two faults: other actions in the same state, and other states. Importance weights of "
            "single actions mend the first only.",
            "两处错误: 同一状态下的动作不同, 以及所处的状态不同。单步重要性权重只修正前者。",
        ),
    ),
)

STALE_GRADIENT = Derivation(
    name="stale-gradient",
    rows=("C5",),
    title=words(
        "A gradient that was computed with stale parameters is the gradient elsewhere",
        "用过时参数计算的梯度是别处的梯度",
    ),
    setting=words(
        "Here the score and the advantage are those of θ_old, too, as in A3C: the step that is "
        "taken at θ is the gradient of θ_old.",
        "此处得分与优势亦取自 θ_old, 如 A3C: 在 θ 处所走的一步是 θ_old 处的梯度。",
    ),
    start=Expectation(OLD, steps(gamma**t * AtOld(SCORE) * advantage_at(OLD, t)))
    - Gradient(J_DISCOUNTED),
    lines=(
        equal(
            AtOld(weighted(advantage_at(THETA, t))) - Gradient(J_DISCOUNTED),
            "Trajectories, score and advantage are all those of θ_old.",
            "轨迹, 得分与优势全都取自 θ_old。",
        ),
        equal(
            AtOld(Gradient(J_DISCOUNTED)) - Gradient(J_DISCOUNTED),
            "The advantage form of the policy gradient, at θ_old.",
            "θ_old 处优势函数形式的策略梯度。",
            uses=("policy-gradient-advantage-form",),
        ),
    ),
)

RESULTS = (STALE, STALE_GRADIENT)
