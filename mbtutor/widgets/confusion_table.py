"""A confusion matrix on a page: counts in shaded cells, readable in a light and in a dark theme."""

import html

from .. import figures

STYLE = """<style>
.mbtutor-confusion { border-collapse: separate; border-spacing: 2px; line-height: 1.5 }
.mbtutor-confusion caption { text-align: left; white-space: normal; max-width: 480px }
.mbtutor-confusion td { min-width: 30px; text-align: center; border-radius: 3px; border: 1px solid transparent }
.mbtutor-confusion td.right { font-weight: 700; border-color: currentColor }
.mbtutor-confusion td.wrong { border: 1px dotted rgba(213, 94, 0, .9) }
.mbtutor-confusion th { padding: 0 6px; font-weight: 600 }
.mbtutor-confusion th.axis { font-weight: 400; opacity: .8; text-align: left }
</style>"""


def confusion_table(matrix, names):
    """HTML text of a confusion matrix (K, K), row = true class, column = what the network said; names: K texts."""
    right, total = matrix.trace(), matrix.sum()
    caption = f"<b>Confusion matrix</b> of the {total:,} validation rows: {right:,} right (solid frame), "
    caption += f"{total - right:,} wrong (dotted). Row = true class, column = what the network said."
    names = [html.escape(name) for name in names]
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    axis = f'<tr><td></td><th class="axis" colspan="{len(names)}">the network said</th></tr>'
    shades = figures.shades(matrix)
    rows = "".join(_row(i, name, matrix[i], shades[i]) for i, name in enumerate(names))
    return (
        f'{STYLE}<table class="mbtutor-confusion" data-right="{right}"><caption>{caption}</caption>{axis}'
        f'<tr><th class="axis">true</th>{head}</tr>{rows}</table>'
    )


def _row(true, name, counts, shades):
    cells = "".join(_cell(count, shade, said == true) for said, (count, shade) in enumerate(zip(counts, shades)))
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _cell(count, shade, right):
    if right:
        return f'<td class="right" style="background:rgba(0,114,178,{0.5 * shade:.2f})">{count}</td>'
    if count:
        return f'<td class="wrong" style="background:rgba(213,94,0,{0.8 * shade:.2f})">{count}</td>'
    return "<td></td>"
