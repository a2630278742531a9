"""Code that misbehaves: a report that says how, never a crash of the tool, and never a pass."""

import functools
import sys
import time

import pytest
import torch

from rlcheck.judges import verify
from rlcheck.judges.recorder import Recorder
from rlcheck.subjects import make_subject
from rlcheck.verdict import Outcome


def right(logp, logp_old, advantages, clip_eps):
    ratio = (logp - logp_old).exp()
    return -torch.min(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


def judged(function):
    return verify(make_subject(function), claim="ppo-clip", shrink=False)


def raises(logp, logp_old, advantages, clip_eps):
    raise KeyError("no such key")


def exits(logp, logp_old, advantages, clip_eps):
    sys.exit(3)


def gives_nan(logp, logp_old, advantages, clip_eps):
    return right(logp, logp_old, advantages, clip_eps) * float("nan")


def gives_infinity(logp, logp_old, advantages, clip_eps):
    return right(logp, logp_old, advantages, clip_eps) / 0.0


def nan_in_the_gradient_alone(logp, logp_old, advantages, clip_eps):
    return right(logp, logp_old, advantages, clip_eps) + torch.where(
        torch.ones((), dtype=torch.bool), 0.0, (logp - logp).sum().sqrt()
    )


def gives_a_vector(logp, logp_old, advantages, clip_eps):
    return logp * advantages


def gives_nothing(logp, logp_old, advantages, clip_eps):
    right(logp, logp_old, advantages, clip_eps)


def gives_a_number(logp, logp_old, advantages, clip_eps):
    return right(logp, logp_old, advantages, clip_eps).item()


def gives_a_dict(logp, logp_old, advantages, clip_eps):
    return {"loss": right(logp, logp_old, advantages, clip_eps)}


def detaches_everything(logp, logp_old, advantages, clip_eps):
    return right(logp.detach(), logp_old, advantages, clip_eps)


def switches_gradients_off(logp, logp_old, advantages, clip_eps):
    torch.set_grad_enabled(False)
    return right(logp + 0, logp_old, advantages, clip_eps)


def runs_backward_itself(logp, logp_old, advantages, clip_eps):
    loss = right(logp, logp_old, advantages, clip_eps)
    loss.backward()
    return loss


def of_complex_type(logp, logp_old, advantages, clip_eps):
    return right(logp, logp_old, advantages, clip_eps).to(torch.complex128)


FAILURES = {
    raises: "KeyError: 'no such key'",
    exits: "sys.exit(3)",
    gives_nan: "nan",
    gives_infinity: "inf",
    nan_in_the_gradient_alone: "its gradient contains nan",
    gives_a_vector: "where a scalar loss is due: reduce it, by .mean()",
    gives_nothing: "nothing (None)",
    gives_a_number: "a float where a scalar loss is due: return the tensor, not its .item()",
    gives_a_dict: "a dict where a scalar loss is due: return the loss alone",
    detaches_everything: "no gradient path",
    switches_gradients_off: "no gradient path",
    runs_backward_itself: "its loss has no gradient",
    of_complex_type: "complex",
}


@pytest.mark.parametrize("function", FAILURES, ids=lambda f: f.__name__)
def test_what_it_did_is_told(function):
    verdict = judged(function)
    assert verdict.outcome == Outcome.BIASED
    assert FAILURES[function] in (verdict.error or "")
    assert torch.is_grad_enabled()


def changes_its_input(logp, logp_old, advantages, clip_eps):
    advantages -= advantages.mean()
    return right(logp, logp_old, advantages, clip_eps)


def moves_the_parameters(policy, obs, actions, logp_old, advantages, clip_eps):
    loss = right(policy(obs).log_prob(actions), logp_old, advantages, clip_eps)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.add_(0.125)
    return loss


CALLS = []


def counts_its_calls(logp, logp_old, advantages, clip_eps):
    CALLS.append(1)
    return right(logp, logp_old, advantages, clip_eps) * len(CALLS)


@pytest.mark.parametrize(
    "function",
    [changes_its_input, moves_the_parameters, counts_its_calls],
    ids=lambda f: f.__name__,
)
def test_what_two_calls_disagree_on_is_not_reproducible(function):
    assert judged(function).outcome == Outcome.NOT_REPRODUCIBLE


def test_draws_from_the_global_generator_repeat():
    def noisy(logp, logp_old, advantages, clip_eps):
        return right(logp, logp_old, advantages, clip_eps) * (1 + torch.rand(()))

    before = torch.random.get_rng_state()
    assert judged(noisy).outcome == Outcome.BIASED
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_it_prints_is_captured(capsys):
    def talks(logp, logp_old, advantages, clip_eps):
        print("approx_kl 0.01")
        print("careful", file=sys.stderr)
        return right(logp, logp_old, advantages, clip_eps)

    verdict = judged(talks)
    assert verdict.outcome == Outcome.CONSISTENT
    assert "approx_kl 0.01" in verdict.printed
    assert "careful" in verdict.printed
    assert capsys.readouterr() == ("", "")


def test_one_that_fails_later_is_told_as_well():
    left = [40]

    def tires(logp, logp_old, advantages, clip_eps):
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("tired")
        return -right(logp, logp_old, advantages, clip_eps)

    verdict = judged(tires)
    assert verdict.outcome in (Outcome.BIASED, Outcome.NOT_REPRODUCIBLE)


def test_one_that_loops_is_stopped(monkeypatch):
    impatient = functools.partial(Recorder, seconds=0.3)
    # The package has a function of the module's name.
    monkeypatch.setattr(sys.modules["rlcheck.judges.verify"], "Recorder", impatient)

    def loops(logp, logp_old, advantages, clip_eps):
        while True:
            try:  # noqa: SIM105 - the worst there is
                time.sleep(0.01)
            except Exception:
                pass

    verdict = judged(loops)
    assert verdict.outcome == Outcome.BIASED
    assert verdict.error == "it did not come back within 0.3 s"


def test_an_interrupt_is_the_users_own():
    def interrupted(logp, logp_old, advantages, clip_eps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(interrupted)


def test_the_right_one_passes():
    assert judged(right).outcome == Outcome.CONSISTENT
