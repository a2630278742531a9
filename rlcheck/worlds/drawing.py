"""Drawing from finite distributions with one uniform each, so that exact zeros are never drawn.

Two ways. `distribution_function` and `inverse` look for the uniform among cumulative sums: no
preparation to speak of, a search for each draw. `AliasTables` answer in constant time.

A uniform is a float64 below one and a multiple of 2^-53, as both PyTorch and NumPy draw them.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

BITS = 53
WHOLE = 1 << BITS
"""Uniforms are the integers below this one, divided by it."""


def distribution_function(probabilities: Float[Tensor, "*rows K"]) -> Float[Tensor, "*rows K"]:
    """Cumulative sums F with Pr(k) = F[k] - F[k-1]; the first k with F[k] > u is the draw.

    An impossible k has F[k] = F[k-1] and is never first. From the last possible k on, F is
    infinite, so that a sum rounded to below one cannot let a draw fall off the end.
    """
    possible = (probabilities > 0).long()
    following = possible.flip(-1).cumsum(-1).flip(-1) - possible  # possible ones after each k
    return probabilities.cumsum(-1).masked_fill(following == 0, torch.inf)


def inverse(functions: Float[Tensor, "..."], uniform: Float[Tensor, "..."]) -> Int64[Tensor, "..."]:
    """The first k with F[k] > u: strictly, or u = 0 would draw an impossible k."""
    return torch.searchsorted(functions.contiguous(), uniform, right=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class AliasTables:
    """Walker's method: K cells of equal mass, each shared by two outcomes at most.

    The uniform u names the cell k = floor(K u) and, inside it, the outcome: `outcomes[r, k, 0]`
    where u < cuts[r, k], `outcomes[r, k, 1]` elsewhere. K is a power of two and every cut a
    multiple of 2^-53, so that no step of this rounds: the law is exactly `law()`.

    Attributes:
        cuts: [R, K], k / K <= cuts[r, k] <= (k + 1) / K.
        outcomes: [R, K, 2].
    """

    cuts: Float[Tensor, "R K"]
    outcomes: Int64[Tensor, "R K 2"]

    @property
    def cells(self) -> int:
        """K."""
        return self.cuts.shape[1]

    def draw(self, rows: Int64[Tensor, " N"], uniform: Float[Tensor, " N"]) -> Int64[Tensor, " N"]:
        """One outcome of each row that is named."""
        place = rows * self.cells + (uniform * self.cells).long()
        late = uniform >= self.cuts.flatten()[place]
        return self.outcomes.flatten()[2 * place + late]

    def law(self) -> list[dict[int, int]]:
        """Of every row, how many of the 2^53 uniforms give each outcome; nothing is rounded."""
        width, laws = WHOLE // self.cells, []
        for cuts, outcomes in zip(self.cuts.tolist(), self.outcomes.tolist(), strict=True):
            law: dict[int, int] = {}
            for k, (cut, (early, late)) in enumerate(zip(cuts, outcomes, strict=True)):
                share = int(cut * WHOLE) - k * width
                law[early] = law.get(early, 0) + share
                law[late] = law.get(late, 0) + width - share
            laws.append({outcome: mass for outcome, mass in law.items() if mass > 0})
        return laws


def alias_tables(rows: list[dict[int, float]]) -> AliasTables:
    """Tables of several distributions, one a row.

    A probability becomes the nearest multiple of 2^-53; what all of them together are then off one
    is added to the most likely outcome. One that is a multiple of 2^-53 already stays as it is if
    all of its row are, and one below 2^-54 is never drawn.

    Args:
        rows: outcome -> probability; those of a row sum to one, but for rounding.

    Source: Walker (1977); built as Vose (1991) does, in whole numbers.
    """
    cells = 1 << (max(map(len, rows)) - 1).bit_length()
    built = [_alias_row(_in_whole_numbers(row), cells) for row in rows]
    cuts = [[cut / WHOLE for cut in row] for row, _ in built]
    outcomes = [row for _, row in built]
    return AliasTables(
        cuts=torch.tensor(cuts, dtype=torch.float64), outcomes=torch.tensor(outcomes)
    )


def _in_whole_numbers(row: dict[int, float]) -> list[tuple[int, int]]:
    """(outcome, mass) of what is possible; the masses sum to 2^53."""
    masses = {outcome: round(p * WHOLE) for outcome, p in row.items()}
    likeliest = max(masses, key=lambda outcome: masses[outcome])
    masses[likeliest] += WHOLE - sum(masses.values())
    return [(outcome, mass) for outcome, mass in masses.items() if mass > 0]


def _alias_row(masses: list[tuple[int, int]], cells: int) -> tuple[list[int], list[list[int]]]:
    """Cuts, in 2^-53, and the two outcomes of each cell.

    A cell that an outcome cannot fill is filled up by one that has more than a cell's mass. Both
    lists together always hold as much as the cells that are still open.
    """
    width = WHOLE // cells
    filler = masses[0][0]
    left = [mass for _, mass in masses] + [0] * (cells - len(masses))
    own = [outcome for outcome, _ in masses] + [filler] * (cells - len(masses))
    outcomes = [[outcome, outcome] for outcome in own]
    small = [k for k in range(cells) if left[k] < width]
    large = [k for k in range(cells) if left[k] > width]
    cuts = [(k + 1) * width for k in range(cells)]
    while small:
        k, donor = small.pop(), large[-1]
        cuts[k] = k * width + left[k]
        outcomes[k][1] = own[donor]
        left[donor] -= width - left[k]
        if left[donor] <= width:
            large.pop()
        if left[donor] < width:
            small.append(donor)
    return cuts, outcomes
