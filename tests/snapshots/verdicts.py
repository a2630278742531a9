"""One fixed verdict for each outcome, made by hand: what is tested is how they are printed."""

from rlcheck.verdict import ClipPoint, Coverage, Finding, Outcome, PropertyResult, Suspect, Verdict

_GRADIENT = "The expected gradient is that of the clipped surrogate."
_ORDER = "The order of rollouts changes nothing."
_BOUND = "The surrogate is a lower bound of the unclipped one."

_COVERAGE = Coverage(
    state_action_time=1.0,
    regions={"A>0 inside": 31, "A>0 above": 12, "A<0 inside": 28, "A<0 below": 0},
    boundaries={"terminated": 9, "truncated": 4},
    left_out=("A<0 below",),
)

CONSISTENT = Verdict(
    subject="my_ppo.py:loss",
    claim="ppo-clip",
    outcome=Outcome.CONSISTENT,
    properties=(
        PropertyResult(id="gradient", sentence=_GRADIENT, error=3.1e-17, floor=2.4e-13, scale=0.41),
        PropertyResult(id="rollout-order", sentence=_ORDER, judge="structural", error=0.0),
        PropertyResult(
            id="lower-bound", sentence=_BOUND, status="skipped", reason="dual clip is asked for"
        ),
    ),
    coverage=_COVERAGE,
    routes=("tap",),
    assumed={"clip_eps": 0.2},
    not_tried=(("padding", "the subject asks for no mask"),),
    placebo={"reference": "consistent", "planted": "biased"},
    seconds=0.84,
)

CONVENTION = Verdict(
    subject="baseline.py:actor_critic",
    claim="actor-critic",
    outcome=Outcome.CONVENTION,
    properties=(
        PropertyResult(
            id="gradient",
            sentence="The expected gradient is that of J.",
            status="failed",
            error=0.31,
            floor=2e-13,
            scale=1.2,
            reason="reproduced by conventions",
        ),
    ),
    conventions=("discount-dropped", "sum-for-mean"),
    suspects=(
        Suspect(
            id="discount-dropped",
            kind="convention",
            sentence="Every step has weight one where the policy gradient theorem has γᵗ.",
            error=0.0,
        ),
        Suspect(
            id="sum-for-mean",
            kind="convention",
            sentence="The loss is a sum over steps, not a mean.",
            error=0.0,
        ),
    ),
    routes=("tap", "rollout by rollout"),
    seconds=1.5,
)

BIASED = Verdict(
    subject="my_ppo.py:loss",
    claim="ppo-clip",
    outcome=Outcome.BIASED,
    properties=(
        PropertyResult(
            id="gradient",
            sentence=_GRADIENT,
            status="failed",
            judge="same batch",
            error=0.173,
            floor=2.4e-13,
            scale=0.41,
        ),
        PropertyResult(id="rollout-order", sentence=_ORDER, judge="structural", error=0.0),
        PropertyResult(
            id="nan-in-padding",
            sentence="A masked slot filled with NaN changes nothing.",
            status="noted",
            judge="structural",
            reason="NaN passes a multiplication by zero",
        ),
    ),
    conventions=("sum-for-mean",),
    suspects=(
        Suspect(
            id="max-for-min",
            sentence="Takes the larger of the clipped and the unclipped surrogate.",
            threads=("https://example.org/thread/1", "https://example.org/thread/2"),
            conventions=("sum-for-mean",),
            error=1.2e-16,
        ),
        Suspect(id="clip-one-sided", sentence="Clips the ratio from above only.", error=0.08),
    ),
    finding=Finding(
        property="gradient",
        coordinate="weight[0, 1]",
        exact=-0.125,
        found=0.0481237,
        where=((0, 0, 1, 0.1731237), (1, 0, 0, -1e-05)),
        world={
            "name": "two-state chain",
            "gamma": 0.9,
            "transitions": [[[0.5, 0.5], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]],
            "rewards": [[[0.0, 1.0], [0.0, -1.0]], [[0.0, 0.0], [0.0, 0.0]]],
        },
        replay="v1.ppo-clip.7.a3f9",
        n_states=2,
        horizon=2,
        n_rollouts=8,
    ),
    clip_points=(
        ClipPoint(ratio=0.5, advantage=1.5, clip_eps=0.2, due=0.75, found=0.75, is_right=True),
        ClipPoint(ratio=1.5, advantage=2.0, clip_eps=0.2, due=0.0, found=3.0, is_right=False),
        ClipPoint(ratio=0.9, advantage=-1.0, clip_eps=0.2, due=-0.9, found=-0.9, is_right=True),
    ),
    coverage=_COVERAGE,
    routes=("tap",),
    assumed={"clip_eps": 0.2},
    notes=("The subject computes in float32 inside.",),
    printed="loss: 0.3 [bold]\n",
    placebo={"reference": "consistent", "planted": "biased"},
    seconds=4.2,
)

RAISED = Verdict(
    subject="my_ppo.py:loss",
    claim="ppo-clip",
    outcome=Outcome.BIASED,
    error="It raised RuntimeError: shapes [3, 4] and [4, 3] do not fit. Try layout='BT'.",
)

INCONCLUSIVE = Verdict(
    subject="agents.py:Agent",
    claim="a2c-loss",
    outcome=Outcome.INCONCLUSIVE,
    properties=(
        PropertyResult(
            id="gradient",
            sentence="The gradient is that of the sum of the three losses.",
            status="skipped",
            reason="the subject shuffles rollouts and needs more than 5000 calls",
        ),
        PropertyResult(id="repeatable", judge="structural", error=0.0, floor=1e-15),
    ),
    routes=("same batch",),
    grade="numerical",
)

NOT_REPRODUCIBLE = Verdict(
    subject="noisy.py:loss",
    claim="reinforce",
    outcome=Outcome.NOT_REPRODUCIBLE,
    properties=(
        PropertyResult(
            id="repeatable",
            sentence="Two identical calls agree.",
            status="failed",
            judge="structural",
            error=0.02,
            floor=1e-15,
        ),
    ),
)

ALL = {
    "consistent": CONSISTENT,
    "convention": CONVENTION,
    "biased": BIASED,
    "raised": RAISED,
    "inconclusive": INCONCLUSIVE,
    "not-reproducible": NOT_REPRODUCIBLE,
}
