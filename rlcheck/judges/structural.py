"""Properties that hold by structure: no formula to compare with, only two calls and a relation."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.judges.floors import EPS32, EPS64, floor, mass
from rlcheck.judges.gaussian_case import AnyCase
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import Caller, Response, SubjectFailure
from rlcheck.judges.single_precision import in_float32
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import has_critic, reached

Measured = Iterator[Measurement]
_RUBBISH = 1e2


class Trial:
    """One case, its batch, and the implementation, with the subject's answer kept."""

    def __init__(self, claim: Claim, asks: frozenset[str], caller: Caller, case: AnyCase) -> None:
        self.claim = claim
        self.asks = asks
        self.caller = caller
        self.case = case
        self.batch: Batch = case.sampled
        self.eps: float = getattr(caller, "eps", EPS64)
        self.plain: Response = caller(self.batch)

    def measure(self, name: str, found: Tensor, due: Tensor, **more: object) -> Measurement:
        return Measurement(
            property_id=name, case=self.case, found=found.cpu(), due=due.cpu(),
            floor=2 * floor(self.batch, due, self.eps), n_rollouts=self.batch.rollout.N,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def decided(self, name: str, failed: bool, note: str = "") -> Measurement:
        """A property that is a yes or a no."""
        zero = torch.zeros(1, dtype=torch.float64)
        found = torch.ones(1, dtype=torch.float64) if failed else zero
        return self.measure(name, found, zero, failed=failed, note=note)

    def gradient_of(self, advantages: Tensor) -> Tensor:
        """The part of the gradient that advantages are responsible for."""
        with_credit = self.caller(replace(self.batch, advantages=advantages)).vector
        without = self.caller(replace(self.batch, advantages=torch.zeros_like(advantages))).vector
        return with_credit - without


def repeatable(trial: Trial) -> Measured:
    """Two calls on one batch."""
    yield trial.measure("repeatable", trial.caller(trial.batch).vector, trial.plain.vector)


def inputs_untouched(trial: Trial) -> Measured:
    """Whether an argument was changed in place."""
    changed = trial.plain.changed
    yield trial.decided(
        "inputs-untouched", bool(changed), f"changed in place: {', '.join(changed)}"
    )


def order_of_rollouts(trial: Trial) -> Measured:
    """The batch backwards: the same gradient, or the array backwards."""
    order = torch.arange(trial.batch.rollout.N - 1, -1, -1)
    answer = trial.caller(trial.batch.select(order))
    found = answer.vector
    if trial.claim.gives == "array":
        assert answer.raw is not None
        found = answer.raw[:, order][trial.batch.rollout.mask]
    yield trial.measure("order-of-rollouts", found, trial.plain.vector)


def splitting(trial: Trial) -> Measured:
    """Both halves, weighted by their valid steps (by rollouts where the claim averages those)."""
    n = trial.batch.rollout.N
    halves = [torch.arange(0, n // 2), torch.arange(n // 2, n)]
    parts = [trial.batch.select(half) for half in halves]
    if trial.claim.gives == "array":
        raws = [trial.caller(part).raw for part in parts]
        found = torch.cat([raw for raw in raws if raw is not None], 1)
        yield trial.measure("splitting", found[trial.batch.rollout.mask], trial.plain.vector)
        return
    over_rollouts = trial.claim.averages == "rollouts"
    sizes = [float(p.rollout.N if over_rollouts else p.valid_steps.sum()) for p in parts]
    found = sum(
        size / sum(sizes) * trial.caller(part).vector
        for size, part in zip(sizes, parts, strict=True)
    )
    assert isinstance(found, Tensor)
    yield trial.measure("splitting", found, trial.plain.vector)


_MASKED_ARRAYS = (
    *("rewards", "values", "next_values", "values_old", "advantages", "returns"),
    *("logp_old", "obs", "next_obs"),
)


def masked_slots_ignored(trial: Trial) -> Measured:
    """One array after another with 1e2 in its masked slots."""
    if bool(trial.batch.rollout.mask.all()) or "mask" not in trial.asks:
        return
    for word in _MASKED_ARRAYS:
        if word in trial.asks or (word == "obs" and trial.asks & {"logp", "entropy"}):
            spoilt = _fill_masked(trial.batch, word, _RUBBISH)
            yield trial.measure(
                "masked-slots-ignored", trial.caller(spoilt).vector, trial.plain.vector,
                note=f"1e2 in masked slots of `{word}`",
            )  # fmt: skip


def nan_in_masked_slots(trial: Trial) -> str | None:
    """A note where NaN in masked slots reaches the result (0 * NaN is NaN): told, not judged."""
    if bool(trial.batch.rollout.mask.all()) or "mask" not in trial.asks:
        return None
    reached = []
    for word in _MASKED_ARRAYS:
        if word not in trial.asks or word in ("obs", "next_obs"):
            continue
        try:
            trial.caller(_fill_masked(trial.batch, word, float("nan")))
        except SubjectFailure:
            reached.append(word)
    return f"NaN in masked slots of {', '.join(reached)} reaches the result" if reached else None


def _fill_masked(batch: Batch, word: str, value: float) -> Batch:
    hidden = ~batch.rollout.mask
    if word in ("rewards", "obs", "next_obs"):
        values = getattr(batch.rollout, word)
        place = hidden.reshape(*hidden.shape, *[1] * (values.ndim - 2))
        return replace(
            batch, rollout=replace(batch.rollout, **{word: values.masked_fill(place, value)})
        )
    return replace(batch, **{word: getattr(batch, word).masked_fill(hidden, value)})


def _single_credits(batch: Batch) -> Iterator[tuple[Tensor, int, int]]:
    """Advantages that are zero but in one slot, of both signs, in a few slots."""
    mask = batch.rollout.mask
    for sign, (row, column) in zip((1.0, -1.0), ((0, 0), (mask.shape[0] - 1, 1)), strict=True):
        if not bool(mask[row, column]):
            row = int(batch.rollout.lengths[column]) - 1
        credit = torch.zeros_like(batch.advantages)
        credit[row, column] = sign
        yield credit, row, column


def credit_stays_in_its_state(trial: Trial) -> Measured:
    """One advantage that is not zero: coordinates of other observations stay at rest."""
    if trial.batch.rollout.states is None:
        return  # states share the policy's weights there: a step in one moves others too
    for credit, row, column in _single_credits(trial.batch):
        gradient = trial.gradient_of(credit)
        if getattr(trial.case, "own", None) is not None:
            return  # a network's weights belong to no state
        due = gradient * _of_observation(trial, trial.batch.rollout.obs[row, column])
        yield trial.measure("credit-stays-in-its-state", gradient, due)


def _of_observation(trial: Trial, obs: Tensor) -> Tensor:
    """One in the policy's coordinates that belong to an observation, and in all of the values'."""
    pieces = []
    for name, parameter in trial.batch.networks.parameters.items():
        own = obs != 0 if name.startswith("policy.") and parameter.ndim == 2 else torch.ones(())
        pieces.append(own.to("cpu", torch.float64).expand(parameter.shape).reshape(-1))
    return torch.cat(pieces)


def credit_raises_probability(trial: Trial) -> Measured:
    """The slope of the action's own log-probability along a step against the gradient."""
    if not trial.case.on_policy:
        return
    parameters = list(trial.batch.networks.parameters.values())
    for credit, row, column in _single_credits(trial.batch):
        obs = trial.batch.rollout.obs[row, column][None]
        action = trial.batch.rollout.actions[row, column][None]
        logp = trial.batch.networks.logp(obs, action).sum()
        scores = torch.autograd.grad(logp, parameters, allow_unused=True)
        score = torch.cat([
            (torch.zeros_like(p) if s is None else s).reshape(-1)
            for s, p in zip(scores, parameters, strict=True)
        ]).to("cpu", torch.float64)  # fmt: skip
        slope = -float(trial.gradient_of(credit) @ score) * float(credit[row, column])
        yield trial.decided(
            "credit-raises-probability", slope <= floor(trial.batch, score, trial.eps),
            f"A = {float(credit[row, column]):+.0f} moves its action's log-probability by {slope:.3g}",
        )  # fmt: skip


def ratio_one(trial: Trial) -> Measured:
    """Half the clip range, at the policy that sampled."""
    if not trial.case.on_policy or trial.claim.id == "value-loss":
        return
    half = {**trial.batch.settings, "clip_eps": trial.batch.settings["clip_eps"] / 2}
    # Value clipping may use the range; the policy may not.
    policy = _policy_coordinates(trial)
    narrower = trial.caller(replace(trial.batch, settings=half)).vector
    yield trial.measure("ratio-one", narrower * policy, trial.plain.vector * policy)


def _policy_coordinates(trial: Trial) -> Tensor:
    """One where value clipping cannot reach, and in all that no value function needs."""
    if getattr(trial.case, "own", None) is not None:
        return 1 - _value_coordinates(trial)
    return torch.cat([
        torch.full((p.numel(),), float(not name.startswith("value_fn.")), dtype=torch.float64)
        for name, p in trial.batch.networks.parameters.items()
    ])  # fmt: skip


def _value_coordinates(trial: Trial) -> Tensor:
    """One where the implementation's own value function reaches; zero where it has none."""
    networks, obs = trial.batch.networks, trial.batch.rollout.obs
    parameters = networks.parameters
    if not has_critic(networks):
        return torch.zeros(sum(p.numel() for p in parameters.values()), dtype=torch.float64)
    return reached(networks.value(obs), parameters)


def _reached_by_policy(trial: Trial) -> Tensor:
    rollout, networks = trial.batch.rollout, trial.batch.networks
    return reached(networks.logp(rollout.obs, rollout.actions), networks.parameters)


def lower_bound(trial: Trial) -> Measured:
    """The objective against mean(ratio A), all advantages of one sign."""
    if trial.case.on_policy or trial.plain.value is None:
        return
    batch = trial.batch
    with torch.no_grad():
        logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    ratio, mask = (logp - batch.logp_old).exp(), batch.rollout.mask.to(torch.float64)
    zero = trial.caller(replace(batch, advantages=torch.zeros_like(batch.advantages))).value
    assert zero is not None
    for sign in (1.0, -1.0):
        credit = sign * batch.advantages.abs()
        answer = trial.caller(replace(batch, advantages=credit)).value
        assert answer is not None
        bound = float((ratio * credit * mask).sum() / mask.sum())
        over = (zero - answer) - bound
        yield trial.decided(
            "lower-bound", over > floor(batch, torch.tensor([bound])),
            f"the objective lies {over:.3g} above mean(ratio A)",
        )  # fmt: skip


def boundaries_do_not_leak(trial: Trial) -> Measured:
    """Rewards and values after an end are changed; what lies before it must not move."""
    rollout = trial.batch.rollout
    assert trial.plain.raw is not None
    for column in range(rollout.N):
        ends = rollout.dones[:, column].nonzero().flatten().tolist()
        if not ends or ends[0] + 1 >= rollout.T or not bool(rollout.mask[ends[0] + 1, column]):
            continue
        after = torch.zeros_like(rollout.mask)
        after[ends[0] + 1 :, column] = True
        shift = after.to(torch.float64) * 3.0
        spoilt = replace(
            trial.batch,
            rollout=replace(rollout, rewards=rollout.rewards + shift),
            values=trial.batch.values - shift,
            next_values=trial.batch.next_values + shift,
        )
        raw = trial.caller(spoilt).raw
        assert raw is not None
        kept = slice(0, ends[0] + 1)
        yield trial.measure(
            "boundaries-do-not-leak", raw[kept, column], trial.plain.raw[kept, column]
        )
        return


def _nudged_next_values(trial: Trial, where: Tensor) -> Tensor:
    nudge = where.to(torch.float64) * 2.0
    return trial.caller(replace(trial.batch, next_values=trial.batch.next_values + nudge)).vector


def truncation_bootstraps(trial: Trial) -> Measured:
    """V of the successors of truncated steps is changed, and must matter."""
    where = trial.batch.rollout.truncated
    if bool(where.any()) and trial.case.world.gamma > 0:
        moved = float((_nudged_next_values(trial, where) - trial.plain.vector).norm())
        yield trial.decided(
            "truncation-bootstraps", moved <= floor(trial.batch, trial.plain.vector),
            "V of the successor of a truncated step plays no part",
        )  # fmt: skip


def termination_does_not_bootstrap(trial: Trial) -> Measured:
    """V of the successors of terminated steps is changed, and must not matter."""
    where = trial.batch.rollout.terminated
    if bool(where.any()):
        yield trial.measure(
            "termination-does-not-bootstrap",
            _nudged_next_values(trial, where),
            trial.plain.vector,
        )


def values_untouched(trial: Trial) -> Measured:
    """The coordinates of the value function, where the claim does not train it."""
    if not trial.asks & {"value_fn", "agent", "values_new"} or trial.claim.gives != "loss":
        return
    found = trial.plain.vector * (1 - _policy_coordinates(trial))
    if getattr(trial.case, "own", None) is not None:
        # What is shared with the policy may move.
        found = trial.plain.vector * (1 - _reached_by_policy(trial))
    yield trial.measure("values-untouched", found, torch.zeros_like(found))


def entropy_rises(trial: Trial) -> Measured:
    """The slope of the entropy along a step against the gradient."""
    batch = trial.batch
    parameters = batch.networks.parameters
    mean = (batch.networks.entropy(batch.rollout.obs) * batch.rollout.mask).sum()
    yield _descends(trial, "entropy-rises", -mean, list(parameters.values()))


def error_falls(trial: Trial) -> Measured:
    """The slope of the squared error along a step against the gradient."""
    batch = trial.batch
    parameters = batch.networks.parameters
    error = (batch.networks.value(batch.rollout.obs) - batch.returns) ** 2
    yield _descends(
        trial, "error-falls", (error * batch.rollout.mask).sum(), list(parameters.values())
    )


def _descends(trial: Trial, name: str, objective: Tensor, parameters: list) -> Measurement:
    gradients = torch.autograd.grad(objective, parameters, allow_unused=True)
    direction = torch.cat([
        (torch.zeros_like(p) if g is None else g).reshape(-1)
        for g, p in zip(gradients, parameters, strict=True)
    ]).to("cpu", torch.float64)  # fmt: skip
    slope = float(trial.plain.vector @ direction)
    return trial.decided(name, slope <= 0, f"the slope along the gradient is {slope:.3g}")


def float32_agrees(trial: Trial) -> Measured:
    """The same batch and networks in float32."""
    found = trial.caller(in_float32(trial.batch)).vector
    yield Measurement(
        property_id="float32-agrees", case=trial.case, found=found, due=trial.plain.vector,
        floor=64 * EPS32 * mass(trial.batch), n_rollouts=trial.batch.rollout.N,
    )  # fmt: skip


EXPERIMENTS: dict[str, Callable[[Trial], Measured]] = {
    "repeatable": repeatable,
    "inputs-untouched": inputs_untouched,
    "order-of-rollouts": order_of_rollouts,
    "splitting": splitting,
    "masked-slots-ignored": masked_slots_ignored,
    "credit-stays-in-its-state": credit_stays_in_its_state,
    "credit-raises-probability": credit_raises_probability,
    "ratio-one": ratio_one,
    "lower-bound": lower_bound,
    "boundaries-do-not-leak": boundaries_do_not_leak,
    "truncation-bootstraps": truncation_bootstraps,
    "termination-does-not-bootstrap": termination_does_not_bootstrap,
    "values-untouched": values_untouched,
    "entropy-rises": entropy_rises,
    "error-falls": error_falls,
    "float32-agrees": float32_agrees,
}
