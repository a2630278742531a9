"""J and its gradient in many tabular worlds at once, under a softmax of a table of logits.

    dJ / dlogit(a | s) = d(s) pi(a | s) (Q(s, a) - V(s)),   d(s) = sum_t gamma^t Pr(s_t = s)

Without a horizon both V and d solve with M = I - gamma P_pi, d with its transpose: one
factorisation serves both. With one, V_h runs backwards and the state law p_h forwards, and the sum
over time is taken before that over successors:

    sum_h gamma^h p_h(s) Q_h(s, a) = d(s) r(s, a) + gamma sum_s' P(s'|s, a) W(s, s'),
    W(s, s') = sum_h gamma^h p_h(s) V_{h+1}(s')

so that the large table P is read twice in all: for P_pi and here. It is what limits the speed.
Worlds are taken in chunks that stay in the cache between the two; on a CPU with numba (the extra
`fast`) a world at a time by compiled code.

`objective_gradient` gives the same of one world by autograd, for any policy network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.exact.chain import expected_rewards, live_kernel
from rlcheck.worlds.tabular import TabularMDP

CHUNK = 256
"""Worlds a chunk on the CPU: with 20 states and 4 actions their P takes 3 MiB."""

SMALLEST_COMPILED = 256
"""Below so many worlds the plain route takes a few milliseconds; importing numba takes half a
second."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WorldBatch:
    """B worlds of the same sizes, discount and horizon, with their ends taken out.

    Attributes:
        kernels: Pr(s' | s, a) where neither s nor s' is terminal, zero elsewhere, [B, S, A, S].
        rewards: expected, r(s, a); zero in terminal states, [B, S, A].
        initial: [B, S].
        gamma: the discount; below one where there is no horizon.
        horizon: of J, or None.
    """

    # The shapes are looked at below, and told in the words of this class.
    kernels: Tensor
    rewards: Tensor
    initial: Tensor
    gamma: float
    horizon: int | None = None

    def __post_init__(self) -> None:
        _require(self.kernels.ndim == 4, "kernels", self.kernels.shape, "[B, S, A, S]")
        worlds, states, actions, _ = self.kernels.shape
        for name, shape in (
            ("kernels", (worlds, states, actions, states)),
            ("rewards", (worlds, states, actions)),
            ("initial", (worlds, states)),
        ):
            found = getattr(self, name)
            _require(found.shape == shape, f"{name}.shape", list(found.shape), f"{list(shape)}")
            _require(found.dtype == torch.float64, f"{name}.dtype", found.dtype, "torch.float64")
        _require(self.horizon is None or self.horizon >= 1, "horizon", self.horizon, "1 or more")
        proper = self.horizon is not None or self.gamma < 1.0
        _require(proper, "gamma", self.gamma, "below one, or a horizon: what may not end is none")

    @classmethod
    def of(cls, worlds: Sequence[TabularMDP]) -> "WorldBatch":
        """Stacks worlds; a time limit plays no part.

        Raises:
            InvalidArgument: there is none, or they differ in size, discount or horizon.
        """
        kinds = {(w.n_states, w.n_actions, w.gamma, w.horizon) for w in worlds}
        if len(kinds) != 1:
            raise InvalidArgument.of(
                "worlds", sorted(kinds, key=str), "they cannot be stacked",
                "worlds with the same numbers of states and actions, gamma and horizon",
            )  # fmt: skip
        return cls(
            kernels=torch.stack([live_kernel(world) for world in worlds]),
            rewards=torch.stack([expected_rewards(world) for world in worlds]),
            initial=torch.stack([world.initial for world in worlds]),
            gamma=worlds[0].gamma,
            horizon=worlds[0].horizon,
        )

    def __len__(self) -> int:
        return len(self.kernels)

    def rows(self, lo: int, hi: int) -> "WorldBatch":
        """The worlds lo, ..., hi - 1, as views."""
        return WorldBatch(
            kernels=self.kernels[lo:hi], rewards=self.rewards[lo:hi], initial=self.initial[lo:hi],
            gamma=self.gamma, horizon=self.horizon,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Gradients:
    """What `objective_gradients` gives.

    Attributes:
        objectives: J, [B].
        gradients: dJ / dlogits, [B, S, A].
    """

    objectives: Float[Tensor, " B"]
    gradients: Float[Tensor, "B S A"]


def objective_gradients(worlds: WorldBatch, logits: Float[Tensor, "B S A"]) -> Gradients:
    """J and its gradient by the logits of pi(a | s) = softmax(logits[s]), world by world.

    Nothing here carries a graph. Logits of terminal states have no effect and gradient zero.

    Args:
        worlds: B of them.
        logits: float64, [B, S, A], on their device.

    Raises:
        InvalidArgument: the logits are not of that shape, type and device, or not finite.

    Source: Sutton et al. (2000), theorem 1, with the score of a softmax put in.
    """
    due = worlds.rewards
    if logits.shape != due.shape or logits.dtype != due.dtype or logits.device != due.device:
        told = f"{logits.dtype} {list(logits.shape)} on {logits.device}"
        raise InvalidArgument.of(
            "logits", told, "they do not belong to these worlds",
            f"{due.dtype} {list(due.shape)} on {due.device}",
        )  # fmt: skip
    large = due.device.type == "cpu" and len(worlds) >= SMALLEST_COMPILED
    route = _compiled() if large else None
    return (route or gradients_by_torch)(worlds, logits.detach())


def gradients_by_torch(
    worlds: WorldBatch, logits: Float[Tensor, "B S A"], chunk: int | None = None
) -> Gradients:
    """The route of any device: batched tensor operations on chunks of worlds."""
    size = chunk or (CHUNK if logits.device.type == "cpu" else len(worlds))
    found = [
        _chunk_gradients(worlds.rows(lo, lo + size), logits[lo : lo + size].softmax(-1))
        for lo in range(0, len(worlds), size)
    ]
    return Gradients(
        objectives=torch.cat([part[0] for part in found]),
        gradients=torch.cat([part[1] for part in found]),
    )


def _chunk_gradients(worlds: WorldBatch, pi: Float[Tensor, "B S A"]) -> tuple[Tensor, Tensor]:
    chain = _chain(worlds.kernels, worlds.gamma * pi)
    paid = (pi * worlds.rewards).sum(-1)
    solve = _forever if worlds.horizon is None else _until
    weighted, values = solve(worlds, chain, paid)
    # The score of a softmax takes out what is common to the actions of a state: sum_a pi(a) Q(a).
    found = pi * (weighted - (pi * weighted).sum(-1, keepdim=True))
    return (worlds.initial * values).sum(-1), found


def _chain(kernels: Tensor, weights: Tensor) -> Float[Tensor, "B S S"]:
    """sum_a weights(s, a) P(s' | s, a).

    One action after another: each pass is over S S numbers, and no product of the size of P is
    ever written.
    """
    chain = kernels[:, :, 0] * weights[:, :, 0, None]
    for a in range(1, kernels.shape[2]):
        chain.addcmul_(kernels[:, :, a], weights[:, :, a, None])
    return chain


def _forever(worlds: WorldBatch, chain: Tensor, paid: Tensor) -> tuple[Tensor, Tensor]:
    """(d(s) Q(s, a), V) without a horizon; `chain` is gamma P_pi and is overwritten."""
    system = chain.neg_()
    system.diagonal(dim1=-2, dim2=-1).add_(1.0)
    factors, pivots, _ = torch.linalg.lu_factor_ex(system)
    values = torch.linalg.lu_solve(factors, pivots, paid[..., None])
    # The transpose, for real numbers.
    visits = torch.linalg.lu_solve(factors, pivots, worlds.initial[..., None], adjoint=True)
    ahead = (worlds.kernels.flatten(1, 2) @ values).view_as(worlds.rewards)
    return visits * (worlds.rewards + worlds.gamma * ahead), values[..., 0]


def _until(worlds: WorldBatch, chain: Tensor, paid: Tensor) -> tuple[Tensor, Tensor]:
    """(sum_h gamma^h p_h(s) Q_h(s, a), V_0) with a horizon; `chain` is gamma P_pi."""
    assert worlds.horizon is not None
    values, law = [torch.zeros_like(paid)[..., None]], [worlds.initial[:, None]]
    for _ in range(worlds.horizon):
        values.append(torch.baddbmm(paid[..., None], chain, values[-1]))
    for _ in range(1, worlds.horizon):
        law.append(law[-1] @ chain)  # gamma^h p_h
    laws = torch.cat(law, dim=1)
    ahead = laws.mT @ torch.cat(values[-2::-1], dim=2).mT  # W; V_{h+1} from V_H = 0 down
    successors = torch.einsum("bsat,bst->bsa", worlds.kernels, ahead)
    weighted = laws.sum(1)[..., None] * worlds.rewards + worlds.gamma * successors
    return weighted, values[-1][..., 0]


@cache
def _compiled() -> Callable[[WorldBatch, Tensor], Gradients] | None:
    """The compiled route, or None where numba is absent or told not to compile."""
    try:
        from rlcheck.exact import _batched_compiled as compiled
    except ImportError:
        return None
    if not compiled.COMPILED:
        return None

    def gradients(worlds: WorldBatch, logits: Tensor) -> Gradients:
        pi, out = logits.softmax(-1), logits.new_empty(logits.shape)
        objectives = logits.new_empty(len(worlds))
        tensors = (worlds.kernels, worlds.rewards, worlds.initial, pi)
        read = [x.contiguous().numpy() for x in tensors]
        written = (out.numpy(), objectives.numpy())
        if worlds.horizon is None:
            compiled.gradients_forever(worlds.gamma, *read, *written)
        else:
            compiled.gradients_until(worlds.gamma, worlds.horizon, *read, *written)
        return Gradients(objectives=objectives, gradients=out)

    return gradients


def _require(holds: bool, name: str, value: object, instead: str) -> None:
    if not holds:
        raise InvalidArgument.of(name, value, "it does not fit a batch of worlds", instead)
