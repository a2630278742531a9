"""Right steps of TRPO, and right parts of one, in other people's styles. Plain functions."""

import numpy as np
import torch
from torch import autograd
from torch.distributions import Categorical, kl_divergence
from torch.func import functional_call, jvp, vjp
from torch.nn.utils import parameters_to_vector, vector_to_parameters

EPS = 1e-30


def spinning_up(
    policy, obs, actions, advantages, logp_old, max_kl, damping, cg_iterations, backtrack_coeff,
    backtracks,
):  # fmt: skip
    """NumPy's conjugate gradients around products of PyTorch; a list of trials."""
    parameters = list(policy.parameters())
    with torch.no_grad():
        old = policy(obs)

    def flat_grad(x, **kwargs):
        return parameters_to_vector(autograd.grad(x, parameters, **kwargs))

    def d_kl():
        return kl_divergence(old, policy(obs)).mean()

    def pi_loss():
        return -((policy(obs).log_prob(actions) - logp_old).exp() * advantages).mean()

    gradient = flat_grad(d_kl(), create_graph=True)

    def hx(v):
        v = torch.as_tensor(v).to(gradient)
        return (flat_grad((gradient * v).sum(), retain_graph=True) + damping * v).cpu().numpy()

    g = flat_grad(pi_loss()).cpu().numpy()
    x, r = np.zeros_like(g), g.copy()
    p, r_dot_old = r.copy(), r @ r
    for _ in range(cg_iterations):
        z = hx(p)
        alpha = r_dot_old / (p @ z + EPS)
        x += alpha * p
        r -= alpha * z
        r_dot_new = r @ r
        p = r + (r_dot_new / (r_dot_old + EPS)) * p
        r_dot_old = r_dot_new
    alpha = np.sqrt(2 * max_kl / (x @ hx(x) + EPS))
    before, loss_old = parameters_to_vector(parameters).detach(), float(pi_loss())
    for j in range(backtracks):
        with torch.no_grad():
            vector_to_parameters(
                before - backtrack_coeff**j * alpha * torch.as_tensor(x).to(before), parameters
            )
            kl, loss = float(d_kl()), float(pi_loss())
        if kl <= max_kl and loss < loss_old:
            return
    with torch.no_grad():
        vector_to_parameters(before, parameters)


def _solve(product, b, iterations):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    rs = r.dot(r)
    for _ in range(iterations):
        if rs < 1e-25:
            break
        ap = product(p)
        alpha = rs / p.dot(ap)
        x.add_(p, alpha=float(alpha))
        r.sub_(ap, alpha=float(alpha))
        new = r.dot(r)
        p = r + p * (new / rs)
        rs = new
    return x


def one_file_with_flat_parameters(
    policy, obs, actions, advantages, logp_old, max_kl, damping, backtrack_coeff, backtracks
):
    """Flat parameters set and read by hand; the inverse length 1 / sqrt(shs / delta)."""

    def get_flat():
        return torch.cat([p.data.view(-1) for p in policy.parameters()])

    def set_flat(flat):
        at = 0
        for p in policy.parameters():
            p.data.copy_(flat[at : at + p.numel()].view(p.size()))
            at += p.numel()

    def loss(volatile=False):
        with torch.set_grad_enabled(not volatile):
            ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
            return -(advantages * ratio).mean()

    logits = policy(obs).logits
    fixed = logits.detach()

    def fvp(v):
        new = policy(obs).logits
        kl = (fixed.exp() * (fixed - new)).sum(-1).mean()
        grads = autograd.grad(kl, list(policy.parameters()), create_graph=True)
        flat = torch.cat([g.view(-1) for g in grads])
        grads = autograd.grad((flat * v).sum(), list(policy.parameters()))
        return torch.cat([g.contiguous().view(-1) for g in grads]).data + v * damping

    grads = autograd.grad(loss(), list(policy.parameters()))
    step_direction = _solve(fvp, -torch.cat([g.view(-1) for g in grads]), 30)
    shs = 0.5 * (step_direction * fvp(step_direction)).sum(0, keepdim=True)
    full_step = step_direction / torch.sqrt(shs / max_kl)[0]
    previous, worst = get_flat(), loss(True)
    for k in range(backtracks):
        set_flat(previous + backtrack_coeff**k * full_step)
        with torch.no_grad():
            new = policy(obs).logits
            kl = (fixed.exp() * (fixed - new)).sum(-1).mean()
        if worst - loss(True) > 0 and kl <= max_kl:
            return True
    set_flat(previous)
    return False


def functional(
    policy, obs, actions, advantages, logp_old, max_kl, damping, backtrack_coeff, backtracks
):
    """Nothing is moved: the new parameters are returned by name. F v as J^T H J v."""
    params = {name: p.detach() for name, p in policy.named_parameters()}

    def logits(p):
        return functional_call(policy, p, (obs,)).logits.log_softmax(-1)

    old = logits(params)

    def surrogate(p):
        taken = logits(p).gather(-1, actions.unsqueeze(-1)).squeeze(-1)
        return ((taken - logp_old).exp() * advantages).mean()

    def flat(p):
        return torch.cat([value.reshape(-1) for value in p.values()])

    def named(v):
        pieces = v.split([value.numel() for value in params.values()])
        return {n: x.reshape(params[n].shape) for n, x in zip(params, pieces, strict=True)}

    def product(v):
        _, slope = jvp(logits, (params,), (named(v),))
        _, pull = vjp(logits, params)
        # Of log-probabilities the Fisher matrix is diag(pi), a mean over rows.
        [image] = pull(old.exp() * slope / old[..., 0].numel())
        return flat(image) + damping * v

    g = flat(torch.func.grad(surrogate)(params))
    x = _solve(product, g, 30)
    full = (2 * max_kl / x.dot(product(x))).sqrt() * x
    for k in range(backtracks):
        moved = {n: params[n] + d for n, d in named(backtrack_coeff**k * full).items()}
        kl = (old.exp() * (old - logits(moved))).sum(-1).mean()
        if kl <= max_kl and surrogate(moved) > surrogate(params):
            return moved
    return params


def gaussian_by_hand(
    policy, network, obs, actions, advantages, logp_old, max_kl, damping, backtrack_coeff,
    backtracks,
):  # fmt: skip
    """A normal policy's divergence and log-probability, written out."""
    parameters = list(policy.parameters())
    with torch.no_grad():
        mean0, log_std0 = network(obs)

    def divergence():
        mean, log_std = network(obs)
        ratio = (log_std0 - log_std).exp()
        gap = (mean - mean0) / log_std.exp()
        return (log_std - log_std0 + (ratio**2 + gap**2 - 1) / 2).sum(-1).mean()

    def surrogate():
        mean, log_std = network(obs)
        z = (actions - mean) / log_std.exp()
        logp = -(z**2 / 2 + log_std + 0.5 * np.log(2 * np.pi)).sum(-1)
        return ((logp - logp_old).exp() * advantages).mean()

    slope = parameters_to_vector(autograd.grad(divergence(), parameters, create_graph=True))

    def product(v):
        found = autograd.grad(slope @ v, parameters, retain_graph=True)
        return parameters_to_vector(found) + damping * v

    x = _solve(product, parameters_to_vector(autograd.grad(surrogate(), parameters)), 30)
    full = torch.sqrt(2 * max_kl / (x @ product(x))) * x
    before, first = parameters_to_vector(parameters).detach(), surrogate().detach()
    with torch.no_grad():
        for k in range(backtracks):
            vector_to_parameters(before + backtrack_coeff**k * full, parameters)
            if surrogate() > first and divergence() <= max_kl:
                return
        vector_to_parameters(before, parameters)


def product_by_two_jacobians(policy, obs, vector, damping):
    """J^T diag(pi) J v, and damping from whoever asked for it."""
    params = {name: p.detach() for name, p in policy.named_parameters()}

    def logp(p):
        return functional_call(policy, p, (obs,)).logits.log_softmax(-1)

    pieces = vector.split([value.numel() for value in params.values()])
    named = {n: x.reshape(params[n].shape) for n, x in zip(params, pieces, strict=True)}
    value, slope = jvp(logp, (params,), (named,))
    [image] = vjp(logp, params)[1](value.exp() * slope / value[..., 0].numel())
    return torch.cat([part.reshape(-1) for part in image.values()]) + damping * vector


def product_by_scores_of_all_actions(policy, obs, vector):
    """A plain loop: sum over observations and actions of pi score (score . v); no damping."""
    parameters = list(policy.parameters())
    total, rows = torch.zeros_like(vector), obs.reshape(-1, obs.shape[-1])
    kinds, counts = rows.unique(dim=0, return_counts=True)
    for row, count in zip(kinds, counts, strict=True):
        law = policy(row)
        for action in range(law.logits.shape[-1]):
            logp = Categorical(logits=law.logits).log_prob(torch.tensor(action, device=obs.device))
            score = parameters_to_vector(autograd.grad(logp, parameters, retain_graph=True))
            total = total + count * logp.exp().detach() * score * (score @ vector)
    return total / len(rows)


def solver_without_a_stopping_rule(operator, rhs, cg_iterations):
    """Every iteration is made; where nothing is left, nothing is moved."""
    x, r, p = torch.zeros_like(rhs), rhs.clone(), rhs.clone()
    for _ in range(cg_iterations):
        z, old = operator(p), r @ r
        alpha = old / (p @ z + EPS)
        x, r = x + alpha * p, r - alpha * z
        p = r + (r @ r) / (old + EPS) * p
    return x
