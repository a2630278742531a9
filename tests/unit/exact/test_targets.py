"""Every claim's target against sums over all rollouts, written with plain loops and floats.

The listing comes from the oracle of the sampler's tests, which shares no code with `exact`.
Gradients are Richardson differences of the enumerated objective: the targets' own chain rule is
part of what is held against them.
"""

import itertools
import math
from collections import Counter

import pytest
import torch

from rlcheck.exact import targets
from rlcheck.worlds import TabularMDP
from tests.unit.worlds.paths import exact_law

# Richardson differences with h = 2e-3 leave h^4 / 480 times the fifth derivative, and eps / h.
CLOSE = 2e-10
EXACT = 1e-13

# horizon, time limit, terminal state, length, segments
KINDS = {
    "fixed": (3, None, False, 3, False),
    "ragged": (3, None, True, 3, False),
    "ragged by a limit": (None, 3, True, 3, False),
    "cut": (None, None, True, 3, False),
    "limit inside a horizon": (3, 2, True, 3, False),
    "limit at the horizon": (2, 2, False, 2, False),
    "segments": (None, None, True, 3, True),
    "segments with a limit": (None, 2, True, 4, True),
    "segments with a horizon": (2, None, False, 4, True),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
SEEDS = pytest.mark.parametrize("seed", [0, 1])


class Problem:
    """A random world of a kind, two policies, values and a table of advantages."""

    def __init__(self, kind, seed, n_states=2, n_actions=2):
        horizon, limit, ends, self.length, self.segments = KINDS[kind]
        g = torch.Generator().manual_seed(seed * 31 + len(kind))
        rand = lambda *shape: torch.rand(shape, generator=g, dtype=torch.float64)  # noqa: E731
        total = n_states + int(ends)
        table = rand(total, n_actions, total) + 0.05
        # One certain move: lists stay short, and an action decides how long an episode is.
        table[0, 0] = 0.0
        table[0, 0, n_states - 1] = 1.0
        terminal = torch.arange(total) >= n_states
        self.world = TabularMDP(
            transitions=table / table.sum(-1, keepdim=True),
            rewards=rand(total, n_actions, total) * 4 - 2,
            initial=torch.where(terminal, 0.0, torch.ones(total).double() / n_states),
            terminal=terminal, gamma=0.8, horizon=horizon, time_limit=limit,
        )  # fmt: skip
        self.logits = rand(total, n_actions) * 2 - 1
        self.pi_old = (rand(total, n_actions) * 2 - 1).softmax(-1)
        self.values = rand(total) * 4 - 2
        self.truth = torch.where(terminal, 0.0, rand(total) * 4 - 2)
        self.advantages = rand(total, n_actions) * 2 - 1
        law = exact_law(self.world, self.pi_old, self.length, reset=self.segments)
        self.paths = [(path, p) for path, p in law.items() if p > 0]

    def visits(self, batch_size=1):
        return targets.mean_visits(self.world, self.pi_old, self.length, self.segments, batch_size)

    def discounted(self):
        return targets.discounted_visits(self.world, self.pi_old, self.length, self.segments)

    def counted(self, weight):
        """sum over paths of p times weight(path, step), at (s, a, s')."""
        found = torch.zeros_like(self.world.transitions)
        for path, p in self.paths:
            for step in path:
                found[step[:3]] += p * weight(path, step)
        return found

    def mean(self, term):
        """E[mean over one rollout's steps of term(s, a, s', end)], plain floats."""
        return math.fsum(
            p * math.fsum(term(*step[:4]) for step in path) / len(path) for path, p in self.paths
        )


def in_batches(paths, size):
    """E[share of valid steps that are (s, a, s')], over every multiset of rollouts."""
    found = Counter()
    for chosen in itertools.combinations_with_replacement(paths, size):
        ways = math.factorial(size)
        for times in Counter(path for path, _ in chosen).values():
            ways //= math.factorial(times)
        weight = ways * math.prod(p for _, p in chosen) / sum(len(path) for path, _ in chosen)
        for path, _ in chosen:
            for step in path:
                found[step[:3]] += weight
    return found


def richardson(objective, point, step=2e-3):
    """The gradient of a function of a table, by differences of two widths."""
    found = torch.zeros_like(point)
    for index in itertools.product(*(range(n) for n in point.shape)):

        def slope(h, index=index):
            up, down = point.clone(), point.clone()
            up[index] += h
            down[index] -= h
            return (objective(up) - objective(down)) / (2 * h)

        found[index] = (4 * slope(step / 2) - slope(step)) / 3
    return found


def gradient(potential, at):
    return torch.autograd.grad(potential, at)[0]


def through_policy(problem, potential):
    """The gradient in the logits of a potential of pi."""
    logits = problem.logits.clone().requires_grad_()
    return gradient(potential(logits.softmax(-1)), logits)


def ratio_of(problem, logits):
    return (logits.softmax(-1) / problem.pi_old).tolist()


def surrogate(problem, clip=None):
    """-E[mean of the (clipped) surrogate] as a function of the logits."""
    credit = problem.advantages.tolist()

    def objective(logits):
        ratio = ratio_of(problem, logits)

        def term(s, a, after, end):
            r, adv = ratio[s][a], credit[s][a]
            if clip is None:
                return -r * adv
            return -min(r * adv, min(max(r, 1 - clip), 1 + clip) * adv)

        return problem.mean(term)

    return objective


@EVERY_KIND
@SEEDS
def test_mean_visits_of_one_rollout(kind, seed):
    problem = Problem(kind, seed)
    due = problem.counted(lambda path, step: 1 / len(path))
    assert (problem.visits() - due).abs().max() < EXACT


@pytest.mark.parametrize("kind", ["ragged", "ragged by a limit", "cut", "limit inside a horizon"])
@pytest.mark.parametrize("size", [2, 3])
def test_mean_visits_of_batches_is_an_expected_ratio_of_sums(kind, size):
    problem = Problem(kind, 3, n_states=2 if size == 2 else 1)
    due = torch.zeros_like(problem.world.transitions)
    for place, weight in in_batches(problem.paths, size).items():
        due[place] = weight
    assert (problem.visits(size) - due).abs().max() < EXACT
    # What a batch size does not change is never confused with what it does.
    assert (problem.visits(size) - problem.visits(size - 1)).abs().max() > 1e-4
    assert float(problem.visits(size).sum()) == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize("kind", ["fixed", "segments with a limit"])
def test_the_batch_size_plays_no_part_where_lengths_are_equal(kind):
    problem = Problem(kind, 4)
    assert torch.equal(problem.visits(1), problem.visits(4))


@EVERY_KIND
@SEEDS
def test_discounted_visits(kind, seed):
    problem = Problem(kind, seed)
    due = problem.counted(lambda path, step: problem.world.gamma ** step[5])
    assert (problem.discounted() - due).abs().max() < EXACT


@EVERY_KIND
def test_advantage_weighted(kind):
    problem = Problem(kind, 5)
    found = through_policy(
        problem,
        lambda pi: targets.advantage_weighted(
            pi, problem.pi_old, problem.advantages, problem.visits()
        ),
    )
    due = richardson(surrogate(problem), problem.logits)
    assert (found - due).abs().max() < CLOSE
    assert due.abs().max() > 1e-2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("clip", [0.1, 0.3])
def test_the_case_table_of_the_clip(seed, clip):
    problem = Problem("ragged" if seed % 2 else "segments", seed)
    found = through_policy(
        problem,
        lambda pi: targets.clipped(pi, problem.pi_old, problem.advantages, problem.visits(), clip),
    )
    assert (found - richardson(surrogate(problem, clip), problem.logits)).abs().max() < CLOSE


def wrongly_clipped(problem, active, eps):
    """`targets.clipped` with another table of which steps move the ratio."""

    def potential(pi):
        ratio = (pi / problem.pi_old).detach()
        credit = problem.advantages * active(ratio, problem.advantages, eps)
        return targets.advantage_weighted(pi, problem.pi_old, credit, problem.visits())

    return potential


WRONG_TABLES = {
    "never clipped": lambda r, a, e: torch.ones_like(r),
    "both bounds for both signs": lambda r, a, e: (r < 1 + e) & (r > 1 - e),
    "signs exchanged": lambda r, a, e: torch.where(a < 0, r < 1 + e, r > 1 - e),
    "above only": lambda r, a, e: (a < 0) | (r < 1 + e),
    "below only": lambda r, a, e: (a > 0) | (r > 1 - e),
}


@pytest.mark.parametrize("wrong", WRONG_TABLES)
def test_a_wrong_case_table_is_seen(wrong):
    gaps = []
    for seed in range(4):
        problem = Problem("fixed", seed)
        found = through_policy(problem, wrongly_clipped(problem, WRONG_TABLES[wrong], 0.1))
        due = richardson(surrogate(problem, 0.1), problem.logits)
        gaps.append(float((found - due).abs().max()))
    assert max(gaps) > 1e-3


def divergence_from(problem, reverse=False):
    def objective(logits):
        new, old = logits.softmax(-1).tolist(), problem.pi_old.tolist()
        p, q = (new, old) if reverse else (old, new)
        per_state = [
            math.fsum(x * math.log(x / y) for x, y in zip(*rows, strict=True))
            for rows in zip(p, q, strict=True)
        ]
        return 0.7 * problem.mean(lambda s, a, after, end: per_state[s])

    return objective


@EVERY_KIND
def test_divergence_and_its_direction(kind):
    problem = Problem(kind, 6)
    found = through_policy(
        problem, lambda pi: targets.divergence(pi, problem.pi_old, problem.visits(), 0.7)
    )
    due = richardson(divergence_from(problem), problem.logits)
    other = richardson(divergence_from(problem, reverse=True), problem.logits)
    assert (found - due).abs().max() < CLOSE
    assert (found - other).abs().max() > 1e-4


@EVERY_KIND
def test_entropy(kind):
    problem = Problem(kind, 7)

    def objective(logits):
        table = logits.softmax(-1).tolist()
        each = [-math.fsum(p * math.log(p) for p in row) for row in table]
        return -0.3 * problem.mean(lambda s, a, after, end: each[s])

    found = through_policy(problem, lambda pi: targets.entropy(pi, problem.visits(), 0.3))
    due = richardson(objective, problem.logits)
    assert (found - due).abs().max() < CLOSE
    assert due.abs().max() > 1e-3


def squared(problem, bootstrap_at_ends=False):
    truth, rewards = problem.truth.tolist(), problem.world.rewards.tolist()
    terminal = problem.world.terminal.tolist()

    def objective(values):
        table = values.tolist()

        def term(s, a, after, end):
            onward = 0.0 if terminal[after] and not bootstrap_at_ends else truth[after]
            return (table[s] - rewards[s][a][after] - problem.world.gamma * onward) ** 2

        return 0.6 * problem.mean(term)

    return objective


@EVERY_KIND
def test_squared_error(kind):
    problem = Problem(kind, 8)
    values = problem.values.clone().requires_grad_()
    # Whatever stands at a terminal state, its value is zero.
    spoilt = problem.truth + 9.0 * problem.world.terminal
    potential = targets.squared_error(problem.world, values, spoilt, problem.visits(), 0.6)
    found = gradient(potential, values)
    assert (found - richardson(squared(problem), problem.values)).abs().max() < CLOSE
    if bool(problem.world.terminal.any()):
        problem.truth = spoilt
        wrong = richardson(squared(problem, bootstrap_at_ends=True), problem.values)
        assert (found - wrong).abs().max() > 1e-3


def gae_at(problem, path, t, lam, values, cut_by=lambda end, cut: end or cut):
    """sum_l (gamma lambda)^l delta_{t+l}, up to the first end: no recursion."""
    total = 0.0
    for ahead, (s, a, after, end, cut, _) in enumerate(path[t:]):
        onward = 0.0 if end else values[after]
        delta = float(problem.world.rewards[s, a, after]) + problem.world.gamma * onward - values[s]
        total += (problem.world.gamma * lam) ** ahead * delta
        if cut_by(end, cut):
            break
    return total


def return_at(problem, path, t, values):
    total, weight = 0.0, 1.0
    for s, a, after, end, cut, _ in path[t:]:
        total += weight * float(problem.world.rewards[s, a, after])
        weight *= problem.world.gamma
        last = (s, a, after, end, cut)
        if end or cut:
            break
    return total + (0.0 if last[3] else weight * values[last[2]])


def at_slots(problem, shape, of):
    found = torch.zeros(shape, dtype=torch.float64)
    for path, p in problem.paths:
        for t, step in enumerate(path):
            found[t, step[5], step[0], step[1]] += p * of(path, t)
    return found


@EVERY_KIND
@pytest.mark.parametrize("lam", [0.0, 0.6, 1.0])
def test_expected_gae(kind, lam):
    problem = Problem(kind, 9)
    found = targets.expected_gae(
        problem.world, problem.pi_old, problem.values, lam, problem.length, problem.segments
    )
    values = problem.values.tolist()
    due = at_slots(problem, found.shape, lambda path, t: gae_at(problem, path, t, lam, values))
    assert (found - due).abs().max() < EXACT


@EVERY_KIND
def test_expected_returns(kind):
    problem = Problem(kind, 10)
    found = targets.expected_returns(
        problem.world, problem.pi_old, problem.values, problem.length, problem.segments
    )
    values = problem.values.tolist()
    due = at_slots(problem, found.shape, lambda path, t: return_at(problem, path, t, values))
    assert (found - due).abs().max() < EXACT


@pytest.mark.parametrize("leak", [lambda end, cut: end, lambda end, cut: cut])
def test_a_recursion_that_runs_on_across_an_end_is_seen(leak):
    problem = Problem("segments with a limit", 9)
    found = targets.expected_gae(problem.world, problem.pi_old, problem.values, 0.6, 4, True)
    values = problem.values.tolist()
    wrong = at_slots(problem, found.shape, lambda p, t: gae_at(problem, p, t, 0.6, values, leak))
    assert (found - wrong).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["ragged", "segments"])
def test_larger_worlds(kind):
    problem = Problem(kind, 11, n_states=3, n_actions=2)
    due = problem.counted(lambda path, step: 1 / len(path))
    assert (problem.visits() - due).abs().max() < EXACT
    due = problem.counted(lambda path, step: problem.world.gamma ** step[5])
    assert (problem.discounted() - due).abs().max() < EXACT
