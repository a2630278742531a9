"""Every result has its bridge or a reason; what a bridge says it holds, it calls."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
import torch

from derivations.catalogue import CHAPTERS as DERIVED
from derivations.catalogue import RESULTS
from rlcheck import bridge as package
from rlcheck.bridge.batches import ascent_by_rollout, gradient_by_weights, some_rollouts
from rlcheck.bridge.catalogue import BRIDGES, CHAPTERS, WITHOUT
from rlcheck.bridge.draws import seeded_case
from rlcheck.bridge.hold import hold
from rlcheck.bridge.monte_carlo import estimate
from rlcheck.losses import cpi, reinforce
from tests.tiers import spread

FOLDER = Path(package.__file__).parent
FORMULA_SIDE = ("tracked.py", "choices.py", "reading.py", "sides.py")
CODE = ("exact", "losses", "estimators", "steps")


def test_every_result_has_a_bridge_or_a_reason():
    held = {bridge.result.name for bridge in BRIDGES}
    excused = {without.result for without in WITHOUT}
    assert held | excused == {result.name for result in RESULTS}
    assert not held & excused
    assert all(without.reason for without in WITHOUT)


def test_bridges_are_listed_under_their_results_chapters():
    assert [name for name, _ in CHAPTERS] == [name for name, _ in DERIVED]
    for (_, bridges), (_, results) in zip(CHAPTERS, DERIVED, strict=True):
        assert {bridge.result.name for bridge in bridges} <= {result.name for result in results}


def test_names_are_unique():
    names = [bridge.name for bridge in BRIDGES]
    assert len(names) == len(set(names))


NAMED = [
    (bridge, name)
    for bridge in BRIDGES
    for part in (*bridge.routes, *bridge.estimators, *bridge.sampled)
    for name in part.code
]


@pytest.mark.parametrize(("bridge", "name"), spread(NAMED, 30))
def test_a_bridge_calls_the_functions_that_it_names(bridge, name, monkeypatch):
    class Called(Exception):
        pass

    def stand_in(*args, **more):
        raise Called

    module, function = name.rsplit(".", 1)
    assert hasattr(import_module(module), function)
    monkeypatch.setattr(f"{module}.{function}", stand_in)
    with pytest.raises(Called):
        _ = hold(bridge, seeded_case(1)), estimate(bridge, seeded_case(1), draws=10)


@pytest.mark.parametrize("file", FORMULA_SIDE)
def test_the_formula_side_imports_nothing_of_the_code(file):
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert not [
        name for name in imported if name and name.split(".")[1:2] and name.split(".")[1] in CODE
    ]


def test_a_loss_by_rollout_is_the_loss_of_each_rollout_alone():
    case = seeded_case(3)
    rollouts = some_rollouts(case, case.policy, 5, _generator())
    for loss in (_reinforce, _surrogate):
        together = ascent_by_rollout(case, rollouts, lambda logp, f=loss: f(rollouts, logp))
        for number in range(5):
            alone = rollouts.select([number])
            whole = gradient_by_weights(
                case, lambda policy, r=alone, f=loss: -f(r, policy(r.obs).log_prob(r.actions))
            )
            assert together[number].sub(whole).abs().max() < 1e-14


def _generator():
    return torch.Generator().manual_seed(0)


def _reinforce(rollout, logp):
    return reinforce(logp, rollout.rewards, 0.5, rollout.terminated)


def _surrogate(rollout, logp):
    return cpi(logp, 0.5 * logp.detach(), rollout.rewards)
