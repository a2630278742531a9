"""`Rollout`: a batch of experience, time-major, in whole episodes or in segments."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from rlcheck.errors import InvalidArgument

# In a padded slot these repeat the last real slot, so that a network may be called on them;
# everything else is zero or False.
_REPEATED = ("obs", "next_obs", "states", "next_states", "steps")
_ZEROED = ("actions", "rewards", "terminated", "truncated")


@dataclass(frozen=True, kw_only=True, eq=False)
class Rollout:
    """N rollouts of at most T steps, time-major.

    `rewards[t]`, `terminated[t]` and `truncated[t]` belong to the transition that `actions[t]`
    began in `obs[t]`. `next_obs[t]` is its true successor, also where the episode ended: the final
    observation, never the one after a reset. In whole episodes each column is one episode, real
    up to its end and padded after it. In segments every slot is real, and an episode that ends is
    followed by the next one in the row below.

    A padded slot repeats `obs`, `next_obs`, `states`, `next_states` and `steps` of the last real
    one; its actions and rewards are zero, its flags False.

    Attributes:
        obs: [T, N, O] float64.
        actions: [T, N] int64, or [T, N, D] float64.
        rewards: [T, N] float64.
        next_obs: [T, N, O] float64.
        terminated: [T, N] bool, an end of the problem itself.
        truncated: [T, N] bool, cut by a time limit; never together with `terminated`.
        mask: [T, N] bool, where a slot holds a real transition; True above False in a column.
        steps: [T, N] int64, time since the episode began, for gamma^t.
        states: [T, N] int64, or None where states are no integers.
        next_states: [T, N] int64, or None.
        probability: [N] float64, where rollouts are enumerated (or weights of quadrature).

    Raises:
        InvalidArgument: where the shapes do not belong together.
    """

    obs: Float[Tensor, "T N O"]
    actions: Int64[Tensor, "T N"] | Float[Tensor, "T N D"]
    rewards: Float[Tensor, "T N"]
    next_obs: Float[Tensor, "T N O"]
    terminated: Bool[Tensor, "T N"]
    truncated: Bool[Tensor, "T N"]
    mask: Bool[Tensor, "T N"]
    steps: Int64[Tensor, "T N"]
    states: Int64[Tensor, "T N"] | None = None
    next_states: Int64[Tensor, "T N"] | None = None
    probability: Float[Tensor, " N"] | None = None

    def __post_init__(self) -> None:
        if self.rewards.ndim != 2 or 0 in self.rewards.shape:
            raise InvalidArgument.of(
                "rewards.shape", tuple(self.rewards.shape), "wrong shape", "[T, N] with T, N >= 1"
            )
        rows_and_columns = self.rewards.shape
        for name, value in self._tensors().items():
            expected = rows_and_columns[1:] if name == "probability" else rows_and_columns
            if value.shape[: len(expected)] != expected:
                letters = "[N]" if name == "probability" else "[T, N, ...]"
                raise InvalidArgument.of(
                    f"{name}.shape", tuple(value.shape), "does not fit rewards", letters
                )

    @property
    def T(self) -> int:
        """Number of time steps, padding included."""
        return self.rewards.shape[0]

    @property
    def N(self) -> int:
        """Number of rollouts."""
        return self.rewards.shape[1]

    @property
    def dones(self) -> Bool[Tensor, "T N"]:
        """Where an episode ends, for whichever reason."""
        return self.terminated | self.truncated

    @property
    def lengths(self) -> Int64[Tensor, " N"]:
        """Number of real slots in each column."""
        return self.mask.sum(dim=0)

    def select(self, columns: Tensor | Sequence[int] | slice) -> "Rollout":
        """The rollouts at `columns`: indices (repeated ones allowed), a boolean mask, a slice.

        Probabilities are taken along as they are, not normalised anew.
        """
        index = columns
        if not isinstance(columns, slice):
            index = torch.as_tensor(columns, device=self.rewards.device)
            if index.numel() == 0:
                raise InvalidArgument.of("columns", columns, "empty", "at least one column")
        return replace(
            self,
            **{
                name: value[index] if name == "probability" else value[:, index]
                for name, value in self._tensors().items()
            },
        )

    def to(self, device: torch.device | str) -> "Rollout":
        """The same rollouts with all tensors on `device`."""
        return replace(self, **{name: x.to(device) for name, x in self._tensors().items()})

    def padded_to(self, length: int) -> "Rollout":
        """The same rollouts with padded rows added below, up to `length` of them in all."""
        if length < self.T:
            raise InvalidArgument.of("length", length, "shorter than T", f"at least {self.T}")
        missing = length - self.T
        longer = {
            name: x
            if name == "probability"
            else torch.cat([x, x[-1:].expand(missing, *x.shape[1:])])
            for name, x in self._tensors().items()
        }
        longer["mask"][self.T :] = False
        return replace(self, **longer).with_clean_padding()

    def with_clean_padding(self) -> "Rollout":
        """The same rollouts with every padded slot filled as the class says.

        Raises:
            InvalidArgument: where a mask is empty in a column, or True below a False.
        """
        if not bool(self.mask[0].all()) or bool((self.mask[1:] & ~self.mask[:-1]).any()):
            raise InvalidArgument.of(
                "mask", self.mask, "not a block from the first row down", "True above False"
            )
        rows = torch.arange(self.T, device=self.mask.device)[:, None]
        last = torch.minimum(rows, self.lengths - 1)
        column = torch.arange(self.N, device=self.mask.device)
        clean = {}
        for name, value in self._tensors().items():
            if name in _REPEATED:
                clean[name] = value[last, column]
            elif name in _ZEROED:
                hidden = ~self.mask.reshape(*self.mask.shape, *[1] * (value.ndim - 2))
                clean[name] = value.masked_fill(hidden, 0)
        return replace(self, **clean)

    @classmethod
    def concatenate(cls, rollouts: Sequence["Rollout"]) -> "Rollout":
        """All rollouts side by side, the shorter batches padded to the longest.

        Raises:
            InvalidArgument: for an empty sequence, or where only some have states or
                probabilities.
        """
        if len(rollouts) == 0:
            raise InvalidArgument.of("rollouts", rollouts, "empty", "at least one Rollout")
        present = [set(rollout._tensors()) for rollout in rollouts]
        if any(names != present[0] for names in present):
            odd = sorted(set.union(*present) - set.intersection(*present))
            raise InvalidArgument.of(
                "rollouts", odd, "given in some and None in others", "the same fields in each"
            )
        longest = max(rollout.T for rollout in rollouts)
        parts = [r if longest == r.T else r.padded_to(longest) for r in rollouts]
        return cls(
            **{
                name: torch.cat(
                    [part._tensors()[name] for part in parts], dim=int(name != "probability")
                )
                for name in present[0]
            }
        )

    def _tensors(self) -> dict[str, Tensor]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def cut_short(rollout: Rollout) -> Rollout:
    """Episodes of unequal length: ends where we please, for formulas that only read the flags."""
    mask, terminated = rollout.mask.clone(), rollout.terminated.clone()
    for column in range(rollout.N):
        length = 1 + column % rollout.T
        mask[length:, column] = False
        terminated[length - 1, column] = True
    return replace(rollout, mask=mask, terminated=terminated).with_clean_padding()
