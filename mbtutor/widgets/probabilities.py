"""The probabilities that a network gives to the classes, as bars with their numbers."""

import html

STYLE = """<style>
.mbtutor-probabilities { display: grid; grid-template-columns: max-content 1fr 3em; gap: 3px 8px; line-height: 1.35 }
.mbtutor-probabilities .bar { background: rgba(0, 114, 178, .45); border-left: 2px solid #0072B2; min-height: 14px }
.mbtutor-probabilities .best { font-weight: 700 }
.mbtutor-probabilities .number { text-align: right }
</style>"""


def bars(probabilities, names, truth=None):
    """HTML text: a bar for each class in its order, the most probable in bold, the true class with a mark.

    probabilities: (K,), adding up to 1. names: K texts. truth: the number of the true class, None where nobody knows.
    """
    best = probabilities.argmax()
    rows = "".join(
        _row(name, share, number == best, number == truth)
        for number, (name, share) in enumerate(zip(names, probabilities))
    )
    return f'{STYLE}<div class="mbtutor-probabilities" data-best="{html.escape(names[best])}">{rows}</div>'


def _row(name, share, best, true):
    weight = ' class="best"' if best else ""
    name = f"<span{weight}>{html.escape(name)}{' ✓' if true else ''}</span>"
    bar = f'<span><span class="bar" style="display:block;width:{100 * share:.1f}%"></span></span>'
    return f'{name}{bar}<span class="number{" best" if best else ""}">{share:.0%}</span>'
