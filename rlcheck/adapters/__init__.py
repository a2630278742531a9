"""Outside libraries as subjects: by name (`stable-baselines3:ppo`), or as live objects.

Importing this package imports none of them, and no torch. `ADAPTERS` is the whole table.
`expected` is what a check of the versions in `constraints.txt` comes out as, each looked into by
hand; where it is `biased`, the adapter's docstring has the smallest evidence.
"""

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rlcheck.adapters.entry import AdapterEntry, is_installed, require_library
from rlcheck.errors import InvalidArgument

if TYPE_CHECKING:
    from rlcheck.adapters.live import Live

_SB3 = "rlcheck.adapters.stable_baselines3"
_SB3_CONTRIB = "rlcheck.adapters.sb3_contrib"
_TORCHRL = "rlcheck.adapters.torchrl"
_TIANSHOU = "rlcheck.adapters.tianshou"

_ROWS = (
    AdapterEntry(
        name="stable-baselines3:ppo", target=f"{_SB3}:ppo", claim="ppo-loss", kind="update"
    ),
    AdapterEntry(
        name="stable-baselines3:a2c", target=f"{_SB3}:a2c", claim="a2c-loss", kind="update"
    ),
    AdapterEntry(
        name="stable-baselines3:gae",
        target=f"{_SB3}:gae",
        claim="gae",
        kind="estimator",
        note="the buffer alone, which knows no truncation inside a segment",
    ),
    AdapterEntry(
        name="stable-baselines3:gae-collected",
        target=f"{_SB3}:gae_collected",
        claim="gae",
        kind="estimator",
        note="the whole of collect_rollouts, which adds gamma V to a truncated step's reward",
    ),
    AdapterEntry(
        name="sb3-contrib:trpo",
        target=f"{_SB3_CONTRIB}:trpo",
        claim="trpo-step",
        kind="update",
        expected="biased",
        note="its line search holds KL(pi || pi_old) to max_kl, and not KL(pi_old || pi)",
    ),
    AdapterEntry(
        name="torchrl:clip-ppo", target=f"{_TORCHRL}:clip_ppo", claim="ppo-loss", kind="loss"
    ),
    AdapterEntry(
        name="torchrl:ppo",
        target=f"{_TORCHRL}:ppo",
        claim="cpi",
        kind="loss",
        note="critic and entropy terms off: torchrl:clip-ppo has them, by the same methods",
    ),
    AdapterEntry(
        name="torchrl:kl-pen-ppo",
        target=f"{_TORCHRL}:kl_pen_ppo",
        claim="ppo-penalty",
        kind="loss",
        expected="biased",
        note="beta is changed in place between forward and backward: the KL term's gradient is"
        " twice or half that of the loss",
    ),
    AdapterEntry(
        name="torchrl:kl-pen-ppo-fixed",
        target=f"{_TORCHRL}:kl_pen_ppo_fixed",
        claim="ppo-penalty",
        kind="loss",
        note="increment = decrement = 1: beta stays",
    ),
    AdapterEntry(
        name="torchrl:adaptive-kl",
        target=f"{_TORCHRL}:adaptive_kl",
        claim="adaptive-kl",
        kind="estimator",
    ),
    AdapterEntry(name="torchrl:a2c", target=f"{_TORCHRL}:a2c", claim="a2c-loss", kind="loss"),
    AdapterEntry(
        name="torchrl:reinforce",
        target=f"{_TORCHRL}:reinforce",
        claim="a2c-loss",
        kind="loss",
        settings=MappingProxyType({"vf_coef": 1.0, "ent_coef": 0.0}),
        note="a mean over steps without gamma^t: with advantages given it is an A2C loss",
    ),
    AdapterEntry(name="torchrl:gae", target=f"{_TORCHRL}:gae", claim="gae", kind="estimator"),
    AdapterEntry(
        name="torchrl:vec-gae",
        target=f"{_TORCHRL}:vec_gae",
        claim="gae",
        kind="estimator",
        precision=1e-6,
        note="raises where gamma * lambda is 0, and drops weights below 1e-7",
    ),
    AdapterEntry(
        name="torchrl:td-lambda", target=f"{_TORCHRL}:td_lambda", claim="gae", kind="estimator"
    ),
    AdapterEntry(
        name="torchrl:vec-td-lambda",
        target=f"{_TORCHRL}:vec_td_lambda",
        claim="gae",
        kind="estimator",
        precision=1e-6,
        note="raises where gamma * lambda is 0, and drops weights below 1e-7",
    ),
    AdapterEntry(
        name="torchrl:td1-returns",
        target=f"{_TORCHRL}:td1_returns",
        claim="returns",
        kind="estimator",
    ),
    AdapterEntry(
        name="torchrl:vec-td1-returns",
        target=f"{_TORCHRL}:vec_td1_returns",
        claim="returns",
        kind="estimator",
        precision=1e-6,
        note="raises where gamma is 0, and drops weights below 1e-7",
    ),
    AdapterEntry(
        name="tianshou:ppo",
        target=f"{_TIANSHOU}:ppo",
        claim="ppo-loss",
        kind="update",
        precision=1e-6,
        note="the ratio is float32 inside",
    ),
    AdapterEntry(name="tianshou:a2c", target=f"{_TIANSHOU}:a2c", claim="a2c-loss", kind="update"),
    AdapterEntry(
        name="tianshou:trpo",
        target=f"{_TIANSHOU}:trpo",
        claim="trpo-step",
        kind="update",
        settings=MappingProxyType({"damping": 0.1, "cg_iterations": 10.0}),
        precision=1e-6,
        note="the ratio is float32 inside; damping and iterations are in its code",
    ),
    AdapterEntry(name="tianshou:gae", target=f"{_TIANSHOU}:gae", claim="gae", kind="estimator"),
)

ADAPTERS = MappingProxyType({row.name: row for row in _ROWS})
"""Name -> entry, in the order of listings."""

_LIVE = MappingProxyType(
    {
        "stable_baselines3": _SB3,
        "sb3_contrib": _SB3_CONTRIB,
        "torchrl": _TORCHRL,
        "tianshou": _TIANSHOU,
    },
)


def adapter(name: str) -> AdapterEntry:
    """Looks an adapter up.

    Raises:
        InvalidArgument: no adapter has this name.
    """
    if name not in ADAPTERS:
        raise InvalidArgument.of(
            "subject", name, "no adapter has this name", f"one of {', '.join(ADAPTERS)}"
        )
    return ADAPTERS[name]


def is_live(subject: Any) -> bool:
    """Whether `from_live` may know the object: its class, or a parent of it, is a library's."""
    return _library_of(subject) is not None


def from_live(subject: Any) -> "Live":
    """Takes a library's own object apart: an SB3 model, a TorchRL loss, a Tianshou algorithm.

    Raises:
        InvalidArgument: the object is no library's, or not of a class that an adapter knows.
    """
    package = _library_of(subject)
    if package is None:
        raise InvalidArgument.of(
            "subject",
            type(subject).__name__,
            "no adapter knows this class",
            "an SB3 PPO, A2C or TRPO, a TorchRL loss module, a Tianshou PPO, A2C or TRPO, or a "
            "function",
        )
    return importlib.import_module(package).live(subject)


def _library_of(subject: Any) -> str | None:
    for parent in type(subject).__mro__:
        package = _LIVE.get(parent.__module__.partition(".")[0])
        if package is not None:
            return package
    return None


__all__ = [
    "ADAPTERS",
    "AdapterEntry",
    "adapter",
    "from_live",
    "is_installed",
    "is_live",
    "require_library",
]
