"""What a convolutional layer has learned: its filters, and where each of them answers in a picture."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .picture import BLUE, VERMILLION, Picture

SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", VERMILLION])  # a weight: below 0, 0, above 0


def filters(W, answers=None, title=None):
    """The filters of a layer as pictures, and below each, where given, its answers.

    W: (filters, height, width), or (filters, 1, height, width) as of a layer on grey pictures. answers: (filters,
    rows, columns), what comes out for one picture. title: by default what the colours mean.
    """
    W = np.asarray(W)
    W = W[:, 0] if W.ndim == 4 else W
    kinds = [(W, {"cmap": SIGNED, "vmin": -np.abs(W).max(), "vmax": np.abs(W).max()})]
    if answers is not None:
        kinds.append((answers, {"cmap": "gray_r", "vmin": 0, "vmax": max(np.max(answers), 1e-9)}))
    figure = Picture(figsize=(0.95 * len(W), 1.05 * len(kinds) + 0.5), layout="constrained")
    default = f"{len(W)} filters: vermillion above 0, blue below" + "; where each answers" * (answers is not None)
    figure.suptitle(title or default, fontsize=11)
    places = figure.subplots(len(kinds), len(W), squeeze=False)
    for line, (pictures, look) in zip(places, kinds):
        for place, picture in zip(line, pictures):
            place.imshow(picture, **look)
            place.set(xticks=[], yticks=[])
    return figure
