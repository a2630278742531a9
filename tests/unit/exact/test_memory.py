"""What a recurrent update promises: by recursion, and by listing every history."""

from dataclasses import replace

import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact import memory
from rlcheck.exact.routes.differences import differences
from rlcheck.exact.routes.histories import ppo_by_histories, slots
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.worlds import Size

SETTINGS = {"clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.125, "gamma": 0.75}
SIZE = Size(n_actions=2)


def a_case(seed, off_policy=True):
    return make_case(
        Recipe(
            form="carried", off_policy=off_policy, listed=True, seed=seed,
            settings=tuple(SETTINGS.items()), size=SIZE,
        )
    )  # fmt: skip


def gradient_of(case):
    parameters = list(case.own.parameters.values())
    found = torch.autograd.grad(case.truth.ppo(), parameters)
    return torch.cat([g.reshape(-1) for g in found])


def slopes_of(case, directions):
    parameters = case.own.parameters
    listed = slots(case.policy, case.carried, case.length)
    start = torch.nn.utils.parameters_to_vector(parameters.values()).detach().clone()

    def value(vector):
        torch.nn.utils.vector_to_parameters(vector, parameters.values())
        loss = ppo_by_histories(case.world.observations, case.policy.step, listed, SETTINGS)
        torch.nn.utils.vector_to_parameters(start, parameters.values())
        return torch.tensor([loss], dtype=torch.float64)

    with torch.no_grad():
        return differences(value, start, directions)


@pytest.mark.parametrize("off_policy", [False, True])
def test_the_gradient_is_the_slope_of_the_loss_over_all_histories(off_policy):
    case = a_case(1, off_policy)
    due = gradient_of(case)
    generator = torch.Generator().manual_seed(0)
    # A small step: at the policy that sampled, and where it lies near a kink, none is crossed.
    directions = torch.randn(1, len(due), generator=generator, dtype=torch.float64) / 400
    found = slopes_of(case, directions)
    slope = (directions @ due)[:, None]
    assert float(slope.abs().min()) > 1e-4
    assert torch.allclose(found.slope, slope, atol=float(20 * found.error.max()) + 1e-12)
    assert float(found.error.max()) < 1e-6 * float(slope.abs().min())


def test_histories_add_up_to_one():
    case = a_case(0)
    total = sum(float(n.weight.sum()) for n in memory.histories(case.policy, case.carried, 3))
    assert abs(total - 1) < 1e-14
    assert abs(float(case.listed.rollout.probability.sum()) - 1) < 1e-14


def test_a_policy_that_remembers_nothing_is_an_ordinary_one():
    """With weights of zero on the state, and hidden gates shut, it is a table: two truths."""
    case = a_case(2, off_policy=False)
    with torch.no_grad():
        gru = case.own.agent.gru
        gru.weight_hh_l0.zero_()
        gru.bias_hh_l0.zero_()
        width = gru.hidden_size
        gru.weight_ih_l0[width : 2 * width].zero_()
        gru.bias_ih_l0[width : 2 * width] = -60.0  # z = 0: h' is the candidate alone
    world = case.world
    obs, empty = world.observations, torch.zeros(world.n_states, width, dtype=torch.float64)
    logits = case.own.step(obs, empty).logits.detach()
    old = logits.softmax(-1)
    for steps in (0, 1):
        q = case.policy.action_values(empty, torch.arange(world.n_states), steps)
        left = replace(world, horizon=world.horizon - steps)
        live = ~world.terminal
        start = exact.objective(left, old)
        found = float((world.initial * (old * q).sum(-1)).sum())
        assert abs(found - float(start)) < 1e-13
        assert bool(torch.isfinite(q[live]).all())


def test_worlds_without_a_last_step_are_refused():
    case = a_case(0)
    with pytest.raises(InvalidArgument, match="last step"):
        replace(case.policy, world=replace(case.world, horizon=None))


def test_what_is_handed_over_is_the_truth_of_the_list():
    """E[return | history, action] of the listed rollouts is Q: the mean over what may follow."""
    case = a_case(3)
    batch = case.listed
    rollout = batch.rollout
    targets = batch.values + batch.advantages
    key = torch.cat([rollout.states[:1], rollout.actions[:1], batch.networks.starts[:1].long()])
    for group in key.unique(dim=1).T:
        here = (key == group[:, None]).all(0)
        weight = rollout.probability[here] / rollout.probability[here].sum()
        assert abs(float(weight @ (batch.returns[0, here] - targets[0, here]))) < 1e-14
