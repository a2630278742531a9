"""The one claim whose function in `rlcheck.losses` does more than the claim promises."""

from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck import losses


def value_loss(
    values_new: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The value loss with its clipping left off, which is a convention."""
    return losses.value_loss(values_new, returns, vf_coef, mask)
