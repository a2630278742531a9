"""Which cases a claim and a subject are tried on: what a function asks for says what it can be."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rlcheck.claims import Claim, Form
from rlcheck.judges.brought import fitted
from rlcheck.judges.case import Case
from rlcheck.judges.recipe import Recipe, make_case, make_tabular_case
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.step_reach import telling_seed
from rlcheck.judges.worlds import FULL, SMALL, Size
from rlcheck.subjects import Subject
from rlcheck.subjects.own import has_action_values

# 3^8 nodes a starting point: thirteen thousand rollouts.
_MOST_DIMENSIONS = 8
ListedCase = Case | RecurrentCase
"""What has finitely many rollouts."""
_CARRIED = ("carried", "carried-ragged")
_BOOTSTRAPS = frozenset({"next_values", "last_values", "next_q_values", "next_target_q_values"})
_VALUES = frozenset({"value_fn", "agent", "q_fn", "target_q_fn"})
STEP_CASES = 8
"""Twice every value of a setting."""


def computes_from_rewards(claim: Claim, subject: Subject) -> bool:
    """Whether the subject turns rewards into credit itself, so that ends matter to it."""
    given = {"advantages", "returns"} & subject.asks
    return claim.reads_ends or ("rewards" in subject.asks and not given)


def can_bootstrap(subject: Subject) -> bool:
    """Whether it can value the state after the last row."""
    return values_successors(subject) or bool(subject.asks & _BOOTSTRAPS)


def values_successors(subject: Subject) -> bool:
    """Whether it asks a network about successors itself: one it is handed, or one of its own."""
    own = subject.own is not None and has_action_values(subject.own)
    return "next_obs" in subject.asks and (own or bool(subject.asks & _VALUES))


def tells_cuts_from_ends(claim: Claim, subject: Subject) -> bool:
    """Whether it can know that a step was cut, and not ended, as far as the claim needs it."""
    enough = set() if claim.reads_cuts else {"terminated", "discount_t"}
    return bool(subject.asks & ({"truncated"} | enough))


def refused_form(claim: Claim, subject: Subject, form: Form) -> str | None:
    """Why a form of batch cannot be tried, or None where it can."""
    if form == "carried-ragged" and "mask" not in subject.asks:
        return "it asks for no `mask`"
    if form in _CARRIED:
        return _refused_memory(subject)
    if form == "ragged":
        return None if subject.takes_padding else "it asks for no `mask`"
    if form in ("fixed", "delayed") or not computes_from_rewards(claim, subject):
        return None
    if form == "segments" and subject.layout == "flat":
        return "a flat batch holds whole episodes"
    if form == "segments" and not subject.sees_ends:
        return "it asks for no flag that shows where an episode ends"
    if form == "time-limit" and not tells_cuts_from_ends(claim, subject):
        return "it does not ask for `truncated`"
    if not can_bootstrap(subject):
        return "it asks for no value of the state after the last row"
    return None


def _refused_memory(subject: Subject) -> str | None:
    if subject.layout == "flat":
        return "a flat batch holds whole episodes"
    return None if "advantages" in subject.asks else "it asks for no `advantages`"


def cuts_segments(claim: Claim, subject: Subject) -> bool:
    """Whether truncations may lie in the middle of a segment."""
    if not computes_from_rewards(claim, subject):
        return True
    rows = {"next_values", "next_q_values", "next_target_q_values"}
    bootstraps = values_successors(subject) or bool(subject.asks & rows)
    return tells_cuts_from_ends(claim, subject) and bootstraps


def settings_for(claim: Claim, subject: Subject, turn: int) -> dict[str, float]:
    """Settings of a case: varied where they are asked for, else fixed or by default."""
    chosen = {}
    for position, key in enumerate({**claim.settings, **claim.varied, **subject.fixed}):
        values = claim.varied.get(key, ())
        if key in subject.fixed:
            chosen[key] = subject.fixed[key]
        elif key in subject.asks and values:
            chosen[key] = values[(turn + position // 2) % len(values)]
        else:
            chosen[key] = (
                claim.default_of(key, subject.asks) if key in claim.settings
                else values[0] if values else 0.0
            )  # fmt: skip
    return chosen


def assumed_settings(claim: Claim, subject: Subject) -> Mapping[str, float]:
    """Settings of the right form that the subject did not ask for, with what was assumed."""
    needed = {"gamma", "gae_lambda"} if computes_from_rewards(claim, subject) else set()
    needed |= set(claim.settings) - {"gamma", "gae_lambda"} - claim.unread(subject.asks)
    if "advantages" not in {stage.id for stage in claim.stages}:
        needed.discard("gae_lambda")
    used = settings_for(claim, subject, 0)
    return {k: v for k, v in used.items() if k in needed and k not in subject.asks}


def sampled_cases(claim: Claim, subject: Subject, seed: int) -> Iterator[ListedCase]:
    """Cases for comparison on the same batch: each form, on and off policy, both settings."""
    if claim.gives == "number":
        yield from _every_setting(claim, subject, seed)
        return
    if claim.gives == "step":
        yield from _steps(claim, subject, seed)
        return
    for index, (form, off_policy, turn) in enumerate(_points(claim, subject, twice=True)):
        recipe = _recipe(claim, subject, form, off_policy, turn)
        # With one number of rollouts, 1/N would look like a constant that somebody has written.
        n_rollouts = recipe.n_rollouts - index // 2 % 2
        # Nor may one length: where padding is, T is another one.
        size = replace(FULL, horizon=4) if form == "ragged" else FULL
        size = fitted(size, subject.own, False)
        recipe = replace(recipe, seed=seed + index, n_rollouts=n_rollouts, size=size)
        yield _made(recipe, subject)


def _every_setting(claim: Claim, subject: Subject, seed: int) -> Iterator[Case]:
    """For a rule between numbers: every combination of the values that its settings take."""
    asked = [key for key in claim.varied if key in subject.asks and key not in subject.fixed]
    recipe = _recipe(claim, subject, "fixed", False, 0)
    case = make_tabular_case(replace(recipe, seed=seed), own=subject.own)
    for values in itertools.product(*(claim.varied[key] for key in asked)):
        yield case.with_settings(**dict(zip(asked, values, strict=True)))


def _steps(claim: Claim, subject: Subject, seed: int) -> Iterator[Case]:
    """For a trust-region step: every value of every setting, on observations that are few.

    Conjugate gradients then end by themselves, before any cap in use.
    """
    for turn in range(STEP_CASES):
        recipe = _recipe(claim, subject, "fixed", False, turn)
        n_states = 2 if recipe.size.n_actions <= 3 else 1
        size = replace(recipe.size, n_states=n_states, horizon=2)
        recipe = replace(recipe, size=size, seed=seed + turn)
        # In a table some part of every step improves, and all of it does where it is long.
        if "max_kl" in subject.asks and turn % 2 == 1:
            recipe = replace(recipe, seed=telling_seed(recipe, turn, subject.own))
        yield make_tabular_case(recipe, own=subject.own)


def listed_cases(claim: Claim, subject: Subject, seed: int, small: bool) -> Iterator[ListedCase]:
    """Cases for exact expectation, with an exact critic."""
    for index, (form, off_policy, turn) in enumerate(_points(claim, subject, twice=False)):
        if form == "carried-ragged":
            continue  # the share of a step in such a mean is known for worlds without a memory
        recipe = _recipe(claim, subject, form, off_policy, turn)
        size = fitted(SMALL if small else _enumerable(form), subject.own, small)
        recipe = replace(recipe, seed=seed + 100 + index, size=size, **_for_listing(claim))
        yield _made(recipe, subject)


def _made(recipe: Recipe, subject: Subject) -> ListedCase:
    if recipe.form in _CARRIED:
        found = make_case(recipe, own=subject.own)
        assert isinstance(found, RecurrentCase)
        return found
    return make_tabular_case(recipe, own=subject.own)


def refused_expectation(claim: Claim, subject: Subject) -> str | None:
    """Why no exact expectation is tried, or None where it can be."""
    values_itself = bool(subject.asks & {"value_fn", "agent"})
    if subject.own is None:
        return None
    continuous = subject.own.action.kind == "continuous"
    if claim.gives == "array":
        return "an estimate has no use for a policy's own network" if continuous else None
    if continuous and subject.own.action.size > _MOST_DIMENSIONS:
        return f"three nodes for each of {subject.own.action.size} action dimensions are too many"
    if values_itself and computes_from_rewards(claim, subject) and claim.critic == "exact":
        return "it values states by a critic of its own, which is not the exact one"
    return None


def _for_listing(claim: Claim) -> dict[str, bool]:
    # An estimator's expectation is known for any critic, and an exact one hides what leaks.
    return {"listed": True, "exact_critic": claim.gives != "array"}


def undiscounted_case(claim: Claim, subject: Subject, seed: int) -> Case:
    """A case with gamma = 1, on policy, for first-order equality with the gradient of J."""
    recipe = _recipe(claim, subject, "fixed", False, 0)
    settings = tuple((k, 1.0 if k == "gamma" else v) for k, v in recipe.settings)
    recipe = replace(recipe, seed=seed + 200, settings=settings, **_for_listing(claim))
    return make_tabular_case(recipe, own=subject.own)


def bandit_cases(claim: Claim, subject: Subject, seed: int) -> Iterator[Case]:
    """Episodes of one step, all listed: on policy, and off it where an expectation is promised."""
    for off_policy in (False, True) if claim.decides == "exact" and claim.off_policy else (False,):
        recipe = _recipe(claim, subject, "fixed", off_policy, 0)
        size = replace(recipe.size, horizon=1)
        recipe = replace(recipe, seed=seed + 300, size=size, **_for_listing(claim))
        yield make_tabular_case(recipe, own=subject.own)


def _points(claim: Claim, subject: Subject, twice: bool) -> Iterator[tuple[Form, bool, int]]:
    """(form, off policy or not, turn): a setting takes the value whose turn it is.

    On and off policy a setting takes both of its values over the forms; close to the ends of the
    clip range (`delayed`, off policy) it does so in that one form; where a state is carried, ratios
    lie in one case far from those ends and in the other close to them.
    """
    forms: list[Form] = [form for form in claim.forms if refused_form(claim, subject, form) is None]
    for turn, form in enumerate(forms):
        yield form, False, turn
        if claim.off_policy:
            yield form, True, turn + 1
            if form in ("delayed", "carried") and twice:
                yield form, True, turn
        elif twice:
            yield form, False, turn + 1


def _recipe(claim: Claim, subject: Subject, form: Form, off_policy: bool, turn: int) -> Recipe:
    own_values = bool(subject.asks & {"value_fn", "agent", "values_new"})
    return Recipe(
        form=form,
        size=fitted(FULL, subject.own, small=False),
        off_policy=off_policy,
        settings=tuple(settings_for(claim, subject, turn).items()),
        limit=cuts_segments(claim, subject),
        shared_critic=own_values and computes_from_rewards(claim, subject),
        action_values=claim.of_action_values,
    )


def _enumerable(form: Form) -> Size:
    # A segment's resets multiply its paths: two actions keep them at a few hundred.
    return Size(n_actions=2) if form in ("segments", "time-limit", *_CARRIED) else FULL
