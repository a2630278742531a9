"""Five faults for `your_project/ppo.py`, each from a public thread, planted one at a time.

python examples/plant.py FAULT FOLDER    # a copy of your_project with that fault in it
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent / "your_project"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault as somebody wrote it.

    Attributes:
        id: its name.
        thread: where it was reported, `owner/repo#number`.
        sentence: what went wrong there.
        right: what ppo.py says, exactly once.
        wrong: what stands there with the fault.
        test: the test function of the project that finds it.
        found_by: a property that fails.
    """

    id: str
    thread: str
    sentence: str
    right: str
    wrong: str
    test: str
    found_by: str


FAULTS = {
    fault.id: fault
    for fault in (
        Fault(
            id="one-long-episode",
            thread="PaddlePaddle/PARL#47",
            sentence="advantages of several episodes are computed as if they were one",
            right="gae_lambda * going_on[t] * lastgaelam",
            wrong="gae_lambda * lastgaelam",
            test="test_advantages",
            found_by="boundaries-do-not-leak",
        ),
        Fault(
            id="clipped-term-alone",
            thread="tensorforce/tensorforce#106",
            sentence="the surrogate is not the worse of the two terms of equation 7",
            right="torch.max(pg_loss1, pg_loss2).mean()",
            wrong="pg_loss2.mean()",
            test="test_both",
            found_by="negative-advantage-below",
        ),
        Fault(
            id="entropy-is-lowered",
            thread="LuEE-C/PPO-Keras#4",
            sentence="the entropy bonus has the other sign: exploration is punished",
            right="- ent_coef * entropy.mean()",
            wrong="+ ent_coef * entropy.mean()",
            test="test_loss",
            found_by="exact-on-policy",
        ),
        Fault(
            id="every-value-meets-every-return",
            thread="RLinf/RLinf#1568",
            sentence="values of shape [B, 1] minus returns of shape [B] are [B, B]",
            right="newvalue.squeeze(-1) - returns",
            wrong="newvalue - returns",
            test="test_loss_with_my_agent",
            found_by="splitting",
        ),
        Fault(
            id="two-shuffles",
            thread="alessiodm/drl-zh#17",
            sentence="arrays that belong together are shuffled each by its own permutation",
            right="yield [array[inds] for array in batch]",
            wrong="yield [array[torch.randperm(len(array))[: len(inds)]] for array in batch]",
            test="test_shuffled",
            found_by="order-of-rollouts",
        ),
    )
}


def copy_project(into: Path) -> Path:
    """A copy of the project, without what running it leaves behind."""
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".hypothesis")
    return Path(shutil.copytree(PROJECT, into, ignore=ignored))


def plant(fault: Fault, into: Path) -> Path:
    """A copy of the project with one fault in it.

    Raises:
        ValueError: ppo.py does not say, exactly once, what the fault replaces.
    """
    file = copy_project(into) / "ppo.py"
    text = file.read_text(encoding="utf-8")
    if text.count(fault.right) != 1:
        raise ValueError(
            f"{fault.id}: {fault.right!r} stands {text.count(fault.right)} times in ppo.py; "
            "it has to stand there once"
        )
    file.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    return into


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in FAULTS:
        sys.exit(f"usage: python examples/plant.py FAULT FOLDER, FAULT one of {', '.join(FAULTS)}")
    print(plant(FAULTS[sys.argv[1]], Path(sys.argv[2])))
