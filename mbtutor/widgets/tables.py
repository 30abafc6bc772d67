"""A table of words and numbers for a page, light or dark."""

import html


def table(caption, rows):
    """HTML text of a table. rows: dicts {column: cell} that all have the columns of the first one."""
    if not rows:
        return f'<p class="mbtutor-table">{html.escape(caption)}: none yet.</p>'
    head = "".join(f'<th scope="col" style="padding:2px 8px">{html.escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{''.join(_cell(row[name]) for name in rows[0])}</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>"
    return f'<table class="mbtutor-table" style="line-height:1.6">{title}<tr>{head}</tr>{body}</table>'


def _cell(text):
    return f'<td style="padding:2px 8px;text-align:right">{html.escape(str(text))}</td>'
