"""What each claim promises, in one sentence: a leaf, so that a listing loads no torch."""

from types import MappingProxyType

PROMISES = MappingProxyType(
    {
        "reinforce": "its expected gradient is minus the gradient of the discounted objective J",
        "reinforce-baseline": (
            "its expected gradient is minus the gradient of J, whatever the values are"
        ),
        "actor-critic": (
            "with an exact critic its expected gradient is the policy gradient, weights gamma^t"
        ),
        "importance-sampling": (
            "its expected gradient over the old policy's episodes is minus the gradient of J"
        ),
        "cpi": "it is minus the mean over valid steps of ratio times advantage",
        "ppo-clip": "it is minus the mean over valid steps of min(ratio A, clip(ratio) A)",
        "ppo-penalty": "it is minus mean(ratio A) plus kl_coef times mean KL(pi_old || pi)",
        "adaptive-kl": (
            "kl_coef is halved below kl_target/1.5, doubled above 1.5 kl_target, else kept"
        ),
        "trpo-step": (
            "it moves by sqrt(2 max_kl / x^T A x) x, A x = g and A = F + damping I, as far as "
            "divergence and surrogate allow"
        ),
        "value-loss": "it is vf_coef times the mean squared error, with the targets held fixed",
        "entropy-bonus": "it is minus ent_coef times the mean entropy of the policy",
        "ppo-loss": "it is the clipped surrogate plus the value loss minus the entropy bonus",
        "ppo-recurrent": (
            "it is ppo-loss on whole histories, its state emptied where episodes begin and a number"
            " where the segment does"
        ),
        "a2c-loss": "it is minus mean(logp A) plus the value loss minus the entropy bonus",
        "gae": (
            "A_t = delta_t + gamma lambda A_{t+1}, bootstrapped at truncation and cut at every end"
        ),
        "returns": (
            "G_t is the discounted reward-to-go, plus V(s') where the data and not the world end"
        ),
        "td-target": "y_t = r_t + gamma V(s'), without V(s') where the step terminated",
        "q-learning": (
            "its gradient is minus mean(delta grad Q), delta = r + gamma max Q(s') - Q(s, a)"
        ),
        "dqn-loss": "it is mean (y - Q(s, a))^2, y = r + gamma max Q'(s') of the target network Q'",
        "double-dqn-loss": (
            "it is mean (y - Q(s, a))^2, y = r + gamma Q'(s', argmax Q(s')), Q' the target network"
        ),
    }
)
"""Id -> promise, in the order of the catalogue (`rlcheck.claims.CLAIMS`)."""
