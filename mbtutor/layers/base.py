"""What every layer can do: turn its input into its output, and say how to send a gradient back."""

import copy


class Layer:
    """A piece of a network.

    `forward(X)` returns (Y, backward). `backward(dY)` takes the gradient of the loss for Y and returns
    (dX, gradients): the gradient for X, and a dict with one gradient for each name in `parameter_names`.
    Nothing is kept on the layer between the two, so two forward passes cannot disturb each other.

    training: True while learning (Dropout differs). rng: numpy Generator for layers that draw numbers.
    mask: (n, longest) which positions of a batch of sequences are real, True before the end; None without sequences.
    out: arrays for the gradients to be written into, by name, as in numpy's `out`; None makes new ones.
    need_dX=False: the caller will not read dX (nothing lies below the first layer), so it may be None.
    """

    parameter_names = ()  # arrays that the optimizer changes
    statistic_names = ()  # arrays that a forward pass changes while training, such as a running mean
    draws = False  # True for a layer that draws random numbers while training

    def forward(self, X, *, training=False, rng=None, mask=None):
        raise NotImplementedError

    def initialise(self, rng, dtype):
        """Draw the layer's first weights. A layer without parameters has nothing to draw."""

    def output_shape(self, shape):
        """The shape of one output row for one input row of `shape`; ValueError where it can't be.

        shape: a tuple, which begins with None where rows are sequences, and with ... where they may be or not (before
        the network has met any); or None where nothing is known yet.
        """
        return shape

    def least_rows(self, shape):
        """The fewest rows of `shape` that a batch must have while training."""
        return 1

    def check_rows(self, X):
        """Raise a ValueError for rows, (n, ...), that this layer cannot take as the first of a network."""

    def check_length(self, length):
        """Raise a ValueError where this layer cannot take sequences of `length` positions."""

    def array(self, name):
        """The array of that name, one of `parameter_names` or `statistic_names`."""
        return getattr(self, name)

    def hold(self, name, array):
        """Put another array in its place."""
        setattr(self, name, array)

    def fresh(self):
        """A copy without ties to this one, so that two networks built from the same layers share no weights."""
        return copy.deepcopy(self)

    def __repr__(self):
        return f"{type(self).__name__}()"


def split_lead(shape):
    """(lead, rest) of a row's shape: lead is (None,) for sequences, (...,) where that is not known, else ()."""
    known = len(shape) == 0 or (shape[0] is not None and shape[0] is not ...)
    return ((), shape) if known else (shape[:1], shape[1:])
