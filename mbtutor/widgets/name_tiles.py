"""A batch of texts as tiles on a page: a tile a character, and the padding after the end of each, hatched."""

import html

from .. import figures

MOST = 16  # texts of a batch that are shown
STYLE = f"""<style>
.mbtutor-names {{ --tile: 16px; font: 12px/15px var(--jp-code-font-family, monospace); margin: 6px 0 2px;
  overflow-x: auto; color: var(--jp-ui-font-color1, currentColor) }}
.mbtutor-names div {{ display: flex; height: 17px; white-space: pre }}
.mbtutor-names i {{ font-style: normal; text-align: center; flex: 0 0 var(--tile); height: 15px; border-radius: 3px;
  box-shadow: inset 0 0 0 1px color-mix(in srgb, {figures.BLUE} 45%, transparent);
  background: color-mix(in srgb, {figures.BLUE} 16%, transparent) }}
.mbtutor-names u {{ flex: 0 0 calc(var(--n) * var(--tile)); height: 15px; box-sizing: border-box; border-radius: 3px;
  border: 1px solid color-mix(in srgb, {figures.VERMILLION} 75%, transparent);
  background: repeating-linear-gradient(135deg, color-mix(in srgb, {figures.VERMILLION} 50%, transparent) 0 2px,
  transparent 2px 6px) }}
.mbtutor-names small {{ font: 11px/15px var(--jp-ui-font-family, sans-serif); opacity: .8; padding-left: 8px }}
</style>"""


def name_tiles(texts, answers):
    """HTML text of some of these texts, padded to the longest of all, each with its answer."""
    longest = max(map(len, texts))
    lines = [_line(texts[place], answers[place], longest) for place in figures.shown_places(texts, MOST)]
    rest = len(texts) - len(lines)
    lines += [f"<div><small>and {rest} more</small></div>"] if rest else []
    return f'{STYLE}<div class="mbtutor-names" aria-hidden="true">{"".join(lines)}</div>'


def _line(text, answer, longest):
    tiles = "".join(f"<i>{html.escape(letter)}</i>" for letter in text)
    padding = f'<u style="--n:{longest - len(text)}"></u>' if len(text) < longest else ""
    return f"<div>{tiles}{padding}<small>{html.escape(answer)}</small></div>"
