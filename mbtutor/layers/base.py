"""What every layer can do: turn its input into its output, and say how to send a gradient back."""

import copy


class Layer:
    """A piece of a network.

    `forward(X)` returns (Y, backward). `backward(dY)` takes the gradient of the loss for Y and returns
    (dX, gradients): the gradient for X, and a dict with one gradient for each name in `parameter_names`.
    Nothing is kept on the layer between the two, so two forward passes cannot disturb each other.

    training: True while learning (Dropout differs). rng: numpy Generator for layers that draw numbers.
    mask: which positions of a sequence are real (sequence layers only).
    out: arrays for the gradients to be written into, by name, as in numpy's `out`; None makes new ones.
    need_dX=False: the caller will not read dX (nothing lies below the first layer), so it may be None.
    """

    parameter_names = ()
    draws = False  # True for a layer that draws random numbers while training

    def forward(self, X, *, training=False, rng=None, mask=None):
        raise NotImplementedError

    def initialise(self, rng, dtype):
        """Draw the layer's first weights. A layer without parameters has nothing to draw."""

    def output_shape(self, shape):
        """The shape of one output row for one input row of `shape` (None: not known yet); ValueError if it can't be."""
        return shape

    def fresh(self):
        """A copy without ties to this one, so that two networks built from the same layers share no weights."""
        return copy.deepcopy(self)

    def __repr__(self):
        return f"{type(self).__name__}()"
