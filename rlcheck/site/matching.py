"""Which functions compute what a result states, and their code."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rlcheck.site.links import address

MATCHING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "value-of-a-time": ("rlcheck.exact.state_values",),
        "action-value-of-a-time": ("rlcheck.exact.action_values",),
        "objective-three-ways": ("rlcheck.exact.objective",),
        "objective-by-occupancy": ("rlcheck.exact.occupancy",),
        "reinforce": ("rlcheck.losses.reinforce_full_return",),
        "policy-gradient-rewards-to-go": ("rlcheck.losses.reinforce",),
        "policy-gradient-theorem": ("rlcheck.losses.actor_critic",),
        "policy-gradient-theorem-forever": ("rlcheck.losses.actor_critic",),
        "value-from-action-value": ("rlcheck.exact.state_values",),
        "action-value-from-value": ("rlcheck.exact.action_values",),
        "constant-baseline": ("rlcheck.estimators.constant_baseline",),
        "state-baseline": ("rlcheck.losses.reinforce_baseline",),
        "minimum-variance-baseline": ("rlcheck.estimators.variance_minimising_baseline",),
        "variance-with-baseline": ("rlcheck.exact.covariance",),
        "reward-to-go": ("rlcheck.estimators.reward_to_go",),
        "discounted-reward-to-go": ("rlcheck.losses.reinforce",),
        "gae": ("rlcheck.estimators.gae_by_scan",),
        "gae-recursion": ("rlcheck.estimators.gae_by_scan",),
        "n-step-advantage": ("rlcheck.estimators.n_step_returns",),
        "td-advantage": ("rlcheck.estimators.td_errors",),
        "trajectory-ratio": ("rlcheck.estimators.per_trajectory_weights",),
        "off-policy-gradient": ("rlcheck.losses.importance_sampling_per_trajectory",),
        "per-decision-importance-sampling": ("rlcheck.losses.importance_sampling",),
        "kl-is-cross-entropy-minus-entropy": ("rlcheck.exact.kl_divergence",),
        "surrogate-gradient": ("rlcheck.losses.cpi",),
        "clip-positive-advantage": ("rlcheck.losses.ppo_clip",),
        "clip-negative-advantage": ("rlcheck.losses.ppo_clip",),
        "clip-is-a-lower-bound": ("rlcheck.losses.ppo_clip",),
    }
)
"""Result -> public functions, by dotted name."""


def find(dotted: str) -> Callable[..., Any]:
    """The function of that name."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def code_blocks(result: str, title: str, source: str) -> str:
    """A section with the code of every matching function; empty where there is none.

    Args:
        result: the result's name.
        title: of the section.
        source: path of the page.
    """
    functions = MATCHING.get(result, ())
    if not functions:
        return ""
    return f"## {title}\n\n" + "\n".join(_block(dotted, source) for dotted in functions)


def _block(dotted: str, source: str) -> str:
    module = dotted.rpartition(".")[0]
    function = find(dotted)
    target = address(source, reference_path(module), f"{function.__module__}.{function.__name__}")
    code = without_docstring(function)
    return f'<p><a href="{target}"><code>{dotted}</code></a></p>\n\n```python\n{code}```\n'


def reference_path(module: str) -> str:
    """The page of the reference on a module."""
    return f"reference/{module.removeprefix('rlcheck.')}.md"


def without_docstring(function: Callable[..., Any]) -> str:
    """A function's code; what its docstring says stands in the reference."""
    code = textwrap.dedent(inspect.getsource(function))
    [definition] = ast.parse(code).body
    assert isinstance(definition, ast.FunctionDef)
    first = definition.body[0]
    if ast.get_docstring(definition) is None or len(definition.body) == 1:
        return code
    lines = code.splitlines(keepends=True)
    assert first.end_lineno is not None
    return "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])
