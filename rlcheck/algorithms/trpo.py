"""Trust region policy optimisation: Schulman et al. (2015), section 6 and appendix C.

    run pi_old for T steps in N environments, and estimate advantages                  (1)
    g = nabla mean( ratio A ) at theta_old                                             (2)
    x ~ (H + c I)^-1 g by conjugate gradients, H = Hessian of the mean KL(old || pi)   (3)
    d = sqrt( 2 delta / x^T (H + c I) x ) x                                            (4)
    theta = theta_old + b^j d with the first j at which the surrogate improves
            and the mean KL is at most delta; theta_old where there is none            (5)
    fit V to the returns                                                               (6)

One operator, H + c I, is solved with and measured by: damping shortens the step a little. At
theta_old H is the Fisher matrix, and it is multiplied with as that: by the Jacobian of what the
policy is described by, there and back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

from rlcheck import losses
from rlcheck.algorithms.beginning import begin, own_seed
from rlcheck.algorithms.compiling import Compiling, compiled, require_mode
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.experience import Experience, collect, with_advantages
from rlcheck.algorithms.networks import DiscreteActorCritic, GaussianActorCritic
from rlcheck.algorithms.ranges import (
    require_counts,
    require_fractions,
    require_not_negative,
    require_positive,
)
from rlcheck.algorithms.ranks import ALONE, Ranks
from rlcheck.algorithms.saving import State, learner_state, restore_learner
from rlcheck.algorithms.vectors import put
from rlcheck.algorithms.watching import Watch
from rlcheck.steps import LineSearch, gauss_newton_product, line_search, trust_region_step


@dataclass(frozen=True, kw_only=True)
class TRPO:
    """Settings.

    Attributes:
        n_steps: T of one rollout.
        max_divergence: delta in nats.
        damping: c.
        cg_iterations: the cap of conjugate gradients.
        cg_tolerance: of their residual.
        shrink: b of the line search.
        trials: how many parts of the step it looks at.
        gamma: discount.
        gae_lambda: lambda of the advantages.
        learning_rate: Adam's, of the critic.
        critic_epochs: how often the critic sees the rollout.
        minibatch: of the critic, in transitions; of each process, where several learn as one.
        whiten: whether the rollout's advantages are whitened.
        compile: whether the critic's loss is compiled (see `compiling`).
    """

    n_steps: int = 512
    max_divergence: float = 0.01
    damping: float = 0.1
    cg_iterations: int = 15
    cg_tolerance: float = 1e-5
    shrink: float = 0.8
    trials: int = 10
    gamma: float = 0.99
    gae_lambda: float = 0.95
    learning_rate: float = 1e-3
    critic_epochs: int = 10
    minibatch: int = 128
    whiten: bool = True
    compile: Compiling = "no"

    def __post_init__(self) -> None:
        # Of two slots of a copy one is a transition, whichever way it begins anew.
        require_counts(self, "n_steps", least=2)
        require_counts(self, "cg_iterations", "trials", "minibatch")
        require_counts(self, "critic_epochs", least=0)
        require_positive(self, "learning_rate", "max_divergence")
        require_not_negative(self, "damping", "cg_tolerance")
        require_fractions(self, "gamma", "gae_lambda", "shrink")
        require_mode(self)


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while TRPO learns.

    Attributes:
        networks: actor and critic, whose parameters are apart.
        settings: of the algorithm.
        generator: of everything random, but the environments.
        ranks: the processes that learn as one.
        watch: losses as they went by.
        optimizer: Adam over the critic.
        critic_loss: of a minibatch, compiled or not.
    """

    networks: DiscreteActorCritic | GaussianActorCritic
    settings: TRPO
    generator: torch.Generator
    ranks: Ranks = ALONE
    watch: Watch = field(default_factory=Watch)
    optimizer: torch.optim.Optimizer = field(init=False)
    critic_loss: Callable[[Tensor, Tensor], Tensor] = field(init=False)

    def __post_init__(self) -> None:
        critic = self.networks.critic.parameters()
        self.optimizer = torch.optim.Adam(critic, lr=self.settings.learning_rate, fused=True)
        self.critic_loss = compiled(self._critic_loss, self.settings.compile)

    @property
    def policy_parameters(self) -> list[nn.Parameter]:
        """All but the critic's."""
        named = self.networks.named_parameters()
        return [p for name, p in named if not name.startswith("critic.")]

    def state(self) -> State:
        """Everything that changes, by name."""
        return learner_state(self.networks, self.optimizer, self.generator)

    def restore(self, state: State) -> None:
        """Takes it back."""
        restore_learner(state, self.networks, self.optimizer, self.generator)

    def update(self, experience: Experience) -> LineSearch:
        """Moves the policy, then the critic; what the line search found."""
        found = self._move_policy(experience)
        self._fit_critic(experience)
        return found

    def _move_policy(self, experience: Experience) -> LineSearch:
        settings, parameters = self.settings, self.policy_parameters
        share = self.ranks.share(len(experience))
        described = self.networks.described(experience.obs)
        old = described.detach()
        surrogate = self._surrogate(experience)
        first = surrogate(described)
        own = gauss_newton_product(
            described, lambda along: self.networks.metric(old, along) / len(experience), parameters,
            damping=settings.damping,
        )  # fmt: skip
        slopes = torch.autograd.grad(first, parameters, retain_graph=True)  # (2)
        slopes = parameters_to_vector(slopes)
        # Shares sum to one, so the damping that is in each product is in their sum once.
        move = trust_region_step(  # (3), (4)
            self.ranks.total(share * slopes), lambda v: self.ranks.total(share * own(v)),
            settings.max_divergence,
            iterations=settings.cg_iterations, tolerance=settings.cg_tolerance,
        )  # fmt: skip
        self.watch.note("length of the step", move.length)
        before = parameters_to_vector(parameters).detach()
        at_first = first.detach().double()

        @torch.no_grad()
        def try_at(part: float) -> tuple[float, float]:
            put(before + part * move.step, parameters)
            now = self.networks.described(experience.obs)
            there, near = surrogate(now).double(), self.networks.between(old, now).mean().double()
            # Both in one: the line search has to know, and waits for the device once.
            gained, far = self.ranks.total(share * torch.stack([there - at_first, near])).tolist()
            return gained, far

        found = line_search(  # (5)
            try_at, settings.max_divergence, shrink=settings.shrink, trials=settings.trials
        )
        if not found.accepted:
            put(before, parameters)
        return found

    def _surrogate(self, experience: Experience) -> Callable[[Tensor], Tensor]:
        """What gives mean( ratio A ) of a policy as it is described."""
        credit = experience.advantages
        credit = self.ranks.whitened(credit) if self.settings.whiten else credit

        def surrogate(described: Tensor) -> Tensor:
            logp = self.networks.log_prob(described, experience.actions)
            return -losses.cpi(logp, experience.logp_old, credit)

        return surrogate

    def _fit_critic(self, experience: Experience) -> None:
        """Step (6)."""
        critic = list(self.networks.critic.parameters())
        for _ in range(self.settings.critic_epochs):
            order = torch.randperm(
                len(experience), generator=self.generator, device=self.generator.device
            )
            sizes = [len(piece) for piece in self.ranks.pieces(order, self.settings.minibatch)]
            columns = (x[order].split(sizes) for x in (experience.obs, experience.returns))
            for obs, returns in zip(*columns, strict=True):
                loss = self.critic_loss(obs, returns)
                self.watch.note("loss", loss)
                self.ranks.backward(loss, critic, self.ranks.share(len(obs)))
                self.optimizer.step()

    def _critic_loss(self, obs: Tensor, returns: Tensor) -> Tensor:
        return losses.value_loss(self.networks.get_value(obs).squeeze(-1), returns, 1.0)


def train(
    environments: Environments,
    settings: TRPO,
    steps: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    ranks: Ranks = ALONE,
    saved: State | None = None,
) -> Iterator[tuple[Learner, Experience]]:
    """Learns for at least so many steps of the environments, in whole rollouts.

    Args:
        environments: N copies.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions, minibatches and environments.
        device: where networks are and updates are computed.
        ranks: the processes that learn as one; `steps` are this one's.
        saved: a learner's state, with which it goes on.

    Yields:
        After each update the learner, and the experience that it was taken on.
    """
    learner = begin(Learner, environments, settings, seed, device, ranks, saved)
    networks, generator = learner.networks, learner.generator
    obs = environments.reset(own_seed(seed, ranks))
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        segment = collect(environments, networks, obs, settings.n_steps, generator)  # (1)
        experience = with_advantages(segment, networks, settings.gamma, settings.gae_lambda)
        obs = segment.last_obs
        learner.update(experience)
        yield learner, experience
