"""The languages of the derivations' pages, and what these say beside the derivations' words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One language.

    Args:
        language: its code, as in the derivations' words.
        name: of the language, in itself.
        folder: where its pages lie, with a slash at the end; empty for the site's own language.
        phrases: what the pages say beside the derivations' words.
    """

    language: str
    name: str
    folder: str
    phrases: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.phrases[key]

    @property
    def section(self) -> tuple[str, ...]:
        """Where the navigation lists its pages: under its name, unless it is the site's own."""
        return (self.name,) if self.folder else ()


ENGLISH = Edition(
    language="en",
    name="English",
    folder="",
    phrases=MappingProxyType(
        {
            "derivations": "Derivations",
            "errata": "Errata",
            "uses": "uses",
            "used by": "Used by",
            "rows": "Inventory",
            "steps": "{count} steps accepted",
            "step": "1 step accepted",
            "in general": "in general",
            "these sizes": "these sizes",
            "this problem": "this problem",
            "proved in general": "proved in general",
            "proved for every world of these sizes": "proved for every world of these sizes",
            "proved for this problem": "proved for this problem",
            "sizes": "(|S|, |A|, T) = {sizes}",
            "policies": "any differentiable policy",
            "assumes": "Assumes",
            "here": "where",
            "every state": "for every state {it}",
            "every action": "for every action {it}",
            "every outcome": "for every outcome {it}",
            "every time": "for every {it}",
            "every trajectory": "for every trajectory of {it} steps",
            "where": "for {it}",
            "apart from": "apart from {it}",
            "given": "given that {it}",
            "claim": "Claim",
            "base": "Base",
            "induction step": "From n to n + 1",
            "how checked": "How it is checked",
            "line": "step",
            "route": "accepted by",
            "worlds": "worlds",
            "degree": "degree",
            "error": "false with probability below",
            "no evaluation": "by the order in every region",
            "how sentence": (
                "Both sides of a step are evaluated at random points of a random prime field, "
                "on worlds in which every probability, reward and slope is a free symbol. Unequal "
                "sides agree there with the probability in the last column at most "
                "(Schwartz–Zippel). The label is computed from how a step was accepted."
            ),
            "latex": "LaTeX of the whole derivation",
            "check again": "Check this page again",
            "code": "The same in code",
            "held": "Held against the code",
            "held sentence": (
                "The lines above as float64 functions, against what the code gives, in {worlds} "
                "random worlds with two random policies each. An error is counted in floors, the "
                "most that rounding explains there: at most one where formula and code agree."
            ),
            "held line by line": "line by line",
            "held value": "value",
            "held mean": "mean",
            "held variance": "variance",
            "held caption": (
                "Every point is one comparison in one world; a point on the lower edge is smaller "
                "still, or exactly zero. Where code samples, its mean's distance from the exact "
                "one while draws are added; only the end is judged."
            ),
            "compared": "compared",
            "function": "function",
            "largest": "largest error, in floors",
            "floor": "rounding floor",
            "in floors": "error / floor",
            "sampled sentence": (
                "By sampling: how far the mean of the draws lies from its exact value, in exact "
                "standard errors. Right code goes beyond the limit with a probability below "
                "{alarm}, whatever the law of a draw: its variance is exact, and no normal limit "
                "is taken."
            ),
            "sampled description": "The distance of a sampled mean from the exact one, over draws.",
            "draws": "draws",
            "distance": "distance, in standard errors",
            "limit": "limit",
            "pictures": "In pictures",
            "printed": "As printed",
            "wrong": "What is wrong",
            "counterexample": "The smallest counterexample",
            "counterexample sentence": (
                "Found by search, {tried} worlds after the simplest: |S| = {states}, "
                "|A| = {actions}, T = {steps}. All numbers are exact. Probabilities that are not "
                "listed are one minus the others, slopes of the policy minus the others."
            ),
            "left": "left side",
            "right side": "right side",
            "right": "What is right",
            "practice": "What it breaks in practice",
            "no gradient": "No gradient is altered.",
            "practice sentence": (
                "The printed direction against the gradient, ‖printed − right‖ / ‖right‖ over "
                "all logits of a softmax policy."
            ),
            "world": "world",
            "gap": "error",
            "relaxed": "The printed formula does not ask for it, so here: {it}.",
            "is": "is",
            "proved in": "proved in",
            "chapters": "Chapters",
            "other": "中文",
            "copy": "copy as LaTeX",
        }
    ),
)

CHINESE = Edition(
    language="zh",
    name="中文",
    folder="zh/",
    phrases=MappingProxyType(
        {
            "derivations": "推导",
            "errata": "勘误",
            "uses": "用到",
            "used by": "被以下结果引用",
            "rows": "公式清单",
            "steps": "{count} 步全部通过",
            "step": "1 步通过",
            "in general": "一般成立",
            "these sizes": "这些规模",
            "this problem": "此问题",
            "proved in general": "一般性证明",
            "proved for every world of these sizes": "对这些规模的所有世界成立",
            "proved for this problem": "对此问题成立",
            "sizes": "(|S|, |A|, T) = {sizes}",
            "policies": "任意可微策略",
            "assumes": "假设",
            "here": "其中",
            "every state": "对每个状态 {it}",
            "every action": "对每个动作 {it}",
            "every outcome": "对每个结果 {it}",
            "every time": "对每个 {it}",
            "every trajectory": "对每条 {it} 步的轨迹",
            "where": "当 {it}",
            "apart from": "{it} 除外",
            "given": "已知 {it}",
            "claim": "命题",
            "base": "起始",
            "induction step": "由 n 到 n + 1",
            "how checked": "如何检验",
            "line": "步",
            "route": "通过方式",
            "worlds": "世界",
            "degree": "次数",
            "error": "误判概率上界",
            "no evaluation": "由各区域内的大小关系",
            "how sentence": (
                "每一步的两边都在随机素数域的随机点上求值, 其中每个概率、奖励与斜率都是自由符号。"
                "不相等的两边在这些点上一致的概率不超过最后一列 (Schwartz–Zippel)。"
                "标签由通过方式计算得出。"
            ),
            "latex": "整个推导的 LaTeX",
            "check again": "重新检验本页",
            "code": "对应的代码",
            "held": "与代码对照",
            "held sentence": (
                "把上面各行化为 float64 函数, 在 {worlds} 个随机世界 (各有两个随机策略) 中"
                "与代码的结果对照。误差以下限计, 即该处舍入所能解释的最大误差: "
                "公式与代码一致时不超过一。"
            ),
            "held line by line": "逐行",
            "held value": "数值",
            "held mean": "均值",
            "held variance": "方差",
            "held caption": (
                "每个点是一个世界中的一次比较; 位于下边缘的点更小, 或恰为零。"
                "若代码是抽样的, 另示抽样增加时均值与精确值的距离; 只判定其终点。"
            ),
            "compared": "比较内容",
            "function": "函数",
            "largest": "最大误差 (以下限计)",
            "floor": "舍入下限",
            "in floors": "误差 / 下限",
            "sampled sentence": (
                "抽样对照: 样本均值与精确值的距离, 以精确标准误计。无论单次抽样服从何种分布, "
                "正确的代码超出界限的概率低于 {alarm}: 方差是精确的, 未用正态极限。"
            ),
            "sampled description": "样本均值与精确值的距离随抽样次数的变化。",
            "draws": "抽样次数",
            "distance": "距离 (标准误)",
            "limit": "界限",
            "pictures": "图示",
            "printed": "所印公式",
            "wrong": "错在何处",
            "counterexample": "最小反例",
            "counterexample sentence": (
                "由搜索得到 (在最简单者之后的第 {tried} 个世界): |S| = {states}, |A| = {actions}, "
                "T = {steps}。所有数都是精确的。未列出的概率为一减其余, "
                "未列出的斜率为其余之和的相反数。"
            ),
            "left": "左边",
            "right side": "右边",
            "right": "正确的公式",
            "practice": "实际影响",
            "no gradient": "没有梯度因此改变。",
            "practice sentence": (
                "所印方向与梯度之差, softmax 策略全部 logit 上的 ‖所印 − 正确‖ / ‖正确‖。"
            ),
            "world": "世界",
            "gap": "误差",
            "relaxed": "所印公式未作此要求, 故此处: {it}。",
            "is": "为",
            "proved in": "证明见",
            "chapters": "章节",
            "other": "English",
            "copy": "复制 LaTeX",
        }
    ),
)

EDITIONS = (ENGLISH, CHINESE)
