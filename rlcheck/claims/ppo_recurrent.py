"""`ppo-recurrent`: PPO's whole loss for a policy with a memory, on segments.

    h_t = step(o_t, (1 - start_t) h_{t-1}),   ratio_t = pi(a_t | h_t) / pi_old(a_t | history),
    L = mean over steps of -min(ratio A, clip(ratio) A) + c_1 (V(h_t) - R)^2 - c_2 H(pi(. | h_t))

with h_{-1} the state that was carried into the segment, a number and no function of the parameters:
backpropagation through time is truncated where the segment begins, and nowhere else but where an
episode does. `policy` is then (obs, state, starts) -> (law, state), `value_fn` the same -> V, and
`agent` has CleanRL's recurrent form (`rlcheck.subjects.recurrent`). Advantages and returns are
handed over: how they are estimated is no matter of a memory, and `gae` is the claim about it.
"""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims._shared import CLIP, COEFFICIENTS
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.memory_truth import MemoryTruth
from rlcheck.promises import PROMISES
from rlcheck.variants import (
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


def _policy(x: Workspace, picks: Picks) -> Tensor:
    y = remembering(x, picks["memory"].compute(x))
    weights = picks["normalisation"].compute(y, y.advantages)
    objective = picks["surrogate"].compute(y, picks["ratio"].compute(y), weights)
    return -picks["reduction"].compute(y, objective)


def _values(x: Workspace, picks: Picks) -> Tensor:
    return picks["value"].compute(remembering(x, picks["memory"].compute(x)))


def _entropy(x: Workspace, picks: Picks) -> Tensor:
    return picks["entropy"].compute(remembering(x, picks["memory"].compute(x)))


def _reference(x: Workspace) -> Tensor:
    return losses.ppo_loss(
        logp=x.logp,
        logp_old=x.logp_old,
        advantages=x.advantages,
        values_new=x.values_new,
        returns=x.returns,
        entropy=x.entropy,
        clip_eps=x.clip_eps,
        vf_coef=x.vf_coef,
        ent_coef=x.ent_coef,
        mask=x.batch.rollout.mask,
    )


def _target(truth: MemoryTruth) -> Tensor:
    return truth.ppo()


PPO_RECURRENT = Claim(
    id="ppo-recurrent",
    promise=PROMISES["ppo-recurrent"],
    derivation="ppo/objective",
    settings={"clip_eps": CLIP[0], "vf_coef": 0.5, "ent_coef": 0.0625},
    varied={"clip_eps": CLIP, **COEFFICIENTS},
    forms=("carried", "carried-ragged"),
    trains=("policy", "value_fn"),
    stages=(MEMORY, NORMALISATION, RATIO, CLIPPED_SURROGATE, MEAN_OVER_STEPS, VALUE, ENTROPY),
    terms=(
        Term(
            stages=("memory", "normalisation", "ratio", "surrogate", "reduction"), compute=_policy
        ),
        Term(stages=("memory", "value"), compute=_values),
        Term(stages=("memory", "entropy"), compute=_entropy),
    ),
    reference=_reference,
    target=_target,
    planted=("memory", "state-not-reset"),
)
