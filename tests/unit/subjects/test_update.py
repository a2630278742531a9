"""The gradient of an update is the one its optimiser saw; the parameters are put back."""

import pytest
import torch
from torch import nn

from rlcheck.subjects.update import catch_update

START = [1.0, -2.0, 3.0]


@pytest.fixture
def weight():
    return nn.Parameter(torch.tensor(START, dtype=torch.float64))


def step(optimizer, loss, clip=None):
    optimizer.zero_grad()
    loss.backward()
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], clip)
    optimizer.step()


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
def test_catches_the_gradient_and_restores(weight, kind):
    caught = catch_update(
        lambda: step(kind([weight], lr=0.1), (weight**2).sum()), {"weight": weight}
    )
    assert caught.gradients["weight"].tolist() == [2 * x for x in START]
    assert (caught.steps, caught.stepped_twice, caught.clipped) == (1, False, False)
    assert weight.tolist() == START
    assert weight.grad is None


def test_a_subclass_of_optimizer_is_caught_too(weight):
    class Mine(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def step(self, closure=None):
            with torch.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        p -= p.grad

    caught = catch_update(lambda: step(Mine([weight]), weight.sum()), {"weight": weight})
    assert caught.gradients["weight"].tolist() == [1.0] * 3


def test_parameters_that_are_nobody_s_business_are_left_out(weight):
    other = nn.Parameter(torch.ones(1))
    caught = catch_update(
        lambda: step(torch.optim.SGD([weight, other], lr=1.0), (weight.sum() + other).sum()),
        {"weight": weight},
    )
    assert set(caught.gradients) == {"weight"}


def test_two_steps_on_one_parameter_are_told(weight):
    def update():
        optimizer = torch.optim.SGD([weight], lr=0.5)
        step(optimizer, (weight**2).sum())
        step(optimizer, (weight**2).sum())

    caught = catch_update(update, {"weight": weight})
    assert caught.stepped_twice
    # The first gradient is the one at the parameters that the batch was drawn with.
    assert caught.gradients["weight"].tolist() == [2 * x for x in START]


def test_two_optimisers_for_two_networks_are_one_step_each(weight):
    value = nn.Parameter(torch.ones(2, dtype=torch.float64))

    def update():
        step(torch.optim.SGD([weight], lr=0.5), weight.sum())
        step(torch.optim.SGD([value], lr=0.5), (3 * value).sum())

    caught = catch_update(update, {"weight": weight, "value": value})
    assert (caught.steps, caught.stepped_twice) == (2, False)
    assert caught.gradients["value"].tolist() == [3.0, 3.0]


@pytest.mark.parametrize(("limit", "clipped"), [(0.5, True), (1e6, False)])
def test_clipping_is_held_back_and_told(weight, limit, clipped):
    caught = catch_update(
        lambda: step(torch.optim.SGD([weight], lr=0.1), (weight**2).sum(), clip=limit),
        {"weight": weight},
    )
    assert (caught.held_back, caught.clipped) == (clipped, False)
    assert caught.gradients["weight"].tolist() == [2 * x for x in START]


def test_clipping_that_was_imported_by_name_is_held_back_too(weight):
    from torch.nn.utils import clip_grad_norm_ as clip

    def update():
        (weight**2).sum().backward()
        clip([weight], 0.5)
        torch.optim.SGD([weight], lr=0.1).step()

    caught = catch_update(update, {"weight": weight})
    assert (caught.held_back, caught.gradients["weight"].tolist()) == (True, [2 * x for x in START])


@pytest.mark.parametrize(("limit", "clipped"), [(0.5, True), (1e6, False)])
def test_where_it_cannot_be_held_back_clipping_is_told(weight, limit, clipped, monkeypatch):
    from torch.nn.utils import clip_grad

    inner = clip_grad._clip_grads_with_norm_
    monkeypatch.delattr(clip_grad, "_clip_grads_with_norm_")

    def old(parameters, max_norm):
        norm = torch.stack([p.grad.norm() for p in parameters]).norm()
        inner(parameters, max_norm, norm)
        return norm

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", old)
    caught = catch_update(
        lambda: step(torch.optim.SGD([weight], lr=0.1), (weight**2).sum(), clip=limit),
        {"weight": weight},
    )
    assert (caught.held_back, caught.clipped) == (False, clipped)


def test_an_update_that_never_steps(weight):
    assert catch_update(lambda: None, {"weight": weight}).steps == 0


def test_everything_is_put_back_where_the_update_raises(weight):
    original = torch.nn.utils.clip_grad_norm_

    def update():
        step(torch.optim.SGD([weight], lr=0.1), weight.sum())
        raise KeyError("lost")

    with pytest.raises(KeyError):
        catch_update(update, {"weight": weight})
    assert weight.tolist() == START
    assert torch.nn.utils.clip_grad_norm_ is original
    # No hook is left behind: another step is nobody's business.
    again = catch_update(lambda: None, {"weight": weight})
    step(torch.optim.SGD([weight], lr=0.1), weight.sum())
    assert again.steps == 0
