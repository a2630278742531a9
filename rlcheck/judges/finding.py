"""What a failing report shows: the worst coordinate, where the bias sits, the smallest world."""

from typing import Any

import numpy as np
from torch import Tensor

from rlcheck.judges.case import Case
from rlcheck.judges.continuous_case import AnyCase, ContinuousCase
from rlcheck.judges.examination import Examination, fails_on, measure_again
from rlcheck.judges.gaussian_finding import describe_gaussian_world, place_in_array
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.response import coordinate_name
from rlcheck.judges.shrinking import smallest_failing
from rlcheck.judges.step_finding import coordinate_of_a_step
from rlcheck.verdict import Finding
from rlcheck.worlds import TabularMDP

# An exact failure says more than one by reference; a plain form more than one with resets.
_KINDS = ("exact-", "first-", "same-", "positive-", "negative-")
_FORMS = ("fixed", "delayed", "time-limit", "ragged", "segments", "carried", "carried-ragged")


def worst(failing: list[Measurement]) -> Measurement:
    """The failure to report: by kind, by form, then by size."""

    def key(measured: Measurement) -> tuple[int, int, float]:
        kinds = [i for i, kind in enumerate(_KINDS) if measured.property_id.startswith(kind)]
        form = _FORMS.index(measured.case.form)
        return (kinds[0] if kinds else len(_KINDS), form, -measured.relative_error)

    return min(failing, key=key)


def find_smallest(examination: Examination, failing: list[Measurement], shrink: bool) -> Finding:
    """Shrinks the failure that is worth reporting, and describes it."""
    chosen = worst(failing)
    case = smallest_case(examination, chosen) if shrink else chosen.case
    return describe_on(examination, chosen, case)


def smallest_case(examination: Examination, measured: Measurement) -> AnyCase:
    """The smallest case on which the property of a measurement fails; its own if none is found."""
    case: AnyCase = measured.case
    tabular = case.recipe is not None and getattr(case, "own", None) is None
    if not tabular or examination.claim.gives == "number":
        return case
    return smallest_failing(case, lambda c: fails_on(examination, measured.property_id, c))


def describe_on(examination: Examination, measured: Measurement, case: AnyCase) -> Finding:
    """The finding of a failed property on a case; as it was measured where it holds there."""
    again = [m for m in measure_again(examination, measured.property_id, case) if not m.holds]
    return describe(examination, max(again, key=lambda m: m.error) if again else measured)


def describe(examination: Examination, measured: Measurement) -> Finding:
    """One measurement as a finding."""
    gap = measured.found - measured.due
    index = int(gap.abs().argmax())
    case: AnyCase = measured.case
    base = case.world
    if examination.claim.gives == "number":
        return _of_a_rule(measured)
    continuous, remembers = isinstance(case, ContinuousCase), isinstance(case, RecurrentCase)
    return Finding(
        property=measured.property_id,
        coordinate=_coordinate(examination, measured, index),
        exact=float(measured.due[index]),
        found=float(measured.found[index]),
        where=() if continuous or remembers else _where(examination, measured, gap),
        world=_described(case),
        replay=f"{measured.property_id}.{case.recipe.token}" if case.recipe else "",
        n_states=_states(case),
        horizon=base.horizon if remembers or not case.recipe else case.recipe.size.horizon,
        n_rollouts=measured.n_rollouts,
    )


def _described(case: AnyCase) -> dict[str, Any]:
    if isinstance(case, RecurrentCase):
        return case.described()
    return (
        describe_gaussian_world(case) if isinstance(case, ContinuousCase) else describe_world(case)
    )


def _of_a_rule(measured: Measurement) -> Finding:
    """A rule between numbers has no world: its settings are all that there is."""
    case: AnyCase = measured.case
    yes_or_no = measured.failed is not None
    return Finding(
        property=measured.property_id,
        coordinate=measured.note or measured.property_id if yes_or_no else "the new coefficient",
        exact=float(measured.due[0]),
        found=float(measured.found[0]),
        world={"settings": dict(case.settings)},
        replay=f"{measured.property_id}.{case.recipe.token}" if case.recipe else "",
    )


def _states(case: AnyCase) -> int | None:
    if isinstance(case, ContinuousCase):
        return None
    if isinstance(case, RecurrentCase):
        return case.world.n_states
    return case.recipe.size.n_states + int(_has_end(case)) if case.recipe else case.world.n_states


def _has_end(case: Case) -> bool:
    return case.form in ("ragged", "segments")


def _coordinate(examination: Examination, measured: Measurement, index: int) -> str:
    case: AnyCase = measured.case
    if measured.failed is not None:
        return measured.note or measured.property_id
    if examination.claim.gives == "step":
        return coordinate_of_a_step(measured, index, examination.asks)
    if examination.claim.gives == "loss":
        return f"d loss / d {coordinate_name(index, case.networks.parameters)}"
    if isinstance(case, ContinuousCase):
        place = place_in_array(case, index, len(measured.found))
        return f"{examination.claim.id}{place or f': moment {index}'}"
    if measured.property_id.startswith("exact-"):
        t, _, state, action = _unravel(measured, index)
        return f"expected {examination.claim.id} at t={t}, s={state}, a={action}"
    mask = case.sampled.rollout.mask
    if len(measured.found) != int(mask.sum()):
        return f"entry {index}"
    row, column = mask.nonzero()[index].tolist()
    return f"{examination.claim.id}[{row}, {column}]"


def _unravel(measured: Measurement, index: int) -> tuple[int, ...]:
    case: Case = measured.case
    rollout = case.listed.rollout
    pairs = case.world.n_states * case.world.n_actions
    depth = len(measured.due) // (rollout.T * pairs)
    shape = (rollout.T, depth, case.world.n_states, case.world.n_actions)
    return tuple(int(i) for i in np.unravel_index(index, shape))


def _where(
    examination: Examination, measured: Measurement, gap: Tensor
) -> tuple[tuple[int, int, int, float], ...]:
    """(t, s, a, bias): the policy's coordinates are states and actions, unrolled worlds tell t."""
    case: Case = measured.case
    if measured.failed is not None or examination.claim.gives == "step":
        return ()
    if getattr(case, "own", None) is not None and examination.claim.gives == "loss":
        return ()  # a network's weights belong to no state
    rows = []
    for index in gap.abs().argsort(descending=True).tolist():
        if float(gap[index].abs()) <= measured.floor:
            break
        place = _place(examination, measured, case, index)
        if place is not None:
            rows.append((*place, float(gap[index])))
    return tuple(rows)


def _place(
    examination: Examination, measured: Measurement, case: Case, index: int
) -> tuple[Any, int, Any] | None:
    n_states = case.world.n_states
    if examination.claim.gives == "loss":
        row, state = divmod(index, n_states)
        action = _action_of(row, case.world.n_actions)
        if case.recipe is None or case.form in ("segments", "time-limit"):
            return None, state, action
        base = case.recipe.size.n_states + int(_has_end(case))
        return state // base, state % base, action
    if measured.property_id.startswith("exact-"):
        t, _, state, action = _unravel(measured, index)
        return t, state, action
    mask, rollout = case.sampled.rollout.mask, case.sampled.rollout
    if len(measured.found) != int(mask.sum()):
        return None
    assert rollout.states is not None
    row, column = mask.nonzero()[index].tolist()
    return row, int(rollout.states[row, column]), int(rollout.actions[row, column])


def _action_of(row: int, n_actions: int) -> int | None:
    """Of a gradient as a table: the policy's rows, one of V, and Q's rows."""
    if row == n_actions:
        return None
    return row if row < n_actions else row - n_actions - 1


def describe_world(case: Case) -> dict[str, Any]:
    """The world before time was made part of its state, as plain values."""
    world = case.base or case.world
    found = {
        "name": world.name,
        "form": case.form,
        "gamma": world.gamma,
        "horizon": world.horizon,
        "time limit": world.time_limit,
        "segment length": case.length,
        "initial": world.initial.tolist(),
        "terminal states": world.terminal.nonzero().flatten().tolist(),
        "settings": dict(case.settings),
        "pi_old": _rounded(case.logits_old.softmax(-1), case.world),
        "pi": _rounded(case.logits.softmax(-1), case.world),
        "transitions": world.transitions.tolist(),
        "rewards": world.rewards.tolist(),
    }
    for name in ("q_values", "target_q_values"):
        if name in case.network_tables:
            found[name.replace("_", " ")] = case.network_tables[name].tolist()
    return found


def _rounded(table: Tensor, world: TabularMDP) -> list[list[float]]:
    return [[round(x, 6) for x in row] for row in table[~world.terminal].tolist()]
