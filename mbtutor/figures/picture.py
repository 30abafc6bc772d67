"""The figure that every function here returns, and the colours they share. The colours are Okabe and Ito's."""

import io

import numpy as np
from matplotlib.figure import Figure

INK = "#666666"  # grid and frames: readable on a light and on a dark page
BLUE, VERMILLION, SKY, GREEN = "#0072B2", "#D55E00", "#56B4E9", "#009E73"


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself, and that says in words what it is."""

    def _repr_png_(self):
        return png(self)

    def __repr__(self):
        titles = [axes.get_title() or axes.get_title(loc="left") for axes in self.axes]
        return f"Picture: {self.get_suptitle() or '; '.join(filter(None, titles))}"


def png(figure):
    """The figure as the bytes of a PNG, without the date and version that would make two alike differ."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=90, metadata={"Software": None})
    return file.getvalue()


def power_of_ten(value):
    """The text of a tick on an axis in powers of ten: 0.01 to 1,000 as they are, smaller ones as 10⁻³.

    (Letters with an exponent set by matplotlib's mathtext would stay black on a dark page.)
    """
    if value < 0.01:
        return "10" + str(round(np.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
