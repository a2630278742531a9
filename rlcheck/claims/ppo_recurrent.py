"""`ppo-recurrent`: PPO's whole loss for a policy with a memory, on segments.

    h_t = step(o_t, (1 - start_t) h_{t-1}),   ratio_t = pi(a_t | h_t) / pi_old(a_t | history),
    L = mean over steps of -min(ratio A, clip(ratio) A) + c_1 (V(h_t) - R)^2 - c_2 H(pi(. | h_t))

with h_{-1} the state that was carried into the segment, a number and no function of the parameters:
backpropagation through time is truncated where the segment begins, and nowhere else but where an
episode does. `policy` is then (obs, state, starts) -> (law, state), `value_fn` the same -> V, and
`agent` has CleanRL's recurrent form (`rlcheck.subjects.recurrent`).
"""

from collections.abc import Callable

from torch import Tensor

from rlcheck.claims import cpi, entropy_bonus, ppo_loss
from rlcheck.claims._shared import CLIP, COEFFICIENTS, GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.memory_truth import MemoryTruth
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    CLIPPED_SURROGATE,
    ENTROPY,
    MEAN_OVER_STEPS,
    MEMORY,
    NORMALISATION,
    RATIO,
    VALUE,
    Workspace,
)
from rlcheck.variants.memory import remembering


def _with_memory(term: Term) -> Term:
    def compute(x: Workspace, picks: Picks) -> Tensor:
        return term.compute(remembering(x, picks["memory"].compute(x)), picks)

    return Term(stages=("memory", *term.stages), compute=compute)


def _target(truth: MemoryTruth) -> Tensor:
    return truth.ppo()


_REFERENCE: Callable[[Workspace], Tensor] = ppo_loss.PPO_LOSS.reference

PPO_RECURRENT = Claim(
    id="ppo-recurrent",
    promise=PROMISES["ppo-recurrent"],
    derivation="ppo/objective",
    settings={
        "clip_eps": CLIP[0], "vf_coef": 0.5, "ent_coef": 0.0625,
        "gamma": GAMMA[0], "gae_lambda": 1.0,
    },
    varied={"clip_eps": CLIP, **COEFFICIENTS},
    forms=("carried",),
    trains=("policy", "value_fn"),
    stages=(
        MEMORY, ADVANTAGES, NORMALISATION, RATIO, CLIPPED_SURROGATE, MEAN_OVER_STEPS, VALUE,
        ENTROPY,
    ),
    terms=(
        _with_memory(cpi.TERM), _with_memory(ppo_loss.VALUE_TERM),
        _with_memory(entropy_bonus.TERM),
    ),
    reference=_REFERENCE,
    target=_target,
    planted=("memory", "state-not-reset"),
)  # fmt: skip
