"""A matplotlib figure as SVG text for a page: it takes its ink from the page, light or dark, and shares no id."""

import html
import io
import itertools
import re

import matplotlib

STYLE = "width:100%;max-width:860px;stroke-linejoin:round;color:var(--jp-ui-font-color1,#333)"
_numbers = itertools.count()


def new_prefix():
    """What the ids of one more picture begin with: they must differ between two pictures on one page."""
    return f"mbtutor-{next(_numbers)}-"


def picture(figure, name, prefix, description):
    """The figure as one SVG of class `name`. prefix: begins each of its ids. description: for a screen reader."""
    return f'<svg class="{name}" role="img" aria-label="{html.escape(description)}" {body(figure, prefix)}'


def body(figure, prefix):
    """The SVG text of the figure from its viewBox on, so that the attributes before it can change from frame to frame.

    prefix: what each of its ids begins with, another one for each picture of a page.
    """
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', _svg(figure))
    text = re.sub(r'(url\(#|href="#)', rf"\1{prefix}", text)
    box = re.search(r'viewBox="[^"]*"', text).group()
    return f'{box} style="{STYLE}">{text[text.index(">") + 1 :]}'


def _svg(figure):
    # A letter drawn as a letter (not as its outline) keeps the text small and lets the page choose the font.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "mbtutor", "font.family": "sans-serif"}):
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<\?.*?\?>|<!--.*?-->", "", text, flags=re.S)
    # A hundredth of a dot is exact enough; what stands between the tags, such as a label 0.008, is left alone.
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), text)
    text = text.replace("<text ", '<text fill="currentColor" ')  # letters without a colour would stay black
    return re.sub(r"#000000|black", "currentColor", text)
