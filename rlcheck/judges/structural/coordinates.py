"""Which coordinates of a gradient belong to the policy, and which to the values."""

import torch
from torch import Tensor

from rlcheck.judges.structural.trial import Trial
from rlcheck.subjects.own import has_critic, reached


def policy_coordinates(trial: Trial) -> Tensor:
    """One where value clipping cannot reach, and in all that no value function needs."""
    if getattr(trial.case, "own", None) is not None:
        return 1 - value_coordinates(trial)
    return torch.cat([
        torch.full((p.numel(),), float(not name.startswith("value_fn.")), dtype=torch.float64)
        for name, p in trial.batch.networks.parameters.items()
    ])  # fmt: skip


def value_coordinates(trial: Trial) -> Tensor:
    """One where the implementation's own value function reaches; zero where it has none."""
    networks, obs = trial.batch.networks, trial.batch.rollout.obs
    parameters = networks.parameters
    if not has_critic(networks):
        return torch.zeros(sum(p.numel() for p in parameters.values()), dtype=torch.float64)
    return reached(networks.value(obs), parameters)


def reached_by_policy(trial: Trial) -> Tensor:
    """One where the log-probabilities reach; a shared trunk is reached by both heads."""
    rollout, networks = trial.batch.rollout, trial.batch.networks
    return reached(networks.logp(rollout.obs, rollout.actions), networks.parameters)
