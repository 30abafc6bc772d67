"""The live curves of a run: loss and accuracy as `figures.curves` draws them, point by point."""

from .. import figures
from .live_picture import LivePicture


class LiveCurves:
    """`widget` shows the last history live and the earlier ones as thin curves.

    A subclass that draws other lines overrides `figure` and `points`.
    """

    def __init__(self):
        self._picture = LivePicture("mbtutor-curves")
        self.widget = self._picture.widget

    def figure(self, histories, clock, end=None, highest_loss=None, first=0):
        """The picture, standing still. Arguments as for figures.curves."""
        return figures.curves(histories, clock, end, highest_loss, first)

    def points(self, history):
        """{name of a live line: (x, y)}."""
        return figures.curve_points(history, self.clock)

    def draw(self, histories, clock, end=None, first=0):
        """Draw everything anew (about 60 ms): for a new run, another clock, or an axis that must grow.

        end, first: as for figures.curves.
        """
        self.clock, self.end = clock, end or self._roomy_end(histories, clock)
        self.highest_loss = figures.loss_ceiling(histories)
        self._picture.draw(self.figure(histories, clock, self.end, self.highest_loss, first))
        self.frame(histories[-1], "")

    def frame(self, history, description):
        """Show the newest points of the run (2 ms). description: what a screen reader says of the picture."""
        self._picture.frame(self.points(history), description, len(history))

    def outgrown(self, histories):
        """True when the last run has left the axes, so that they must be drawn again."""
        if not len(histories[-1]):
            return False
        beyond_the_end = histories[-1].clock(self.clock)[-1] > self.end
        return beyond_the_end or figures.loss_ceiling(histories) > 1.05 * self.highest_loss

    def off_the_top(self, history):
        """True when the newest loss measured lies above the picture."""
        losses = history.measured("val_loss")[1]
        return bool(len(losses)) and losses[-1] > self.highest_loss

    def _roomy_end(self, histories, clock):
        """An axis without a known end (seconds) grows in large steps, so that it is drawn again rarely."""
        return 1.5 * max([0.2, *(history.clock(clock)[-1] for history in histories if len(history))])
