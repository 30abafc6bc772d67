"""The filters of a network's first layer while it learns, and where each of them answers in one picture."""

import html

import numpy as np

from .. import figures
from .batch_preview import address

SIZE = 50  # pixels of the page


def filter_view(layer, picture):
    """HTML text. layer: a Conv2D on grey pictures; picture: (1, height, width)."""
    answers = np.maximum(
        layer.forward(picture[None].astype(layer.W.dtype))[0][0], 0
    )  # as the ReLU after it leaves them
    W, most = layer.W[:, 0], float(np.abs(layer.W).max())
    pairs = "".join(map(_pair, range(len(W)), W / most, answers / max(answers.max(), 1e-9)))
    strongest = 1 + int(answers.sum(axis=(1, 2)).argmax())
    words = (
        f"<b>The {len(W)} filters of the first layer</b>: {W.shape[1]} x {W.shape[2]} weights each, vermillion "
        f"above 0, blue below, the largest {most:.2f} in size. Below each, in black, where it answers in one picture; "
        f"filter {strongest} answers most."
    )
    return f'<div class="mbtutor-filters" style="line-height:1.4">{words}<div style="{FLOW}">{pairs}</div></div>'


FLOW = "display:flex;flex-wrap:wrap;gap:6px;margin-top:6px"


def _pair(number, weights, answers):
    pictures = _image(weights, {"cmap": figures.SIGNED, "vmin": -1, "vmax": 1}, f"filter {number + 1}")
    pictures += _image(answers, {"cmap": "gray_r", "vmin": 0, "vmax": 1}, f"answers of filter {number + 1}")
    return f'<figure style="margin:0;text-align:center">{pictures}<figcaption>{number + 1}</figcaption></figure>'


def _image(numbers, look, words):
    style = f"display:block;width:{SIZE}px;height:{SIZE}px;image-rendering:pixelated;margin-bottom:3px"
    return f'<img src="{address(numbers, **look)}" alt="{html.escape(words)}" style="{style}">'
