"""Every claim's right form, from its definition, with the known conventions as switches."""

from collections.abc import Callable, Collection

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from tests.power.handmade import HandBatch
from tests.power.handmade_memory import MemoryBatch

CONVENTIONS = (
    "sum-over-batch",
    "mean-over-steps",
    "gamma-t-dropped",
    "centred",
    "whiten-ddof0",
    "whiten-ddof1",
    "full-return",
    "constant-factor",
    "value-clip-max",
    "value-loss-half",
    "value-loss-sum",
    "entropy-sum",
    "kl-half",
    "rllib-constants",
)

OF_ACTION_VALUES = ("sum-over-batch", "constant-factor", "half-squared-error", "huber", "double-q")

_SUM = frozenset({"sum-over-batch"})


def right_form(
    claim: str, batch: HandBatch, conventions: Collection[str] = ()
) -> Tensor | tuple[Tensor, ...]:
    """The claim's loss (or output), under the conventions named."""
    if claim in _OUTPUTS:
        return _OUTPUTS[claim](batch)
    if claim == "adaptive-kl":
        return _adaptive_kl(batch, frozenset(conventions))
    loss = _LOSSES[claim](batch, frozenset(conventions))
    return 0.5 * loss if "constant-factor" in conventions else loss


def _mean(x: Tensor, batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    mask = batch.arrays["mask"]
    total = (x * mask).sum()
    return total if "sum-over-batch" in conventions else total / mask.sum()


def _whiten(x: Tensor, batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    valid = x[batch.arrays["mask"]]
    if "centred" in conventions:
        return x - valid.mean()
    for ddof in (0, 1):
        if f"whiten-ddof{ddof}" in conventions:
            return (x - valid.mean()) / (valid.std(correction=ddof) + 1e-8)
    return x


def _to_go(batch: HandBatch) -> Tensor:
    rewards, gamma = batch.arrays["rewards"], batch.settings["gamma"]
    rows = [
        sum(gamma ** (k - t) * rewards[k] for k in range(t, len(rewards)))
        for t in range(len(rewards))
    ]
    return torch.stack(rows)


def _score(batch: HandBatch, weight: Tensor, conventions: frozenset[str]) -> Tensor:
    a = batch.arrays
    logp = batch.policy(a["obs"]).log_prob(a["actions"])
    dropped = "gamma-t-dropped" in conventions
    discount = 1.0 if dropped else batch.settings["gamma"] ** a["steps"].double()
    terms = discount * logp * _whiten(weight, batch, conventions) * a["mask"]
    if "mean-over-steps" in conventions:
        return -_mean(terms, batch, conventions)
    total = -terms.sum()
    return total if "sum-over-batch" in conventions else total / terms.shape[1]


def _return_weight(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    to_go = _to_go(batch)
    if "full-return" not in conventions:
        return to_go
    # Such that gamma^t times it is the whole return, discounted from the episode's start.
    return to_go[:1] / batch.settings["gamma"] ** batch.arrays["steps"].double()


def _reinforce(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    return _score(batch, _return_weight(batch, conventions), conventions)


def _reinforce_baseline(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    weight = _return_weight(batch, conventions) - batch.arrays["values"]
    return _score(batch, weight, conventions)


def _deltas(batch: HandBatch) -> Tensor:
    a, gamma = batch.arrays, batch.settings["gamma"]
    future = torch.where(a["terminated"], 0.0, a["next_values"])
    return a["rewards"] + gamma * future - a["values"]


def _actor_critic(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    return _score(batch, _deltas(batch), conventions)


def _ratio(batch: HandBatch) -> Tensor:
    a = batch.arrays
    return torch.exp(batch.policy(a["obs"]).log_prob(a["actions"]) - a["logp_old"])


def _importance(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    ratio, total, weight = _ratio(batch), 0.0, 1.0
    for t, reward in enumerate(batch.arrays["rewards"]):
        weight = weight * ratio[t]
        total = total + batch.settings["gamma"] ** t * weight * reward
    return -total.sum() if "sum-over-batch" in conventions else -total.mean()


def _cpi(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    weight = _whiten(batch.arrays["advantages"], batch, conventions)
    return -_mean(_ratio(batch) * weight, batch, conventions)


def _ppo_clip(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    eps, ratio = batch.settings["clip_eps"], _ratio(batch)
    weight = _whiten(batch.arrays["advantages"], batch, conventions)
    # min(r A, clip(r) A) is constant exactly where it hurts: above for A > 0, below for A < 0.
    flat = ((weight > 0) & (ratio > 1 + eps)) | ((weight < 0) & (ratio < 1 - eps))
    return -_mean(torch.where(flat, 0.0, ratio * weight), batch, conventions)


def _ppo_penalty(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    obs = batch.arrays["obs"]
    kl = kl_divergence(batch.policy_old(obs), batch.policy(obs))
    half = 0.5 if "kl-half" in conventions else 1.0
    penalty = half * batch.settings["kl_coef"] * _mean(kl, batch, frozenset())
    return _cpi(batch, conventions) + penalty


def _value_loss(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    a, eps = batch.arrays, batch.settings["clip_eps"]
    values = batch.critic(a["obs"])
    errors = (values - a["returns"]) ** 2
    if "value-clip-max" in conventions:
        near = a["values_old"] + (values - a["values_old"]).clamp(-eps, eps)
        errors = torch.maximum(errors, (near - a["returns"]) ** 2)
    half = 0.5 if "value-loss-half" in conventions else 1.0
    reduction = _SUM if "value-loss-sum" in conventions else frozenset()
    return half * batch.settings["vf_coef"] * _mean(errors, batch, reduction)


def _entropy_bonus(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    entropy = batch.policy(batch.arrays["obs"]).entropy()
    reduction = _SUM if "entropy-sum" in conventions else frozenset()
    return -batch.settings["ent_coef"] * _mean(entropy, batch, reduction)


def _ppo_loss(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    terms = (_ppo_clip, _value_loss, _entropy_bonus)
    return sum(term(batch, conventions) for term in terms)


def _ppo_recurrent(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    assert isinstance(batch, MemoryBatch)
    return _ppo_loss(batch.unrolled(), conventions)


def _a2c_loss(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    a = batch.arrays
    logp = batch.policy(a["obs"]).log_prob(a["actions"])
    gain = _mean(logp * _whiten(a["advantages"], batch, conventions), batch, conventions)
    return -gain + _value_loss(batch, conventions) + _entropy_bonus(batch, conventions)


def _gae(batch: HandBatch) -> tuple[Tensor, Tensor]:
    a, s, deltas = batch.arrays, batch.settings, _deltas(batch)
    ended = a["terminated"] | a["truncated"]
    out = torch.zeros_like(deltas)
    for t in range(len(deltas)):
        weight = torch.ones_like(deltas[0])
        for k in range(t, len(deltas)):
            out[t] += weight * deltas[k]
            weight = weight * s["gamma"] * s["gae_lambda"] * ~ended[k]
    return out, out + a["values"]


def _td_target(batch: HandBatch) -> tuple[Tensor]:
    a = batch.arrays
    future = torch.where(a["terminated"], 0.0, a["next_values"])
    return (a["rewards"] + batch.settings["gamma"] * future,)


def _q_error(
    batch: HandBatch, greedy: Tensor, conventions: frozenset[str], half: bool = False
) -> Tensor:
    a = batch.arrays
    future = torch.where(a["terminated"], 0.0, greedy.detach())
    table = batch.q(a["obs"])
    taken = torch.stack([
        torch.stack([table[t, n, a["actions"][t, n]] for n in range(table.shape[1])])
        for t in range(table.shape[0])
    ])  # fmt: skip
    error = a["rewards"] + batch.settings["gamma"] * future - taken
    square = error**2 / 2
    if "huber" in conventions:
        square = torch.where(error.abs() <= 1, square, error.abs() - 0.5)
    elif "squared-error" in conventions or not (half or "half-squared-error" in conventions):
        square = 2 * square
    return _mean(square, batch, conventions)


def _at_best(evaluates: Tensor, selects: Tensor) -> Tensor:
    best = selects.max(-1, keepdim=True).values == selects
    return (evaluates * best).sum(-1)


def _q_learning(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    following = batch.q(batch.arrays["next_obs"])
    return _q_error(batch, following.max(-1).values, conventions, half=True)


def _dqn(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    obs = batch.arrays["next_obs"]
    selects = batch.q(obs) if "double-q" in conventions else batch.target_q(obs)
    return _q_error(batch, _at_best(batch.target_q(obs), selects), conventions)


def _double_dqn(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    return _dqn(batch, conventions | {"double-q"})


def _returns(batch: HandBatch) -> tuple[Tensor]:
    a, gamma = batch.arrays, batch.settings["gamma"]
    out = a["rewards"].clone()
    for t in reversed(range(len(out))):
        last = t == len(out) - 1
        future = a["next_values"][t] if last else out[t + 1]
        future = torch.where(a["truncated"][t], a["next_values"][t], future)
        out[t] += gamma * torch.where(a["terminated"][t], 0.0, future)
    return (out,)


def _adaptive_kl(batch: HandBatch, conventions: frozenset[str]) -> Tensor:
    s = batch.settings
    rllib = "rllib-constants" in conventions
    band, up = (2.0, 1.5) if rllib else (1.5, 2.0)
    grows, shrinks = s["kl"] > band * s["kl_target"], s["kl"] < s["kl_target"] / band
    return torch.tensor(
        s["kl_coef"] * (up if grows else 0.5 if shrinks else 1.0), dtype=torch.float64
    )


_OUTPUTS: dict[str, Callable[[HandBatch], tuple[Tensor, ...]]] = {
    "gae": _gae,
    "returns": _returns,
    "td-target": _td_target,
}
_LOSSES: dict[str, Callable[[HandBatch, frozenset[str]], Tensor]] = {
    "reinforce": _reinforce,
    "reinforce-baseline": _reinforce_baseline,
    "actor-critic": _actor_critic,
    "importance-sampling": _importance,
    "cpi": _cpi,
    "ppo-clip": _ppo_clip,
    "ppo-penalty": _ppo_penalty,
    "value-loss": _value_loss,
    "entropy-bonus": _entropy_bonus,
    "ppo-loss": _ppo_loss,
    "ppo-recurrent": _ppo_recurrent,
    "a2c-loss": _a2c_loss,
    "q-learning": _q_learning,
    "dqn-loss": _dqn,
    "double-dqn-loss": _double_dqn,
}
