"""One step of TRPO, its product and its solver, each wrongly written in one place."""

import torch
from torch.distributions import kl_divergence
from torch.nn.utils import parameters_to_vector, vector_to_parameters


def _mean_kl(old, new):
    return kl_divergence(old, new).mean()


def _detached(policy, obs):
    with torch.no_grad():
        return policy(obs)


def _product(policy, kl, damping):
    parameters = list(policy.parameters())
    slope = torch.autograd.grad(kl, parameters, create_graph=True, allow_unused=True)
    slope = torch.cat([g.reshape(-1) for g in slope])

    def product(v):
        found = torch.autograd.grad(slope @ v, parameters, retain_graph=True)
        return torch.cat([g.reshape(-1) for g in found]) + damping * v

    return product


def _solve(product, b, iterations=20, tolerance=1e-20):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    square = r @ r
    for _ in range(iterations):
        image = product(p)
        alpha = square / (p @ image)
        x, r = x + alpha * p, r - alpha * image
        later = r @ r
        if later < tolerance:
            break
        p, square = r + later / square * p, later
    return x


def _gradient(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    slopes = torch.autograd.grad((ratio * advantages).mean(), list(policy.parameters()))
    return parameters_to_vector(slopes)


def _surrogate(policy, obs, actions, logp_old, advantages):
    with torch.no_grad():
        return float(((policy(obs).log_prob(actions) - logp_old).exp() * advantages).mean())


def _search(policy, step, accepts, coeff, trials, restore=True):
    parameters = list(policy.parameters())
    before = parameters_to_vector(parameters).detach()
    for j in range(trials):
        vector_to_parameters(before + coeff**j * step, parameters)
        with torch.no_grad():
            if accepts():
                return
    if restore:
        vector_to_parameters(before, parameters)


def _whole(
    batch, max_kl, damping, coeff, trials, *, kl=None, product=None, length=None, accepts=None,
    gradient=None, restore=True, solve=_solve,
):  # fmt: skip
    """A right step, but for what is handed over instead."""
    policy, obs = batch["policy"], batch["obs"]
    old = _detached(policy, obs)
    first = _surrogate(**batch)
    g = _gradient(**batch) if gradient is None else gradient()
    plain = _product(policy, _mean_kl(old, policy(obs)) if kl is None else kl(old), damping)
    product = plain if product is None else product(plain)
    x = solve(product, g)
    size = (2 * max_kl / (x @ product(x))).sqrt() if length is None else length(x, product)

    def both():
        near = float(_mean_kl(old, policy(obs))) <= max_kl
        return near and _surrogate(**batch) > first

    chosen = both if accepts is None else lambda: accepts(old, first)
    _search(policy, size * x, chosen, coeff, trials, restore)


def _batch(policy, obs, actions, logp_old, advantages):
    return {
        "policy": policy, "obs": obs, "actions": actions, "logp_old": logp_old,
        "advantages": advantages,
    }  # fmt: skip


def divergence_from_itself(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    both_live = _product_of_itself
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        product=lambda plain: both_live(policy, obs, damping),
    )  # fmt: skip


def _product_of_itself(policy, obs, damping):
    # Neither side is held fixed: the divergence is zero whatever the parameters are.
    return _product(policy, _mean_kl(policy(obs), policy(obs)), damping)


def two_is_missing(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        length=lambda x, product: (max_kl / (x @ product(x))).sqrt(),
    )  # fmt: skip


def damped_twice(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        product=lambda plain: lambda v: plain(v) + damping * v,
    )  # fmt: skip


def damping_a_percent_too_large(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        product=lambda plain: lambda v: plain(v) + 0.01 * damping * v,
    )  # fmt: skip


def divergence_summed(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        kl=lambda old: kl_divergence(old, policy(obs)).sum(),
    )  # fmt: skip


def descends(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        gradient=lambda: -_gradient(**batch),
        accepts=lambda old, first: float(_mean_kl(old, policy(obs))) <= max_kl,
    )  # fmt: skip


def divergence_backwards(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        accepts=lambda old, first: (
            float(_mean_kl(policy(obs), old)) <= max_kl and _surrogate(**batch) > first
        ),
    )  # fmt: skip


def divergence_not_asked(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        accepts=lambda old, first: _surrogate(**batch) > first,
    )  # fmt: skip


def improvement_not_asked(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(
        batch, max_kl, damping, backtrack_coeff, backtracks,
        accepts=lambda old, first: float(_mean_kl(old, policy(obs))) <= max_kl,
    )  # fmt: skip


def left_where_it_was_tried_last(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)
    _whole(batch, max_kl, damping, backtrack_coeff, backtracks, restore=False)


def old_log_probs_taken_after_the_step(
    policy, obs, actions, logp_old, advantages, max_kl, damping, backtrack_coeff, backtracks
):
    batch = _batch(policy, obs, actions, logp_old, advantages)

    def accepts(old, first):
        # The ratio of the moved policy to itself is one: nothing ever improves or worsens.
        moved = _detached(policy, obs).log_prob(actions)
        there = _surrogate(policy, obs, actions, moved, advantages)
        return there >= float(advantages.mean()) and float(_mean_kl(old, policy(obs))) <= max_kl

    _whole(batch, max_kl, damping, backtrack_coeff, backtracks, accepts=accepts)


def product_of_the_actions_alone(policy, obs, actions, logp_old, vector, damping):
    score = parameters_to_vector(
        torch.autograd.grad(policy(obs).log_prob(actions).mean(), list(policy.parameters()))
    )
    return score * (score @ vector) + damping * vector


def product_without_its_damping(policy, obs, vector, damping):
    return _product(policy, _mean_kl(_detached(policy, obs), policy(obs)), 0.0)(vector)


def product_a_millionth_too_large(policy, obs, vector, damping):
    kl = (1 + 1e-6) * _mean_kl(_detached(policy, obs), policy(obs))
    return _product(policy, kl, damping)(vector)


def product_of_the_mean_alone(network, policy, obs, vector, damping):
    # The free deviation is left out of the divergence, though the step moves it.
    mean, log_std = network(obs)
    std = log_std.detach().exp()
    kl = (((mean - mean.detach()) / std) ** 2).sum(-1).mean() / 2
    parameters = list(policy.parameters())
    slope = torch.autograd.grad(
        kl, parameters, create_graph=True, allow_unused=True, materialize_grads=True
    )
    slope = torch.cat([g.reshape(-1) for g in slope])
    found = torch.autograd.grad(
        slope @ vector, parameters, allow_unused=True, materialize_grads=True
    )
    return torch.cat([g.reshape(-1) for g in found]) + damping * vector


def beta_upside_down(operator, rhs, cg_iterations):
    x, r, p = torch.zeros_like(rhs), rhs.clone(), rhs.clone()
    square = r @ r
    for _ in range(cg_iterations):
        image = operator(p)
        alpha = square / (p @ image)
        x, r = x + alpha * p, r - alpha * image
        later = r @ r
        if later < 1e-20:
            break
        p, square = r + square / later * p, later
    return x


def stops_on_a_residual_of_its_own(operator, rhs, cg_iterations):
    x, r, p = torch.zeros_like(rhs), rhs.clone(), rhs.clone()
    square = r @ r
    for _ in range(cg_iterations):
        image = operator(p)
        alpha = square / (p @ image)
        x, r = x + alpha * p, r - alpha * image
        later = r @ r
        # What is compared is how far the residual fell in this iteration, not what is left.
        if later < 0.5 * square:
            break
        p, square = r + later / square * p, later
    return x


def forgets_to_move_the_residual(operator, rhs, cg_iterations):
    x = torch.zeros_like(rhs)
    r = p = rhs.clone()
    for _ in range(cg_iterations):
        image = operator(p)
        alpha = (r @ r) / (p @ image)
        x = x + alpha * p
        r = rhs - alpha * image
        if r @ r < 1e-20:
            break
        p = r
    return x
