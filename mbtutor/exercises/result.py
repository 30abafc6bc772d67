"""What the learner sees of an exercise: passed, not yet or not started, and a way on; plain objects with HTML."""

import html
import re

# What stands before the text, and the colour of the bar beside it: a sign and a word, never the colour alone.
SIGNS = {"passed": ("✓", "#009E73"), "not yet": ("✗", "#D55E00"), "not started": ("○", "#56B4E9"), "": ("", "#999999")}


class Result:
    """The answer to a check. kind: "passed", "not yet", "not started" or "" (nothing was checked).

    title: the first line. lines: the sentences below it. code: a line or a block of code, or "".
    folds: {title: HTML} to be opened by the learner, such as hints.
    """

    def __init__(self, kind, title, lines=(), code="", folds=None):
        self.kind, self.title, self.lines, self.code, self.folds = kind, title, list(lines), code, folds or {}

    @property
    def passed(self):
        return self.kind == "passed"

    def __repr__(self):
        sign, _ = SIGNS[self.kind]
        code = ["    " + line for line in self.code.splitlines()]
        return "\n".join([f"{sign} {self.title}".strip(), *map(_plain, self.lines), *code])

    def _repr_html_(self):
        sign, colour = SIGNS[self.kind]
        parts = [f"<b>{sign} {html.escape(self.title)}</b>".replace("<b> ", "<b>")]
        parts += [f"<div>{marked_up(line)}</div>" for line in self.lines]
        if self.code:
            parts.append(code_block(self.code))
        parts += [_fold(title, text) for title, text in self.folds.items()]
        style = f"border-left:4px solid {colour};padding:4px 0 4px 12px;line-height:1.6"
        return f'<div class="mbtutor-result" style="{style}">{"".join(parts)}</div>'


def marked_up(text):
    """Plain text as HTML, with `code` between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def code_block(code):
    """Lines of code as HTML."""
    style = "margin:6px 0;padding:6px 10px;background:rgba(128,128,128,.12);overflow-x:auto;line-height:1.45"
    return f'<pre style="{style}">{html.escape(code.strip(chr(10)), quote=False)}</pre>'


def _fold(title, text):
    style = "cursor:pointer;opacity:.85"
    return f'<details style="margin-top:2px"><summary style="{style}">{html.escape(title)}</summary>{text}</details>'


def _plain(text):
    return text.replace("`", "")
