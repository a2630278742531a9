"""What the target of a claim about policies with a memory is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from rlcheck.exact import memory


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryTruth:
    """A policy with a memory in its world, how segments begin, and how long they are.

    Attributes:
        policy: the networks under training, and the behaviour policy beside them.
        carried: how a segment may begin.
        settings: gamma and the rest.
        length: T.
    """

    policy: memory.RememberingPolicy
    carried: tuple[memory.Carried, ...]
    settings: Mapping[str, float]
    length: int

    def ppo(self) -> Float[Tensor, ""]:
        """The potential of clipped surrogate, squared error and entropy over all histories."""
        settings, total = self.settings, None
        for nodes in memory.histories(self.policy, self.carried, self.length):
            here = (
                memory.clipped_surrogate(nodes, settings["clip_eps"])
                + memory.squared_error(nodes, settings["vf_coef"])
                + memory.entropy(nodes, settings["ent_coef"])
            )
            total = here if total is None else total + here
        assert total is not None, "a segment has steps"
        return total
