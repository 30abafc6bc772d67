"""Eleven points, one of which can be moved, and what three losses fit to them."""

import numpy as np

from .fits import fits
from .single_losses import of_an_error

X = np.arange(11.0)
Y = np.array([2.8, 3.9, 3.4, 4.4, 4.3, 5.4, 5.0, 6.1, 5.7, 6.4, 7.3])
NUMBER = 8  # which of the points may be moved
IN_LINE, HIGHEST = float(Y[NUMBER]), 30
END = X[-1]  # where the heights of the fits are told


class Fitted:
    """What each loss fits to the points. height: of the outlier. delta: of Huber's loss. line: else a constant."""

    def __init__(self, height, delta, line):
        self.height, self.delta, self.line = height, delta, line
        self.losses = of_an_error(delta)
        self.y = Y.copy()
        self.y[NUMBER] = height
        self.fits = fits(X, self.y, delta, line)
        in_line = fits(X, Y, delta, line)
        # How much higher each fit stands at its end than with the outlier in line.
        self.moved = {name: self.at(name, END) - start - rise * END for name, (start, rise) in in_line.items()}

    def at(self, name, x):
        """The height of that loss's fit at x."""
        start, rise = self.fits[name]
        return start + rise * x

    @property
    def errors(self):
        """{name of the loss: how far its fit lies above the outlier}; below it is negative."""
        return {name: self.at(name, X[NUMBER]) - self.height for name in self.fits}

    def head(self):
        """The line above the losses."""
        where = f"The lines at x = {END:g}" if self.line else "The constants"
        return f"Outlier at {self.height:.2f}. {where}, how far it moved them, and their slopes at it:"

    def words(self):
        """One line for each loss: where its fit stands, and how hard the outlier pulls at it."""
        return [
            f"{name}: {self.at(name, END):.2f}, moved by {self.moved[name]:z.2f}, "
            f"slope {self.losses[name].slope(error):z.2f}"
            for name, error in self.errors.items()
        ]

    def about(self):
        """What moving the outlier has done, in a sentence."""
        if abs(self.height - IN_LINE) < 0.05:
            return "The outlier is in line with the others: the three fits lie close together."
        far, shifts = abs(self.height - IN_LINE), {name: abs(shift) for name, shift in self.moved.items()}
        most, least = max(shifts, key=shifts.get), min(shifts, key=shifts.get)
        return f"The outlier is {far:.1f} out of line. It moved the fit of {most} most, that of {least} least."

    def rows(self):
        """A row of a table for each loss."""
        return [
            {
                "loss": name,
                "fit at x = 0": f"{self.at(name, 0):z.2f}",
                f"at x = {END:g}": f"{self.at(name, END):z.2f}",
                "moved by": f"{self.moved[name]:z.2f}",
                "error at the outlier": f"{error:z.2f}",
                "its loss": f"{self.losses[name].loss(error):.2f}",
                "its slope": f"{self.losses[name].slope(error):z.2f}",
            }
            for name, error in self.errors.items()
        ]
