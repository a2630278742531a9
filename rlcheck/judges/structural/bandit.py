"""Episodes of one step: the gradient of a bandit, in closed form."""

import torch
from torch import Tensor

from rlcheck.judges.case import Case
from rlcheck.judges.response import flat_gradient
from rlcheck.judges.structural.trial import Measured, NotTried, Trial


def bandit_closed_form(trial: Trial) -> Measured:
    """With horizon one, J is a mean over contexts, and its gradient is written down at once:

        J = sum_s mu(s) sum_a pi(a|s) q(s, a),
        dJ / d logit(s, a) = mu(s) pi(a|s) (q(s, a) - sum_b pi(b|s) q(s, b)),

    q(s, a) the mean reward. No return, no discount, no bootstrap: whatever promises grad J in one
    step has minus this as its expected gradient, and so have the surrogates at the policy that
    sampled, where a mean over steps is one over rollouts.
    """
    case = trial.case
    if not isinstance(case, Case) or trial.batch.rollout.T != 1:
        raise NotTried("a bandit has finitely many actions and episodes of one step")
    due = -_gradient(case)
    yield trial.relate("bandit-closed-form", trial.answer, due, trial.slack)


def _gradient(case: Case) -> Tensor:
    """dJ / d logits, through the networks' own log-probabilities to their parameters."""
    world, networks = case.world, case.networks
    q = (world.transitions * world.rewards).sum(-1)
    pi = case.logits.softmax(-1)
    by_logit = world.initial[:, None] * pi * (q - (pi * q).sum(-1, keepdim=True))
    # Its rows sum to zero, so that it is its own image under the softmax's Jacobian.
    shape = (world.n_states, world.n_actions)
    obs = world.observations[:, None].expand(*shape, -1)
    actions = torch.arange(world.n_actions, device=obs.device).expand(shape)
    potential = (by_logit * networks.logp(obs, actions)).sum()
    parameters = networks.parameters
    found = torch.autograd.grad(potential, list(parameters.values()), allow_unused=True)
    return flat_gradient(dict(zip(parameters, found, strict=True)), parameters)
