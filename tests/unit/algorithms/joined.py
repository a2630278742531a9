"""Two processes that learn as one, and one process that has the rows of both.

Run as a program, it is one of the two: `python -m tests.unit.algorithms.joined RANK MEETING OUT`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from rlcheck.algorithms import a2c, ppo, reinforce, trpo
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience, Segment
from rlcheck.algorithms.networks import make_networks
from rlcheck.algorithms.ranks import Ranks, Together

ROWS = (37, 11)
ROLLOUTS = (3, 1)
LENGTHS = ((7, 2, 5), (3,))
"""Unequal on purpose: with equal counts the plain average over processes is right."""


@dataclass(frozen=True)
class PlainAverage(Together):
    """The plant: every process weighs the same, however few rows it has."""

    def share(self, rows: Any) -> float:
        return 1.0 / self.count


def experience(rank: int) -> Experience:
    generator = torch.Generator().manual_seed(rank)
    rows = ROWS[rank]
    drawn = torch.randn(rows, 9, generator=generator, dtype=torch.float64)
    return Experience(
        obs=drawn[:, :4], actions=(drawn[:, 4] > 0).long(), logp_old=-0.7 + 0.1 * drawn[:, 5],
        values_old=drawn[:, 6], advantages=drawn[:, 7] + 3 * rank, returns=drawn[:, 8] - 2 * rank,
    )  # fmt: skip


def segment(rank: int) -> Segment:
    generator = torch.Generator().manual_seed(rank)
    count, length = ROLLOUTS[rank], max(LENGTHS[0])
    drawn = torch.randn(length, count, 6, generator=generator, dtype=torch.float64)
    lengths = torch.tensor(LENGTHS[rank])
    t = torch.arange(length)[:, None]
    real = t < lengths
    return Segment(
        obs=drawn[..., :4], actions=(drawn[..., 4] > 0).long(), next_obs=drawn[..., :4],
        rewards=(drawn[..., 5] + rank) * real, terminated=t == lengths - 1,
        truncated=torch.zeros_like(real), real=real, last_obs=drawn[-1, :, :4],
    )  # fmt: skip


def both(make: Callable[[int], Any], axis: int) -> Any:
    """The rows of both processes in one."""
    one, other = make(0), make(1)
    last = {"last_obs": 0}
    return type(one)(
        **{n: torch.cat([v, getattr(other, n)], last.get(n, axis)) for n, v in vars(one).items()}
    )


def networks() -> Any:
    return make_networks(4, Actions(kind="discrete", size=2), seed=5, width=8).double()


def _ppo(**options: Any) -> Callable[[Ranks], Any]:
    given = {"epochs": 1, "minibatch": 10_000, "max_grad_norm": None, "ent_coef": 0.01, **options}
    return lambda ranks: ppo.Learner(
        networks=networks(), settings=ppo.PPO(**given), generator=torch.Generator(), ranks=ranks
    )


def _trpo(ranks: Ranks) -> trpo.Learner:
    settings = trpo.TRPO(critic_epochs=1, minibatch=10_000)
    return trpo.Learner(
        networks=networks(), settings=settings, generator=torch.Generator(), ranks=ranks
    )


def _a2c(ranks: Ranks) -> a2c.Learner:
    return a2c.Learner(
        networks=networks(), settings=a2c.A2C(), generator=torch.Generator(), ranks=ranks
    )


def _reinforce(form: Any) -> Callable[[Ranks], Any]:
    settings = reinforce.Reinforce(form=form)
    return lambda ranks: reinforce.Learner(
        networks=networks(), settings=settings, generator=torch.Generator(), ranks=ranks
    )


CASES: dict[str, Callable[[Ranks], Any]] = {
    "ppo": _ppo(),
    "ppo-not-whitened": _ppo(whiten=False),
    "ppo-clipped-gradient": _ppo(max_grad_norm=0.1),
    "ppo-penalty": _ppo(surrogate="penalty"),
    "a2c": _a2c,
    "trpo": _trpo,
    **{f"reinforce-{form}": _reinforce(form) for form in reinforce.FORMS},
}


def outcome(name: str, ranks: Ranks, rank: int | None) -> torch.Tensor:
    """Gradients and parameters after an update on this process's rows; on both's without a rank."""
    learner = CASES[name](ranks)
    make, axis = (segment, 1) if name.startswith("reinforce") else (experience, 0)
    learner.update(both(make, axis) if rank is None else make(rank))
    parameters = list(learner.networks.parameters())
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    return torch.cat([x.detach().flatten() for x in (*gradients, *parameters)])


def many_steps(ranks: Ranks, rank: int) -> tuple[torch.Tensor, int, float]:
    """Minibatches, epochs and both looks at the divergence, with counts that divide nothing."""
    learner = _ppo(
        surrogate="penalty", epochs=20, minibatch=5, learning_rate=0.01, stop_at_kl=0.02
    )(ranks)  # fmt: skip
    learner.generator.manual_seed(rank)
    taken = learner.update(experience(rank))
    flat = torch.nn.utils.parameters_to_vector(learner.networks.parameters()).detach()
    return flat, taken, learner.kl_coef


def main(rank: int, meeting: str, out: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    found = {name: outcome(name, Together(), rank) for name in CASES}
    found |= {f"plain {name}": outcome(name, PlainAverage(), rank) for name in CASES}
    flat, taken, kl_coef = many_steps(Together(), rank)
    found |= {"many": flat, "taken": torch.tensor([taken]), "kl_coef": torch.tensor([kl_coef])}
    torch.save(found, out)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
