"""The Monte Carlo gradient: its mean, and what averaging does to its variance (row A8)."""

from derivations.language.binders import OfSample, SampleExpectation, TimeSum
from derivations.language.operators import Gradient, Variance
from derivations.language.statement import Derivation, each_time, equal, words
from derivations.language.terms import THETA, TrajectoryTable, j, k, m
from derivations.notation import RETURN, SCORES, J, mean

ESTIMATE = SampleExpectation(THETA, m, TimeSum(j, 1, m, OfSample(j, SCORES * RETURN)) / m)

MONTE_CARLO_UNBIASED = Derivation(
    name="monte-carlo-unbiased",
    rows=("A8",),
    title=words("The Monte Carlo gradient is unbiased", "蒙特卡洛梯度是无偏的"),
    forall=(each_time(m, 1, 2),),
    sizes=((1, 2, 1), (2, 2, 1), (1, 2, 2), (1, 3, 1)),
    start=ESTIMATE,
    lines=(
        equal(
            TimeSum(j, 1, m, SampleExpectation(THETA, m, OfSample(j, SCORES * RETURN))) / m,
            "The mean of a sum is the sum of the means.",
            "和的均值等于均值的和。",
        ),
        equal(
            TimeSum(j, 1, m, mean(SCORES * RETURN)) / m,
            "Every trajectory has the same law.",
            "每条轨迹同分布。",
        ),
        equal(
            mean(SCORES * RETURN),
            "m equal terms, divided by m.",
            "m 个相同的项再除以 m。",
        ),
        equal(
            Gradient(J),
            "The REINFORCE gradient.",
            "即 REINFORCE 梯度。",
            uses=("reinforce",),
        ),
    ),
)

DEVIATION = TimeSum(j, 1, m, OfSample(j, TrajectoryTable("X"))) / m - mean(TrajectoryTable("X"))

MONTE_CARLO_VARIANCE = Derivation(
    name="monte-carlo-variance",
    rows=("A8",),
    title=words(
        "The variance of a mean over m trajectories is that of one, over m",
        "m 条轨迹均值的方差等于单条方差除以 m",
    ),
    setting=words(
        "X(τ) is any number that a trajectory gives, a coordinate of its gradient for one.",
        "X(τ) 是轨迹给出的任意数, 例如其梯度的一个分量。",
    ),
    forall=(each_time(m, 1, 2),),
    sizes=((1, 2, 1), (2, 2, 1), (1, 2, 2), (1, 3, 1)),
    start=SampleExpectation(THETA, m, DEVIATION**2),
    lines=(
        equal(
            SampleExpectation(
                THETA,
                m,
                TimeSum(
                    j,
                    1,
                    m,
                    TimeSum(
                        k,
                        1,
                        m,
                        (OfSample(j, TrajectoryTable("X")) - mean(TrajectoryTable("X")))
                        * (OfSample(k, TrajectoryTable("X")) - mean(TrajectoryTable("X"))),
                    ),
                )
                / m**2,
            ),
            "The square of a sum is a sum over pairs.",
            "和的平方是对所有配对的和。",
        ),
        equal(
            TimeSum(
                j,
                1,
                m,
                SampleExpectation(
                    THETA,
                    m,
                    (OfSample(j, TrajectoryTable("X")) - mean(TrajectoryTable("X"))) ** 2,
                ),
            )
            / m**2,
            "Different trajectories are independent, so the pairs with j ≠ k have mean zero.",
            "不同轨迹相互独立, 故 j ≠ k 的配对均值为零。",
        ),
        equal(
            Variance(THETA, TrajectoryTable("X")) / m,
            "m times the variance of one, divided by m².",
            "单条方差的 m 倍再除以 m²。",
        ),
    ),
)

RESULTS = (MONTE_CARLO_UNBIASED, MONTE_CARLO_VARIANCE)
