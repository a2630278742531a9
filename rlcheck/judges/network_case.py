"""A case with continuous actions around networks that the implementation brings.

They see a few linear functions of the state, as many as they have inputs. Sampled batches come
from the same worlds as for rlcheck's own networks. Worlds whose rollouts are all listed have a
part of the state that no action moves, which is all that the networks see there: the truth is then
exact whatever they compute (`rlcheck.exact.linear_gaussian.open_loop`).
"""

import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.claims.network_truth import NetworkTruth
from rlcheck.exact import linear_gaussian as exact
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.continuous_case import POLYNOMIAL_ORDER, ContinuousCase
from rlcheck.judges.gaussian_worlds import QuadraticValue, gaussian_world, numbers, unmoved_world
from rlcheck.judges.tilt import (
    Tilt,
    TiltedPolicy,
    gaussian_of,
    no_tilt,
    tilted,
    tilted_in_one,
)
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import BroughtNetworks, Through, has_critic
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import (
    Disturbances,
    draw,
    unroll,
    whole_length,
)
from rlcheck.worlds.rollout import Rollout

_DEFAULT_CLIP = 0.25


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkCase(ContinuousCase):
    """What the networks are asked is decided here; what they answer is theirs.

    Attributes:
        own: the networks.
        seen: what they see of a state, [O, S].
        tilt: how far the behaviour policy lies from theirs.
        dimension: of the action, in which it does where rollouts are listed.
        critic: the values that estimators are given, [K, F]; None: the networks' own.
        offset: what is added to the networks' values for those stored with the rollout, [K, F].
    """

    own: BroughtNetworks
    seen: Float[Tensor, "O S"]
    tilt: Tilt
    dimension: int
    critic: Float[Tensor, "K F"] | None
    offset: Float[Tensor, "K F"]

    @property
    def on_policy(self) -> bool:
        return self.tilt.is_none

    @cached_property
    def networks(self) -> BroughtNetworks:
        return self.own

    @cached_property
    def policy_old(self) -> nn.Module:
        return TiltedPolicy(self.own, self.tilt)

    @cached_property
    def truth(self) -> NetworkTruth:
        return NetworkTruth(
            world=self.world, seen=self.seen, own=self.own, policy=self._policy,
            policy_old=self._behaviour, value=self._value, settings=self.settings,
            on_policy=self.on_policy, dimension=self.dimension,
        )  # fmt: skip

    def described_policies(self) -> dict[str, str]:
        moved = f"shift {self.tilt.shift.tolist()}, widen {self.tilt.widen.tolist()}"
        return {
            "what the networks see": f"s -> E s, E = {self.seen.tolist()}",
            "pi_old": f"N(mean + shift std, diag exp(2 (log_std + widen))), {moved}",
            "pi": "the networks that the implementation brings",
        }

    def to(self, device: torch.device | str) -> Self:
        if self.device == torch.device(device):
            return self
        names = [
            "world",
            "seen",
            "tilt",
            "offset",
            *(["critic"] if self.critic is not None else []),
        ]
        moved: dict[str, Any] = {name: getattr(self, name).to(device) for name in names}
        return replace(self, **moved)

    def sampled_rollout(self, generator: torch.Generator) -> Rollout:
        length = self.length or whole_length(self.world)
        assert length is not None, "whole episodes are those of a world that ends"
        drawn = draw(self.world, self.n_rollouts, length, generator)
        eps = self.settings.get("clip_eps", _DEFAULT_CLIP)
        drawn = Disturbances(
            starts=drawn.starts,
            actions=self.tilt.away_from_kinks(drawn.actions, eps),
            noise=drawn.noise,
        )
        with torch.no_grad():
            return unroll(self.world, self._behaviour, drawn)

    def on_nodes(self, order: int) -> Batch:
        if self.has_kinks:
            rollout = exact.split_rollouts(
                self.world, self._policy, self._behaviour, self.settings["clip_eps"], order,
                dimension=self.dimension,
            )  # fmt: skip
        else:
            rollout = exact.quadrature_rollouts(
                self.world, self._behaviour, order, action_orders=self._orders(order)
            )
        known = self._known(rollout)
        batch = self.batch(rollout, known["advantages"], known["returns"])
        return replace(batch, values=known["values"], next_values=known["next_values"])

    def batch(self, rollout: Rollout, advantages: Tensor, returns: Tensor) -> Batch:
        mask = rollout.mask.to(torch.float64)
        seen = replace(rollout, obs=self._seen(rollout.obs), next_obs=self._seen(rollout.next_obs))
        given = self._value if self.critic is None else QuadraticValue(self.critic)
        with torch.no_grad():
            # Off the ends of every range that a value may be clipped to: no kink is met.
            stored = self._value(rollout.obs) + QuadraticValue(self.offset)(rollout.obs) + 1 / 128
            return Batch(
                rollout=seen,
                networks=self.own,
                policy_old=self.policy_old,
                logp_old=self.policy_old(seen.obs).log_prob(rollout.actions) * mask,
                values=given(rollout.obs) * mask,
                next_values=given(rollout.next_obs) * mask,
                values_old=stored * mask,
                advantages=advantages * mask,
                returns=returns * mask,
                settings=self.settings,
            )

    def _seen(self, states: Float[Tensor, "*batch S"]) -> Float[Tensor, "*batch O"]:
        return states @ self.seen.T

    @property
    def _policy(self) -> nn.Module:
        """Pi of a state."""
        return Through(lambda states: gaussian_of(self.own, self._seen(states)))

    @property
    def _behaviour(self) -> nn.Module:
        """pi_old of a state."""
        return Through(lambda states: self.policy_old(self._seen(states)))

    def _value(self, states: Tensor) -> Tensor:
        if not has_critic(self.own):
            return torch.zeros_like(states[..., 0])
        return self.own.value(self._seen(states).to(self.own.dtype)).to(torch.float64)

    def _orders(self, order: int) -> list[int]:
        """A ratio needs many nodes in the dimension that it depends on, a score three."""
        few = order if self.on_policy else POLYNOMIAL_ORDER
        return [order if d == self.dimension else few for d in range(self.world.action_dim)]

    @torch.no_grad()
    def _known(self, rollout: Rollout) -> dict[str, Tensor]:
        """The exact values and advantages of the behaviour policy, of the whole state."""
        old, states, steps = self.truth.old, rollout.obs, rollout.steps
        start = (states[0, :, None] - self.world.initial_points).abs().sum(-1).argmin(-1)
        v = torch.stack([one.matrix for one in old.state_values])
        # V after the end is never to be used: whoever uses it shall be seen, so it depends on what
        # the last action moved.
        v = torch.cat([v, v[:, -1:]], dim=1)
        q = torch.stack([one.matrix for one in old.action_values])
        values = _at(v[start, steps], states)
        following = _at(v[start, steps + 1], rollout.next_obs)
        action_values = _at(q[start, steps], torch.cat([states, rollout.actions], -1))
        live = (~rollout.terminated).to(torch.float64)
        return {
            "values": values, "next_values": following, "advantages": action_values - values,
            "returns": rollout.rewards + self.world.gamma * live * following,
        }  # fmt: skip


def _at(matrices: Float[Tensor, "T N X X"], points: Float[Tensor, "T N x"]) -> Tensor:
    joint = torch.cat([torch.ones_like(points[..., :1]), points], dim=-1)
    return torch.einsum("tni,tnij,tnj->tn", joint, matrices, joint)


def make_network_case(recipe: Any, chooser: Chooser, own: BroughtNetworks) -> NetworkCase:
    """The case of a recipe for continuous actions around networks that somebody brings."""
    made = _listed_world if recipe.listed else _sampled_world
    world, tilt, dimension = made(recipe, chooser, own.action.size)
    rows = 1 if not world.clock else (world.horizon or 0) + 1
    width = 1 + world.obs_dim + world.obs_dim * (world.obs_dim + 1) // 2
    critic = None if recipe.shared_critic else numbers(chooser, rows, width) / 4
    return NetworkCase(
        world=world,
        form=recipe.form,
        length=recipe.size.horizon if recipe.form == "segments" else None,
        own=own,
        seen=_view(own.obs_dim, world, hides=recipe.listed),
        tilt=tilt if recipe.off_policy else no_tilt(own.action.size),
        dimension=dimension,
        critic=critic,
        offset=numbers(chooser, rows, width) / 16,
        settings=dict(recipe.settings),
        n_rollouts=recipe.n_rollouts,
        seed=recipe.seed,
        recipe=replace(recipe, choices=tuple(chooser.taken)),
    )


Made = tuple[LinearGaussianMDP, Tilt, int]


def _sampled_world(recipe: Any, chooser: Chooser, count: int) -> Made:
    settings = dict(recipe.settings)
    # Segments that may be truncated are so in every other case, and end by themselves else.
    truncates = recipe.limit and recipe.seed % 2 == 0
    world = gaussian_world(
        recipe.form, recipe.size, settings.get("gamma", 0.75), chooser, truncates, noisy=True
    )
    near = recipe.off_policy and recipe.form == "delayed"
    return world, tilted(chooser, count, near), 0


def _listed_world(recipe: Any, chooser: Chooser, count: int) -> Made:
    settings = dict(recipe.settings)
    dimension = chooser.choice(range(count))
    kinks = recipe.off_policy and "clip_eps" in settings
    world = unmoved_world(
        recipe.size, settings.get("gamma", 0.75), chooser, dimension if kinks else None
    )
    return world, tilted_in_one(chooser, count, dimension), dimension


def _view(obs_dim: int, world: LinearGaussianMDP, hides: bool) -> Float[Tensor, "O S"]:
    """Numbers k/32 in [-1/2, 1/2], none of them zero but for the part that is not to be seen."""
    chosen = random.Random(f"{obs_dim}, {world.state_dim}")
    rows = [
        [chosen.choice((-1, 1)) * chosen.randint(4, 16) / 32 for _ in range(world.state_dim)]
        for _ in range(obs_dim)
    ]
    seen = torch.tensor(rows, dtype=torch.float64)
    if hides:
        seen[:, 1] = 0.0  # the second component, of `unmoved_world`
    return seen
