"""Episodes one after another in one column, and episodes with one step more that counts nothing."""

from dataclasses import replace

import torch

from rlcheck.judges.case import Case
from rlcheck.judges.structural.trial import ExpectedTrial, Measured, NotTried, Trial
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.own import has_critic
from rlcheck.worlds import Rollout


def episodes_joined(trial: Trial) -> Measured:
    """Two whole episodes in one column, the flag of the end between them, against two columns.

        f([e_1; e_2]) = [f(e_1); f(e_2)]   for an array,
        g([e_1; e_2], ...) = g(e_1, e_2, ...)   for a mean over valid steps.

    Every episode ends by termination, so that nothing of the second enters the first. True of
    what sees that flag, or needs none because its credit is given.
    """
    if trial.case.form not in ("fixed", "delayed"):
        raise NotTried("whole episodes of one length are joined")
    half = trial.batch.rollout.N // 2
    rollout = trial.batch.rollout
    if half == 0 or not bool(rollout.terminated[-1].all()) or not bool(rollout.mask.all()):
        return
    first, second = torch.arange(half), torch.arange(half, 2 * half)
    apart = trial.batch.select(torch.cat([first, second]))
    joined = _one_after_another(trial.batch.select(first), trial.batch.select(second))
    found, due = trial.caller(joined), trial.caller(apart)
    vector, right = found.vector, due.vector
    if trial.claim.gives == "array":
        assert found.raw is not None
        length = rollout.T
        # [2 T, N / 2] back to [T, N], whose every slot is real.
        vector = torch.cat([found.raw[:length], found.raw[length:]], 1).reshape(-1)
    rounding = trial.rounding(joined, vector) + trial.rounding(apart, right)
    yield trial.relate("episodes-joined", vector, right, rounding, note="two episodes in a column")


def absorbing_state_appended(trial: Trial) -> Measured:
    """Every episode goes on for one step in an absorbing state: reward 0, value 0, then the end.

    The step that used to terminate now leads to a state of value zero, whose own step pays
    nothing: J, every return and every advantage are what they were, the new row's are zero, and a
    *sum* over time gains nothing. In expectation the new row's action is independent of all that
    was earned before it, so that even an estimator that credits it so adds E[score] = 0.

    True of sums over time. A mean over steps has one step more to divide by, and an entropy bonus
    or a penalty counts in the new state too.
    """
    if not isinstance(trial.case, Case) or trial.case.form not in ("fixed", "delayed", "ragged"):
        raise NotTried("whole episodes that terminate are prolonged")
    brought = not isinstance(trial.batch.networks, OwnNetworks)
    if brought and has_critic(trial.batch.networks) and "rewards" in trial.asks:
        raise NotTried("its value function is its own: V of the absorbing state is not zero")
    longer = _prolonged(_every_last_action(trial), trial.case)
    due = trial.answer
    if trial.claim.gives == "array":
        raw, before = trial.caller(longer).raw, trial.plain.raw
        assert raw is not None
        assert before is not None
        old = torch.nn.functional.pad(before * trial.batch.rollout.mask, (0, 0, 0, 1))
        mask = longer.rollout.mask
        found, due = raw[mask], old[mask]
    else:
        found = trial.respond(longer)
    rounding = trial.rounding(longer, found) + trial.rounding(trial.batch, due)
    yield trial.relate("absorbing-state-appended", found, due, rounding, note="one row more")


def _one_after_another(first: Batch, second: Batch) -> Batch:
    a, b = first.rollout, second.rollout
    rollout = Rollout(
        **{
            name: torch.cat([value, getattr(b, name)])
            for name, value in vars(a).items()
            if value is not None and name != "probability"
        }
    )
    arrays = {
        name: torch.cat([getattr(first, name), getattr(second, name)]) for name in Batch.STORED
    }
    return replace(first, rollout=rollout, **arrays)


def _every_last_action(trial: Trial) -> Batch:
    """In expectation each rollout once for every action that may be taken in the last row."""
    if not isinstance(trial, ExpectedTrial):
        return trial.batch
    assert isinstance(trial.case, Case)
    columns = torch.arange(trial.batch.rollout.N).repeat(trial.case.world.n_actions)
    return trial.batch.select(columns)


def _prolonged(batch: Batch, case: Case) -> Batch:
    """One row more for every episode, in the terminal state that it had reached."""
    rollout = batch.rollout
    n, lengths = torch.arange(rollout.N, device=rollout.mask.device), rollout.lengths
    last = lengths - 1
    if not bool(rollout.terminated[last, n].all()):
        raise NotTried("an episode of this batch does not terminate")
    assert rollout.next_states is not None
    final = rollout.next_states[last, n]
    copies = n // (rollout.N // case.world.n_actions) if rollout.probability is not None else 0 * n
    longer = rollout.padded_to(rollout.T + 1)
    fields = {name: value.clone() for name, value in vars(longer).items() if value is not None}
    for name in ("obs", "next_obs"):
        fields[name][lengths, n] = rollout.next_obs[last, n]
    for name in ("states", "next_states"):
        fields[name][lengths, n] = final
    fields["actions"][lengths, n] = copies
    fields["rewards"][lengths, n] = 0.0
    fields["terminated"][last, n], fields["terminated"][lengths, n] = False, True
    fields["mask"][lengths, n] = True
    fields["steps"][lengths, n] = rollout.steps[last, n] + 1
    if rollout.probability is not None:
        fields["probability"] = rollout.probability * case.pi_old[final, copies]
    arrays = {
        name: torch.nn.functional.pad(getattr(batch, name), (0, 0, 0, 1)) for name in Batch.STORED
    }
    arrays["next_values"][last, n] = 0.0
    arrays["logp_old"][lengths, n] = case.logits_old.log_softmax(-1)[final, copies]
    return replace(
        batch,
        rollout=Rollout(**fields).with_clean_padding(),
        networks=_zero_at_the_end(batch, case),
        **arrays,
    )


def _zero_at_the_end(batch: Batch, case: Case) -> Networks:
    """The networks with V = 0 in terminal states, where the value function is rlcheck's own."""
    if not isinstance(batch.networks, OwnNetworks):
        return batch.networks
    values = case.values.masked_fill(case.world.terminal, 0.0)
    value_fn = replace(case, values=values).networks.modules()["value_fn"]
    return replace(batch.networks, value_fn=value_fn)
