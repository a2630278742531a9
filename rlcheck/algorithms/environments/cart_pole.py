"""CartPole-v1 in torch: the physics of Gymnasium's, stepped on any device.

A pole stands on a cart; the cart is pushed left or right with 10 newton, and every step pays one.
An episode is terminated where the cart is farther than 2.4 from the middle or the pole leans more
than 12 degrees, and truncated after 500 steps. It begins uniformly within 0.05 of the middle.

    T  = (F + m l w^2 sin x) / M                             M = 1.1, m l = 0.05
    w' = (g sin x - T cos x) / (l (4/3 - m cos^2 x / M))     g = 9.8, l = 0.5, m = 0.1
    v' = T - m l w' cos x / M

with x the pole's angle, w its speed, F the force and v the cart's speed; positions move by the
speeds before the step (explicit Euler), 0.02 seconds a step.

Source: Barto, Sutton and Anderson (1983); constants, order of operations and the Euler step as in
    Gymnasium's CartPole-v1, against which the tests hold every step.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.algorithms.environments._keeping import kept_like, seed_generator, set_generator
from rlcheck.algorithms.environments.protocol import Actions, Transition, positive_count
from rlcheck.algorithms.saving import State

GRAVITY = 9.8
POLE_MASS, TOTAL_MASS = 0.1, 0.1 + 1.0
HALF_LENGTH = 0.5
POLE_MOMENT = POLE_MASS * HALF_LENGTH
FORCE = 10.0
SECONDS = 0.02
FARTHEST, STEEPEST = 2.4, 12 * 2 * math.pi / 360
TIME_LIMIT = 500
_START = 0.05


def moved(state: Float[Tensor, "4 N"], actions: Tensor) -> Float[Tensor, "4 N"]:
    """The state (position, speed, angle, angular speed) one step later; action 1 pushes right."""
    _, speed, angle, turning = state.unbind(0)
    force = torch.where(actions == 1, FORCE, -FORCE)
    sine, cosine = angle.sin(), angle.cos()
    push = (force + POLE_MOMENT * turning.square() * sine) / TOTAL_MASS
    resistance = HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * cosine.square() / TOTAL_MASS)
    turns = (GRAVITY * sine - cosine * push) / resistance
    speeds_up = push - POLE_MOMENT * turns * cosine / TOTAL_MASS
    rates = torch.stack((speed, speeds_up, turning, turns))
    return state + SECONDS * rates


def has_fallen(state: Float[Tensor, "4 N"]) -> Bool[Tensor, " N"]:
    """Where the cart is out of its track, or the pole leans too far."""
    return (state[0].abs() > FARTHEST) | (state[2].abs() > STEEPEST)


class CartPoleEnvironments:
    """N copies, which begin anew in the very step of an end.

    States are kept in float64; observations and rewards are float32, as those of Gymnasium are.
    """

    obs_size = 4
    actions = Actions(kind="discrete", size=2)

    def __init__(self, count: int, device: torch.device | str = "cpu") -> None:
        """Lays the copies on the device.

        Args:
            count: N.
            device: where everything lies.

        Raises:
            InvalidArgument: there would be no copy.
        """
        self.count = positive_count(count)
        self._real = torch.ones(count, dtype=torch.bool, device=device)
        self._rewards = torch.ones(count, device=device)
        self.device = self._real.device
        self._generator = torch.Generator(self.device)
        self.reset(0)

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        seed_generator(self._generator, seed)
        self._state = self._drawn_starts()
        self._steps = torch.zeros(self.count, dtype=torch.int64, device=self.device)
        return _rows(self._state)

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy, [N] of 0 or 1."""
        following, steps = moved(self._state, actions.to(self.device)), self._steps + 1
        terminated = has_fallen(following)
        truncated = (steps == TIME_LIMIT) & ~terminated
        ended = terminated | truncated
        # Drawn in every step, whether or not one is used: who asks would have to wait.
        self._state = torch.where(ended, self._drawn_starts(), following)
        self._steps = torch.where(ended, 0, steps)
        return Transition(
            obs=_rows(self._state),
            next_obs=_rows(following),
            rewards=self._rewards,
            terminated=terminated,
            truncated=truncated,
            real=self._real,
        )

    def state(self) -> State:
        """States, steps since each episode began, and the generator's state."""
        return {
            "states": self._state,
            "steps": self._steps,
            "generator": self._generator.get_state(),
        }

    def restore(self, state: State) -> None:
        """Takes back what `state` gave.

        Raises:
            InvalidArgument: it is not the state of such environments.
        """
        kept = kept_like(state, "states", self._state)
        steps = kept_like(state, "steps", self._steps)
        set_generator(self._generator, state)
        self._state, self._steps = kept, steps

    def _drawn_starts(self) -> Float[Tensor, "4 N"]:
        uniforms = torch.rand(
            4, self.count, dtype=torch.float64, device=self.device, generator=self._generator
        )
        return (2 * uniforms - 1) * _START


def _rows(state: Tensor) -> Float[Tensor, "N O"]:
    # Row by row in memory, as what a checkpoint gives back: another order is another sum.
    return state.T.float().contiguous()
