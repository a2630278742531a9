"""The policy gradient theorem's reduction: a mean over rollouts of a sum over steps."""

from torch import Tensor

from rlcheck.estimators._shapes import Flags, Steps, either, only_valid, require_not_empty


def mean_over_rollouts(
    x: Steps, terminated: Flags | None, truncated: Flags | None, mask: Flags | None
) -> Tensor:
    """(1/N) sum over rollouts of the sum over valid steps.

    In `[T, N]` a rollout is a column. In flat `[B]`, whole episodes in order, it is an episode:
    N is the number of ends, and one more where the last step is not an end.

    Raises:
        InvalidArgument: where there is no step.
    """
    require_not_empty("logp", x)
    total = only_valid(x, mask).sum()
    if x.ndim == 2:
        return total / x.shape[1]
    ends = either(terminated, truncated)
    if ends is None:
        return total
    return total / (ends[:-1].sum() + 1)
