"""The exact law of sampled experience, by recursion over paths in plain Python.

Written from `TabularMDP`'s definition of the flags alone, and shares no code with the sampler.
"""

import math

import torch

Step = tuple[int, int, int, bool, bool, int]  # s, a, s', terminated, truncated, steps
FALSE_ALARM = 1e-9


def exact_law(world, pi, length, *, reset):
    """{path: probability}; whole episodes, or segments of `length` where `reset` is true."""
    initial = {s: p for s, p in enumerate(world.initial.tolist()) if p > 0}
    law: dict[tuple[Step, ...], float] = {}

    def extend(path, state, steps, probability):
        if len(path) == length:
            law[path] = law.get(path, 0.0) + probability
            return
        for action, chosen in enumerate(pi[state].tolist()):
            for after, moved in enumerate(world.transitions[state, action].tolist()):
                if chosen * moved == 0:
                    continue
                end = bool(world.terminal[after]) or steps + 1 == world.horizon
                cut = steps + 1 == world.time_limit and not end
                longer = (*path, (state, action, after, end, cut, steps))
                weight = probability * chosen * moved
                if not (end or cut):
                    extend(longer, after, steps + 1, weight)
                elif not reset:
                    law[longer] = law.get(longer, 0.0) + weight
                else:
                    for first, begun in initial.items():
                        # The last row's successor is drawn for nobody: count it once.
                        if len(longer) < length:
                            extend(longer, first, 0, weight * begun)
                    if len(longer) == length:
                        law[longer] = law.get(longer, 0.0) + weight

    for first, begun in initial.items():
        extend((), first, 0, begun)
    return law


def paths_of(rollout):
    """Each column of a rollout as a path."""
    names = ("states", "actions", "next_states", "terminated", "truncated", "steps")
    columns = [getattr(rollout, name).T.tolist() for name in names]
    lengths = rollout.mask.sum(0).tolist()
    return [
        tuple(zip(*(column[n][: lengths[n]] for column in columns), strict=True))
        for n in range(rollout.N)
    ]


def distance(law, sampled):
    """sup |F_n - F| over paths in lexicographic order; infinite off the law's support."""
    order = {path: k for k, path in enumerate(sorted(law))}
    if any(path not in order for path in sampled):
        return math.inf
    counts = torch.zeros(len(order), dtype=torch.float64)
    drawn = torch.tensor([order[path] for path in sampled])
    counts.index_add_(0, drawn, torch.ones(len(sampled), dtype=torch.float64))
    exact = torch.tensor([law[path] for path in sorted(law)], dtype=torch.float64)
    return float((counts.cumsum(0) / len(sampled) - exact.cumsum(0)).abs().max())


def tolerance(n):
    """Dvoretzky-Kiefer-Wolfowitz with Massart's constant: Pr(distance > this) <= FALSE_ALARM."""
    return math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))


def discounted_value(world, pi, gamma=None):
    """V [S] of the infinite horizon, one linear solve over non-terminal states, with graph."""
    live = torch.nonzero(~world.terminal).flatten()
    chain = torch.einsum("sa,sax->sx", pi, world.transitions)[live][:, live]
    reward = torch.einsum("sa,sax,sax->s", pi, world.transitions, world.rewards)[live]
    discount = world.gamma if gamma is None else gamma
    eye = torch.eye(len(live), dtype=torch.float64)
    solved = torch.linalg.solve(eye - discount * chain, reward)
    return torch.zeros(world.n_states, dtype=torch.float64).index_copy(0, live, solved)
