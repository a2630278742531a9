"""How far a Monte Carlo mean may lie from its exact value: an e-value, no normal limit.

For any y, exp(y − y²/6) ≤ 1 + y + y²/3. So for y = λx with E x = 0 and E x² = v,

    E exp(λx − (λ²/6)(x² + 2v)) ≤ exp(−λ²v/3) (1 + λ²v/3) ≤ 1,

and for n independent draws the product, e = exp(λ Σx − (λ²/6)(Σx² + 2nv)), has mean at most one:
Pr(e ≥ 1/α) ≤ α by Markov. It needs the exact variance and nothing else: no bound, no symmetry, no
normal limit. The average of e-values is one, too: that of both signs of λ and of all D coordinates
is the one that counts. λ = √(2 ln(2D/α) / nv), fixed beforehand, is best where Σx² is near nv: a
coordinate is then rejected at √(2 ln(2D/α)) standard errors, 6.5 for D = 1 and α = 10⁻⁹.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

FALSE_ALARM = 1e-9
"""α of one Monte Carlo comparison."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A Monte Carlo mean against its exact value.

    Args:
        draws: how many.
        alpha: the probability, at most, that right code is rejected.
        log_e: log of the e-value.
        errors: the largest deviation of a coordinate, in exact standard errors.
        limit: the deviation at which one is rejected, where the draws vary as they should.
        impossible: a coordinate of variance zero lies off, beyond the floor.
    """

    draws: int
    alpha: float
    log_e: float
    errors: float
    limit: float
    impossible: bool

    @property
    def rejected(self) -> bool:
        """Further off than right code comes with probability `alpha`."""
        return self.impossible or self.log_e >= math.log(1 / self.alpha)


def deviation(
    draws: Float[Tensor, "N D"],
    mean: Float[Tensor, "D"],
    variance: Float[Tensor, "D"],
    floor: Float[Tensor, "D"],
    alpha: float = FALSE_ALARM,
) -> Deviation:
    """Holds the mean of independent draws against their exact mean and variance.

    Args:
        draws: one a row.
        mean: exact, but for `floor`.
        variance: of one draw, an upper bound.
        floor: of rounding, by which a draw's mean may lie off whatever n is.
        alpha: the probability of a false alarm, at most.
    """
    n = len(draws)
    centred = draws - mean
    total, squares = centred.sum(0), centred.square().sum(0)
    total = total.sign() * (total.abs() - n * floor).clamp(min=0)
    varies = variance > floor.square()
    impossible = bool((total[~varies] != 0).any())
    if not bool(varies.any()):
        return Deviation(
            draws=n, alpha=alpha, log_e=-math.inf, errors=0.0, limit=0.0, impossible=impossible
        )
    total, squares, variance = total[varies], squares[varies], variance[varies]
    threshold = 2 * math.log(2 * len(total) / alpha)
    rate = (threshold / (n * variance)).sqrt()
    spent = rate.square() / 6 * (squares + 2 * n * variance)
    logs = torch.cat([rate * total - spent, -rate * total - spent])
    return Deviation(
        draws=n,
        alpha=alpha,
        log_e=float(logs.logsumexp(0)) - math.log(len(logs)),
        errors=float((total.abs() / (n * variance).sqrt()).max()),
        limit=math.sqrt(threshold),
        impossible=impossible,
    )
