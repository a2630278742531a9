"""Every bridge is seen to fail: on faults in the code's side, and on misprints in the formula's."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import pytest
import torch
from sympy import Expr

from derivations.language.operators import Curvature, Log
from derivations.language.refusal import Refused
from derivations.language.statement import Derivation, Induction, equal
from derivations.language.terms import THETA, Pi, Table, a, s
from rlcheck.bridge import hold as holding
from rlcheck.bridge.catalogue import BRIDGES
from rlcheck.bridge.draws import seeded_case
from rlcheck.bridge.form import Bridge, Route
from rlcheck.bridge.hold import against, hold
from rlcheck.bridge.monte_carlo import estimate
from rlcheck.bridge.reading import torch_function
from rlcheck.bridge.sides import formula, numbers
from tests.bridge.faults import FAULTS
from tests.derivations.independent.truth import WORLDS, true_off_kinks
from tests.derivations.mutation.lines import Mutant, alone
from tests.derivations.mutation.operators import OPERATORS, mutants
from tests.tiers import spread

CASE = seeded_case(1)
"""Two states, two actions, two steps, γ = 1/2: every fault that needs a second step shows."""


_formula_side: dict = {}


@pytest.fixture(autouse=True)
def _formula_side_once(monkeypatch):
    """No fault of the code reaches the formula's side: its numbers are computed once a bridge."""

    def once(make):
        def known(bridge, case, *rest):
            key = (make, bridge.name, rest)
            if key not in _formula_side:
                _formula_side[key] = make(bridge, case, *rest)
            return _formula_side[key]

        return known

    for name in ("sides", "mean_and_variance"):
        monkeypatch.setattr(holding, name, once(getattr(holding, name)))


def named(part) -> str:
    """How a case is called in the list of tests."""
    return part if isinstance(part, str) else getattr(part, "name", None) or part.__name__


def functions(bridge: Bridge) -> list[str]:
    """All functions that a bridge says it holds."""
    parts = (*bridge.routes, *bridge.estimators, *bridge.sampled)
    return list(dict.fromkeys(name for part in parts for name in part.code))


def plant(monkeypatch, name: str, fault) -> None:
    module, function = name.rsplit(".", 1)
    right = getattr(import_module(module), function)
    monkeypatch.setattr(f"{module}.{function}", fault(right))


def fails(bridge: Bridge) -> bool:
    return not all(held.agrees for held in hold(bridge, CASE))


PLACES = [(bridge, name) for bridge in BRIDGES for name in functions(bridge)]


@pytest.mark.parametrize(("bridge", "name"), spread(PLACES, 30), ids=named)
def test_a_bridge_fails_on_faults_of_each_function_that_it_holds(bridge, name, monkeypatch):
    caught = []
    for fault in FAULTS[name]:
        with monkeypatch.context() as patch:
            plant(patch, name, fault)
            if fails(bridge):
                caught.append(fault.__name__)
                break
    assert caught, f"{bridge.name} sees none of the faults of {name}"


SINGLE = [(name, fault) for name, faults in FAULTS.items() for fault in faults]


@pytest.mark.parametrize(("name", "fault"), spread(SINGLE, 15), ids=named)
def test_each_fault_is_caught_by_some_bridge(name, fault, monkeypatch):
    plant(monkeypatch, name, fault)
    assert any(fails(bridge) for bridge in BRIDGES if name in functions(bridge))


RESULTS = list(dict.fromkeys(bridge.result.name for bridge in BRIDGES))
SEEDS = (1, 4, *range(5, 45))
"""γ = 1/2 in the first two; three steps in the second, where an exponent that is one off shows.
Nearly all misprints end there; what is false in a corner alone has forty worlds to meet it in."""


def bridges_of(name: str) -> list[Bridge]:
    """A result may be held in several places of its range: each has a bridge."""
    return [bridge for bridge in BRIDGES if bridge.result.name == name]


def covered(bridge: Bridge, line: int) -> Iterator[Route]:
    """The routes that compute the line."""
    return (route for route in bridge.routes if not route.sides or line in route.sides)


WITHOUT_MISPRINTS = {
    ("trajectory-probabilities", 1),
    ("score-has-mean-zero", 3),
    ("gaussian-importance-sampling", 2),
    ("kl-is-flat-at-old", 2),
    ("clip-gradient-positive-outside", 1),
    ("clip-gradient-negative-outside", 1),
    ("multiplier-depends-on-the-problem", 2),
    ("multiplier-of-the-trust-region", 2),
    ("adaptive-penalty-rests-in-its-dead-zone", 2),
    ("adaptive-penalty-jumps-over-its-dead-zone", 2),
}
"""(result, line), the line a plain number, in which no operator finds anything to slip at."""
PRINTED = [
    (name, number)
    for name in RESULTS
    for number in range(len(formula(bridges_of(name)[0].result).lines))
    if any(True for bridge in bridges_of(name) for _ in covered(bridge, number))
    and (name, number) not in WITHOUT_MISPRINTS
]
"""(result, line) where some route computes the line."""


def misprints(name: str, number: int) -> list[Expr]:
    """Every slip of every operator in a line."""
    line = formula(bridges_of(name)[0].result).lines[number]
    return [mutant for operator in OPERATORS for mutant in mutants(line, operator)]


def agrees(bridge: Bridge, route: Route, seed: int, mutant: Expr) -> bool:
    """Whether the code gives what the misprint says."""
    wanted, case = formula(bridge.result), bridge.prepare(seeded_case(seed))
    function = torch_function(mutant, wanted.forall, bridge.bindings)
    try:
        value = function(numbers(bridge, case))
    except (Refused, AssertionError, KeyError, IndexError, TypeError):
        return False
    code = route.compute(case).detach()
    if value.value.ndim < code.ndim:
        value = value.reshaped(value.value.shape + (1,) * (code.ndim - value.value.ndim))
    claimed = None if route.claimed is None else route.claimed(case)
    floors = route.roundings(case), route.floor(case)
    return against(bridge, route.code, "value", [value], code, *floors, claimed).agrees


def survives(name: str, number: int, mutant: Expr) -> bool:
    """Whether all code in all places agrees with the misprint."""
    return all(
        agrees(bridge, route, seed, mutant)
        for seed in SEEDS
        for bridge in bridges_of(name)
        for route in covered(bridge, number)
    )


def is_true(name: str, number: int, mutant: Expr) -> bool:
    """Whether the misprint may stand in its line's place: by the engine, or by plain enumeration.

    The state's value may be left out of a critic's error, say: true, and beyond the engine there.
    """
    result = bridges_of(name)[0].result
    if isinstance(result, Induction):
        claim = formula(result)
        sides = [mutant if i == number else line for i, line in enumerate(claim.lines)]
        line = equal(sides[1], "", "")
        whole = Derivation(
            name=name, rows=(), title={}, start=sides[0], lines=(line,), forall=claim.forall
        )
    elif number == 0:
        whole = replace(alone(result, 0), start=mutant)
    else:
        whole = alone(result, number - 1)
        whole = replace(whole, lines=(replace(whole.lines[0], right=mutant),))
    return (
        Mutant(operator="", derivation=whole).accepted()
        or true_off_kinks(whole, whole.statement(0), WORLDS)
        or is_true_of_linear_logits(result, formula(result).lines[number], mutant)
    )


def is_true_of_linear_logits(result: Derivation | Induction, line: Expr, mutant: Expr) -> bool:
    """Whether it says the same of the policies that bridges draw, though not of every one.

    Of a softmax whose logits are linear in θ, ∇²log π is minus the covariance of ∇z: the same for
    every action, as `test_the_curvature_of_log_is_the_same_for_every_action` holds.
    """
    log_curvature, of_state = Curvature(Log(Pi(THETA, a, s))), Table("k", s)
    right, slip = (side.subs(log_curvature, of_state) for side in (line, mutant))
    if isinstance(result, Induction) or right in (line, slip) or slip == mutant:
        return False
    alike = replace(result, start=right, lines=(equal(slip, "", ""),))
    return Mutant(operator="", derivation=alike).accepted()


def test_the_curvature_of_log_is_the_same_for_every_action():
    policy, obs = CASE.policy, CASE.world.observations
    [weight] = policy.parameters()
    curvatures = [
        [
            torch.func.hessian(lambda w, s=s, a=a: (obs[s] @ w.T).log_softmax(-1)[a])(weight)
            for a in range(CASE.actions)
        ]
        for s in range(CASE.states)
    ]
    for first, *others in curvatures:
        assert float(first.detach().abs().max()) > 0.1
        for other in others:
            torch.testing.assert_close(other, first, rtol=0, atol=1e-15)


def accepted_wrongly(name: str, number: int, mutant: Expr) -> bool:
    """Whether a misprint is false, and all code agrees with it."""
    return survives(name, number, mutant) and not is_true(name, number, mutant)


# Not a parameter for each: to list thousands of misprints takes longer than to try thirty.
@pytest.mark.parametrize(("name", "number"), PRINTED[:: len(PRINTED) // 30])
def test_a_bridge_refuses_a_misprint_that_is_false(name, number):
    every = misprints(name, number)
    middle = len(every) // 2
    assert not accepted_wrongly(name, number, every[middle])
    # That one may be true; some other one is not.
    assert any(not survives(name, number, m) for m in every[middle:] + every[:middle])


@pytest.mark.parametrize(("name", "number"), sorted(WITHOUT_MISPRINTS))
def test_a_line_without_misprints_has_none(name, number):
    assert misprints(name, number) == []


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "number"), PRINTED)
def test_a_bridge_refuses_every_misprint_that_is_false(name, number):
    every = misprints(name, number)
    assert every
    assert [mutant for mutant in every if accepted_wrongly(name, number, mutant)] == []


DRAWN = [
    (bridge, part.code[0]) for bridge in BRIDGES for part in (*bridge.estimators, *bridge.sampled)
]


@pytest.mark.parametrize(("bridge", "name"), spread(DRAWN, 8), ids=named)
def test_monte_carlo_rejects_an_estimator_with_a_bias(bridge, name, monkeypatch):
    assert all(estimated.agrees for estimated in estimate(bridge, CASE))
    caught = []
    for fault in FAULTS[name]:
        with monkeypatch.context() as patch:
            plant(patch, name, fault)
            caught += [estimated for estimated in estimate(bridge, CASE) if not estimated.agrees]
    assert caught
