"""A world with continuous states and actions whose truth is still a polynomial.

    s' = A s + B a + c + L e,   e ~ N(0, I)
    r(s, a) = z' M z + l' z + k,   z = (s, a)

Under a Gaussian policy with a linear mean every state is Gaussian (a mixture, where there are
several initial points) and every value quadratic, so that J, V, Q, A and their gradients have
closed forms: `rlcheck.exact.linear_gaussian`. The agent observes the state itself.

Source: linear dynamics with quadratic reward are the classical LQR problem (Bertsekas, Dynamic
Programming and Optimal Control, vol. 1, section 3.1); ours adds cross terms, linear terms and a
constant, so that a formula that only holds for a centred problem is found out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds._linear_gaussian_door import (
    as_count,
    as_discount,
    as_factor,
    as_matrix,
    as_real,
    as_weights,
)

Numbers = Tensor | NDArray[Any] | Sequence[Any]  # whatever holds a table of numbers


@dataclass(frozen=True, eq=False, init=False)
class LinearGaussianMDP:
    """Linear dynamics, quadratic reward, Gaussian noise; lists and arrays become float64 tensors.

    Letters in the shapes: S state dimensions, D action dimensions, Z = S + D, K random numbers a
    step, P initial points.

    Attributes:
        dynamics: A, [S, S].
        control: B, [S, D].
        reward_quadratic: M, [Z, Z], over z = (s, a); only its symmetric part counts, and is kept.
        gamma: discount in [0, 1]; below one where `horizon` is None.
        drift: c, [S]; zero by default.
        noise: L, [S, K], or [S] for a standard deviation per dimension; none by default.
        reward_linear: l, [Z]; zero by default.
        reward_constant: k.
        initial_points: [P, S]; the origin by default.
        initial_weights: [P], sums to one; uniform by default.
        initial_noise: [S, K0] or [S], added to the point drawn; none by default. One point with
            noise is a Gaussian start, points without noise are a finite one.
        horizon: of J; the step t = horizon - 1 terminates. None: infinite.
        time_limit: truncates, unseen by the agent: J and V stay those of the unlimited problem.
        clock: the last state component counts the steps of the episode (see `with_time`).
        name: a short name, for reports.
        description: one sentence, for reports.

    Raises:
        InvalidArgument: on a wrong shape, a non-finite entry, weights that are no distribution,
            a discount outside [0, 1], or an endless sum without a discount.
    """

    dynamics: Float[Tensor, "S S"]
    control: Float[Tensor, "S D"]
    reward_quadratic: Float[Tensor, "Z Z"]
    gamma: float
    drift: Float[Tensor, " S"]
    noise: Float[Tensor, "S K"]
    reward_linear: Float[Tensor, " Z"]
    reward_constant: float
    initial_points: Float[Tensor, "P S"]
    initial_weights: Float[Tensor, " P"]
    initial_noise: Float[Tensor, "S K0"]
    horizon: int | None
    time_limit: int | None
    clock: bool
    name: str
    description: str

    def __init__(
        self,
        *,
        dynamics: Numbers,
        control: Numbers,
        reward_quadratic: Numbers,
        gamma: float | int,
        drift: Numbers | None = None,
        noise: Numbers | None = None,
        reward_linear: Numbers | None = None,
        reward_constant: float | int = 0.0,
        initial_points: Numbers | None = None,
        initial_weights: Numbers | None = None,
        initial_noise: Numbers | None = None,
        horizon: int | None = None,
        time_limit: int | None = None,
        clock: bool = False,
        name: str = "",
        description: str = "",
    ) -> None:
        """Converts, copies and checks; the fields are as the class says."""
        transition = _square("dynamics", dynamics)
        size = transition.shape[0]
        steering = as_matrix("control", control, (size, None))
        if steering.shape[1] == 0:
            raise InvalidArgument.of(
                "control", tuple(steering.shape), "has no action dimension", "[S, D], D >= 1"
            )
        both = size + steering.shape[1]
        quadratic = as_matrix("reward_quadratic", reward_quadratic, (both, both))
        points = as_matrix("initial_points", initial_points, (None, size), rows=1)
        ends = as_count("horizon", horizon)
        self._store(
            dynamics=transition,
            control=steering,
            reward_quadratic=(quadratic + quadratic.T) / 2,
            gamma=as_discount(gamma, ends),
            drift=as_matrix("drift", drift, (size,)),
            noise=as_factor("noise", noise, size),
            reward_linear=as_matrix("reward_linear", reward_linear, (both,)),
            reward_constant=as_real("reward_constant", reward_constant),
            initial_points=points,
            initial_weights=as_weights(initial_weights, points.shape[0]),
            initial_noise=as_factor("initial_noise", initial_noise, size),
            horizon=ends,
            time_limit=as_count("time_limit", time_limit),
            clock=clock,
            name=name,
            description=description,
        )

    def _store(self, **settled: object) -> None:
        first = settled["dynamics"]
        assert isinstance(first, Tensor)
        for name, value in settled.items():
            # Defaults are made on the CPU; the world lives where its dynamics do.
            kept = value.to(first.device) if isinstance(value, Tensor) else value
            object.__setattr__(self, name, kept)  # the dataclass is frozen; this is its door

    @property
    def state_dim(self) -> int:
        """S."""
        return self.dynamics.shape[0]

    @property
    def obs_dim(self) -> int:
        """The observation is the state."""
        return self.dynamics.shape[0]

    @property
    def action_dim(self) -> int:
        """D."""
        return self.control.shape[1]

    @property
    def episode_length(self) -> int | None:
        """Steps until an episode ends, by horizon or by time limit; None where it never does."""
        ends = [end for end in (self.horizon, self.time_limit) if end is not None]
        return min(ends) if ends else None

    def reward(
        self, states: Float[Tensor, "*batch S"], actions: Float[Tensor, "*batch D"]
    ) -> Float[Tensor, "*batch"]:
        """r(s, a) = z' M z + l' z + k, with z = (s, a)."""
        joint = torch.cat([states, actions], dim=-1)
        quadratic = ((joint @ self.reward_quadratic) * joint).sum(-1)
        return quadratic + joint @ self.reward_linear + self.reward_constant

    def successor(
        self,
        states: Float[Tensor, "*batch S"],
        actions: Float[Tensor, "*batch D"],
        disturbances: Float[Tensor, "*batch K"],
    ) -> Float[Tensor, "*batch S"]:
        """The next state s' = A s + B a + c + L e, with e given."""
        moved = states @ self.dynamics.T + actions @ self.control.T + self.drift
        return moved + disturbances @ self.noise.T

    def to(self, device: torch.device | str) -> "LinearGaussianMDP":
        """The same world with its tensors on `device`."""
        moved = {
            field.name: getattr(self, field.name).to(device)
            for field in fields(self)
            if isinstance(getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)

    def with_time(self) -> "LinearGaussianMDP":
        """The same world whose last state component is the step t, counted from zero.

        With a finite horizon V depends on t; here t is part of the observation, so that V is a
        function of what the agent sees. The clock is itself linear: t' = t + 1, no noise.
        """
        if self.clock:
            return self
        size, controls = self.state_dim, self.action_dim
        place = [*range(size), *range(size + 1, size + 1 + controls)]
        quadratic = self.reward_quadratic.new_zeros(len(place) + 1, len(place) + 1)
        quadratic[torch.tensor(place)[:, None], torch.tensor(place)] = self.reward_quadratic
        linear = self.reward_linear.new_zeros(len(place) + 1)
        linear[place] = self.reward_linear
        return replace(
            self,
            dynamics=torch.block_diag(self.dynamics, self.dynamics.new_ones(1, 1)),
            control=_with_row(self.control),
            drift=torch.cat([self.drift, self.drift.new_ones(1)]),
            noise=_with_row(self.noise),
            reward_quadratic=quadratic,
            reward_linear=linear,
            initial_points=_with_row(self.initial_points.T).T,
            initial_noise=_with_row(self.initial_noise),
            clock=True,
        )


def _with_row(matrix: Tensor) -> Tensor:
    return torch.cat([matrix, matrix.new_zeros(1, matrix.shape[1])])


def _square(name: str, value: Numbers) -> Tensor:
    matrix = as_matrix(name, value, (None, None))
    if matrix.shape[0] == 0 or matrix.shape[0] != matrix.shape[1]:
        raise InvalidArgument.of(
            name, tuple(matrix.shape), "is not square", "a matrix [S, S], S >= 1"
        )
    return matrix
