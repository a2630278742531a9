"""What tests of several choices at once and of squashed actions share."""

import torch

from rlcheck.algorithms import ppo
from rlcheck.algorithms.networks import ActorCritic

OBS = torch.tensor([[0.5, -1.0, 0.25], [1.0, 0.5, -0.5]], dtype=torch.float64)
PPO = ppo.PPO(
    epochs=1, minibatch=10_000, whiten=False, clip_eps=0.25, ent_coef=0.0625, max_grad_norm=None
)


def scattered(networks: ActorCritic) -> ActorCritic:
    """Away from where initialisation leaves them: what they describe differs between rows."""
    with torch.no_grad():
        for parameter in networks.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, dtype=parameter.dtype))
    return networks
