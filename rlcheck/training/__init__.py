"""Training as a product: runs in folders, that can be killed at any moment and taken up again.

    <folder>/config.json               what was asked for; a run is taken up with the same only
    <folder>/checkpoint.safetensors    all that changes, as of some number of steps
    <folder>/metrics.jsonl             one line each few thousand steps
    <folder>/events.out.tfevents.*     the same for TensorBoard
    <folder>/curves.svg                the same as pictures, where they were asked for

`algorithms` learns and writes nothing; here is what writes, and nothing that learns.
"""

from rlcheck.training.configuration import Configuration, configured
from rlcheck.training.divergence import Diverged
from rlcheck.training.evaluation import evaluate
from rlcheck.training.folders import begun, taken_up
from rlcheck.training.run import Ended, train
from rlcheck.training.table import ALGORITHMS, Algorithm

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Configuration",
    "Diverged",
    "Ended",
    "begun",
    "configured",
    "evaluate",
    "taken_up",
    "train",
]
