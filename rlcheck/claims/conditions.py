"""When a property is not tried, and why: by the claim, and by what a subject asks for."""

from typing import TYPE_CHECKING

from rlcheck.vocabulary import FLAGS

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Asks = frozenset[str]

SUCCESSORS = frozenset({"next_obs", "next_values", "next_q_values", "next_target_q_values"})
"""Words by which a one-step target learns what its successor is worth."""


def off_policy(claim: "Claim", asks: Asks) -> str | None:
    """About a policy that has moved away."""
    return None if claim.off_policy else "the claim is about the policy that sampled"


def clip(claim: "Claim", asks: Asks) -> str | None:
    """About the clip range, with credit that is given."""
    if "clip_eps" not in claim.settings or not claim.off_policy:
        return "the claim clips no ratio"
    return None if "advantages" in asks else "it computes its own advantages"


def has_target(claim: "Claim", asks: Asks) -> str | None:
    """About an expectation."""
    return None if claim.target is not None else "the claim is no statement about an expectation"


def target_off_policy(claim: "Claim", asks: Asks) -> str | None:
    """About an expectation under an older policy."""
    refused = has_target(claim, asks) or off_policy(claim, asks)
    if refused is None and "clip_eps" in claim.settings and "advantages" not in asks:
        # min and clip are not linear in A: their expectation is no function of its mean.
        return "what is clipped depends on the sign of each advantage that it computes"
    return refused


def first_order(claim: "Claim", asks: Asks) -> str | None:
    """About the surrogate's gradient at gamma = 1."""
    if claim.id in ("cpi", "ppo-clip", "ppo-penalty"):
        computes = "advantages" not in asks and "gamma" not in asks
        return "its discount is its own, and not one" if computes else None
    return "the claim does not promise it" if claim.target else "no gradient"


def mask(claim: "Claim", asks: Asks) -> str | None:
    """About padded slots."""
    if not {"ragged", "carried-ragged"} & set(claim.forms):
        about = "batches" if claim.gives == "number" else "padded ones"
        return f"the claim is not about {about}"
    return None if "mask" in asks else "it asks for no `mask`"


def batches(claim: "Claim", asks: Asks) -> str | None:
    """About batches at all."""
    if claim.gives == "step" and "operator" in asks:
        return "a solver reads no batch"
    return None if claim.gives != "number" else "the claim is not about batches"


def means(claim: "Claim", asks: Asks) -> str | None:
    """About what is a mean over the batch."""
    if claim.gives == "step" and "vector" not in asks:
        return "the step of a batch is no mean of the steps of its halves"
    return batches(claim, asks)


def rounded(claim: "Claim", asks: Asks) -> str | None:
    """About what float32 changes little."""
    if claim.gives == "step" and "vector" not in asks:
        return "rounding may decide which part of a step is taken"
    return batches(claim, asks)


def product(claim: "Claim", asks: Asks) -> str | None:
    """About a product with the Fisher matrix."""
    if claim.gives != "step":
        return "the claim is about no step"
    return None if "vector" in asks else "it is handed no `vector` to multiply"


def solver(claim: "Claim", asks: Asks) -> str | None:
    """About a solver that is handed its operator."""
    if claim.gives != "step":
        return "the claim is about no step"
    return None if "operator" in asks else "it is handed no `operator` to solve with"


def capped_solver(claim: "Claim", asks: Asks) -> str | None:
    """About the iterations of a solver, one by one."""
    refused = solver(claim, asks)
    return refused or (None if "cg_iterations" in asks else "it does not ask for `cg_iterations`")


def step(claim: "Claim", asks: Asks) -> str | None:
    """About a whole step."""
    if claim.gives != "step":
        return "the claim is about no step"
    return "it is a part of a step" if asks & {"vector", "operator"} else None


def policy_credit(claim: "Claim", asks: Asks) -> str | None:
    """About given credit that moves the policy."""
    if "policy" not in claim.trains or not {s.id for s in claim.stages} & {"surrogate"}:
        return "the claim credits no action"
    return None if "advantages" in asks else "it is given no advantages"


def state_credit(claim: "Claim", asks: Asks) -> str | None:
    """About given credit that moves the policy in one state alone."""
    if claim.remembers:
        return "what is remembered of one state moves the policy in others"
    return policy_credit(claim, asks)


def turns_rewards_into_credit(claim: "Claim", asks: Asks) -> bool:
    """Whether it makes advantages or returns of rewards itself."""
    given = bool(asks & {"advantages", "returns"})
    estimates = any(stage.id == "advantages" for stage in claim.stages)
    return claim.reads_ends or ("rewards" in asks and not given and estimates)


def next_values(claim: "Claim", asks: Asks) -> str | None:
    """About the value of the successor."""
    if "segments" not in claim.forms or not turns_rewards_into_credit(claim, asks):
        return "ends of episodes play no part in the claim"
    if claim.reads_cuts:
        return None if "next_values" in asks else "it asks for no `next_values`"
    return None if asks & SUCCESSORS else "it asks for nothing of the successor"


def truncation(claim: "Claim", asks: Asks) -> str | None:
    """About steps that were cut."""
    refused = next_values(claim, asks)
    enough = {"truncated"} if claim.reads_cuts else {"truncated", "terminated", "discount_t"}
    return refused or (None if asks & enough else "it does not ask for `truncated`")


def arrays(claim: "Claim", asks: Asks) -> str | None:
    """About arrays and the flags they are cut by."""
    if claim.gives != "array":
        return "the claim gives no array"
    return None if asks & FLAGS else "it asks for no flag"


def values_untrained(claim: "Claim", asks: Asks) -> str | None:
    """About a value function that is no part of what is trained."""
    if claim.gives == "step":
        return "a critic is no part of the step"
    if claim.gives != "loss" or not {"value_fn", "q_fn"}.isdisjoint(claim.trains):
        return "the claim trains values"
    if asks & {"value_fn", "agent", "values_new"}:
        return None
    return "its inputs arrive without a graph: it computes no values itself"


def entropy_only(claim: "Claim", asks: Asks) -> str | None:
    """About entropy alone."""
    return None if claim.id == "entropy-bonus" else "the claim is about more than entropy"


def value_only(claim: "Claim", asks: Asks) -> str | None:
    """About values alone."""
    return None if claim.id == "value-loss" else "the claim is about more than values"


def held_target(claim: "Claim", asks: Asks) -> str | None:
    """About a target that is made of a network under training."""
    if not claim.of_action_values:
        return "the claim makes no target of action values"
    return None if asks & SUCCESSORS else "it asks for nothing of the successor"


def on_ratio(claim: "Claim", asks: Asks) -> str | None:
    """About the clip range of a ratio."""
    if "clip_eps" not in claim.settings or not claim.off_policy:
        return "the claim clips no ratio"
    return None if "clip_eps" in asks else "it does not ask for `clip_eps`"
