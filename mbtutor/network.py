"""A network: layers in order, one loss at the end, and one vector that holds every weight."""

import numpy as np

from . import checks
from .datasets.dataset import as_rows
from .datasets.sequences import Padded, Sequences, numbers_and_mask, numbers_of
from .layers import chain
from .layers.joined import Joined
from .losses import as_loss
from .optimizers import Optimizer


class NotFinite(ArithmeticError):
    """A loss or a weight would have become NaN or infinite; nothing was changed."""


class Network:
    """Layers in order. `net.weights` is one vector of every weight; a layer's W and b are windows onto it.

    layers: a list of layers (copied, so that networks share nothing). seed: of the first weights and of dropout.
    dtype: float64, or float32 for speed. Raises ValueError where one layer does not fit the next.
    """

    def __init__(self, layers, *, seed=0, dtype=np.float64):
        self.dtype = checks.float_dtype("dtype", dtype)
        self.rng = np.random.default_rng(checks.whole_number("seed", seed, minimum=0))
        self.layers = [layer.fresh() for layer in chain.checked_layers(layers)]
        self.output_shape(None)
        for layer in self.layers:
            layer.initialise(self.rng, self.dtype)
        self._parameters = Joined(self.layers, "parameter_names", self.dtype)
        self._running = Joined(self.layers, "statistic_names", self.dtype)
        self._draws = any(layer.draws for layer in self.layers)
        self.loss = self.optimizer = None
        self.optimizer_state = {}
        self.updates = 0  # how many updates these weights have had

    @property
    def weights(self):
        """Every weight of every layer in one vector, (weights,). Assigning to it writes into it."""
        return self._parameters.vector

    @weights.setter
    def weights(self, values):
        if values is not self.weights:  # `net.weights -= step` has already written
            if np.shape(values) != self.weights.shape:
                raise ValueError(f"weights must have shape {self.weights.shape}; got {np.shape(values)}")
            self.weights[...] = values

    @property
    def statistics(self):
        """The running statistics of every layer (see BatchNorm) in one vector; training moves them, no optimizer."""
        return self._running.vector

    def compile(self, loss, optimizer):
        """Choose the loss (a name or an object) and the optimizer, whose state starts afresh."""
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be an optimizer such as mb.SGD(lr=0.1); got {optimizer!r}")
        self.loss, self.optimizer = as_loss(loss), optimizer
        self.optimizer_state = optimizer.start(self.weights)

    def forward(self, X, training=False):
        """Return (Y, backward): the outputs, and the way from dY to the gradient of every weight, (weights,)."""
        X, mask = numbers_and_mask(X)
        Y, backs = np.asarray(X, dtype=self.dtype), []
        for layer in self.layers:
            Y, back = layer.forward(Y, training=training, rng=self.rng, mask=mask)
            backs.append(back)

        def backward(dY):
            gradient = np.empty_like(self.weights)
            for i in reversed(range(len(backs))):
                dY, _ = backs[i](dY, out=self._parameters.windows(i, gradient), need_dX=i > 0)
            return gradient

        return Y, backward

    def loss_and_gradient(self, X, y, training=True):
        """Return (loss, gradient) of these rows: a float, and one vector that lines up with `net.weights`."""
        loss, gradient, _ = self._loss_gradient_outputs(X, y, training)
        return loss, gradient

    def update(self, X, y):
        """Make one update from these rows; return (loss, accuracy or None) as they were before it.

        X (b, ...), y: rows as MiniBatches hands them out (the labels are checked once, by `train`, not here).
        Raises NotFinite, with everything as it was, if the loss or a new weight is not a finite number.
        """
        return self._update(lambda: self._measured(X, y))

    def update_in_pieces(self, batch, micro_batch_size):
        """Make one update from a Batch, gathering and computing `micro_batch_size` rows at a time.

        This is gradient accumulation: memory for the pieces, the update of the whole batch (equal to `update` but for
        rounding, and for BatchNorm, which sees one piece at a time). Returns and raises what `update` does.
        """
        return self._update(lambda: self._accumulated(batch, micro_batch_size))

    def _update(self, measure):
        """Update the weights by measure() -> (loss, gradient, accuracy): all of it, or nothing."""
        made, put_back = self.updates, self._way_back()
        with np.errstate(all="ignore"):  # numbers that overflow are looked for below, and told in words
            try:
                loss, gradient, accuracy = measure()
                if not np.isfinite(loss):
                    raise NotFinite(f"the loss became {loss}")
                step, state = self.optimizer.step(self.weights, gradient, self.optimizer_state)
                weights = np.subtract(self.weights, step, out=step)
                if not _all_finite(weights, self.statistics, *state.values()):
                    raise NotFinite("the weights became too large to compute with")
                self._commit(weights, state, made + 1)
            except BaseException:
                if self.updates == made:
                    put_back()
                raise
        return loss, accuracy

    def _way_back(self):
        """A function that undoes what a forward pass of training moves besides the weights."""
        dice = self.rng.bit_generator.state if self._draws else None
        statistics = self.statistics.copy()

        def put_back():
            if dice:  # no update, so the random numbers count as not drawn
                self.rng.bit_generator.state = dice
            self.statistics[...] = statistics

        return put_back

    def predict(self, X, batch_size=1024):
        """Return the class of each row, (n,), or for a regression its outputs, (n, k).

        Raises ValueError for NaN, infinity, or rows of another width than the network was built for.
        """
        X, batch_size = self.checked(X), checks.whole_number("batch_size", batch_size)
        parts = []
        for start in range(0, len(X), batch_size):
            Y = self.forward(X[start : start + batch_size])[0]
            decided = self.loss.decide(Y) if self.loss else None
            parts.append(Y if decided is None else decided)
        return np.concatenate(parts)

    def accuracy(self, Y, y):
        """The share of rows whose class the outputs Y get right, or None for a regression."""
        decided = self.loss.decide(Y)
        if decided is None:
            return None
        truth = y.argmax(axis=1) if decided.ndim < y.ndim and y.shape[1] > 1 else y.reshape(decided.shape)
        if truth.dtype.kind == "f":
            truth = truth > 0.5  # a probability of yes
        return int(np.count_nonzero(decided == truth)) / decided.size

    def checked(self, X):
        """Return X, sure to be finite rows of the right width; ValueError with both widths otherwise."""
        X = as_rows("X", X)
        self.check_rows(X)
        numbers = numbers_of(X)
        if X.dtype.itemsize > self.dtype.itemsize and isinstance(numbers, np.ndarray):
            with np.errstate(over="ignore"):
                checks.finite(f"X in {self.dtype.name}", numbers.astype(self.dtype))
        return X

    def check_rows(self, X):
        """Return the shape of one output row for these rows; ValueError where a layer cannot take them."""
        shape = self.output_shape(X.shape[1:])
        self.layers[0].check_rows(numbers_of(X))
        if isinstance(X, (Sequences, Padded)):
            chain.check_length(self.layers, X.lengths.max())
        return shape

    def least_rows(self, shape):
        """The fewest rows of `shape` that a batch must have while training."""
        return chain.least_rows(self.layers, shape)

    def output_shape(self, shape):
        """The shape of one output row for an input row of `shape`; ValueError where a layer does not fit."""
        return chain.output_shape(self.layers, shape)

    def parameters(self, vector=None):
        """{"0.W": array, "0.b": array, ...}: windows onto `net.weights`, or onto a gradient that lines up with it."""
        return self._parameters.all_windows(vector)

    def learned(self):
        """A copy of what training leaves in the layers: {"weights": (weights,), "statistics": (statistics,)}."""
        return {"weights": self.weights.copy(), "statistics": self.statistics.copy()}

    def restore(self, learned):
        """Write what `learned` returned into the layers."""
        self.weights[...], self.statistics[...] = learned["weights"], learned["statistics"]

    def checked_learned(self, name, learned):
        """A copy of what `learned` returned for a network like this one; ValueError, which says `name`, otherwise."""
        checks.has_names(name, learned, ("weights", "statistics"))
        return _like_arrays(self.learned(), {part: learned[part] for part in ("weights", "statistics")})

    def state(self):
        """A copy of everything training changes, as a dict of arrays and plain values; see load_state."""
        return {
            "layers": [repr(layer) for layer in self.layers],
            "dtype": self.dtype.name,
            **self.learned(),
            "updates": self.updates,
            "optimizer": self.optimizer.settings() if self.optimizer else {},
            "optimizer_state": {name: np.copy(value) for name, value in self.optimizer_state.items()},
            "rng": self.rng.bit_generator.state,
        }

    def load_state(self, state):
        """Return to a state taken from a network of the same layers, dtype and optimizer; ValueError otherwise."""
        mine = self.state()
        checks.has_names("state", state, mine)
        checks.has_names("state's optimizer", state["optimizer"], mine["optimizer"])
        for name in ("layers", "dtype"):
            _same(name, state[name], mine[name])
        _same("optimizer", {**state["optimizer"], "lr": 0}, {**mine["optimizer"], "lr": 0})
        arrays = _like_arrays(_arrays_of(mine), _arrays_of(state))
        dice = _checked_rng(state["rng"])
        updates = checks.whole_number("state's updates", state["updates"], minimum=0)
        if self.optimizer:
            self.optimizer.lr = state["optimizer"]["lr"]
        self.rng.bit_generator.state = dice
        self.statistics[...] = arrays.pop("statistics")
        self._commit(
            arrays.pop("weights"),
            {name: value if value.ndim else value.item() for name, value in arrays.items()},
            updates,
        )

    def check_compiled(self):
        """Raise a ValueError where `compile` has not been called."""
        if self.loss is None:
            raise ValueError(
                'the network has no loss yet: call net.compile(loss="cross_entropy", optimizer=mb.SGD(lr=0.1)) first'
            )

    def check_windows(self):
        """Raise a ValueError where `layer.W = ...` has put another array in the place of a window onto `weights`."""
        for i, layer in enumerate(self.layers):
            for name, window in self._parameters.windows(i).items():
                if not np.may_share_memory(layer.array(name), window):
                    raise ValueError(
                        f"{name} of layer {i} was replaced; write into it instead: layer.{name}[...] = values"
                    )

    def __setstate__(self, state):
        vars(self).update(state)
        self._parameters.tie(self.layers)
        self._running.tie(self.layers)

    def __repr__(self):
        return f"Network([{', '.join(map(repr, self.layers))}]): {self.weights.size:,} weights, {self.dtype.name}"

    def _measured(self, X, y):
        loss, gradient, Y = self._loss_gradient_outputs(X, y, training=True)
        return loss, gradient, self.accuracy(Y, y)

    def _accumulated(self, batch, micro_batch_size):
        """The mean loss, gradient and accuracy of the batch, each piece counted by its rows."""
        total, gradient = np.zeros(2), np.zeros_like(self.weights)  # total: loss, accuracy
        for piece in batch.pieces(micro_batch_size):
            share = len(piece) / len(batch)
            loss, piece_gradient, accuracy = self._measured(piece.X, piece.y)
            gradient += share * piece_gradient
            total += share * loss, np.nan if accuracy is None else share * accuracy
        loss, accuracy = total.tolist()
        return loss, gradient, None if np.isnan(accuracy) else accuracy

    def _loss_gradient_outputs(self, X, y, training):
        self.check_compiled()
        Y, backward = self.forward(X, training)
        loss, loss_backward = self.loss.forward(Y, y)
        return float(loss), backward(loss_backward()), Y

    def _commit(self, *update):
        """Write an update whole: an interrupt (Ctrl-C) in the middle writes it again, whole, before it goes on."""
        try:
            self._write(*update)
        except BaseException:
            self._write(*update)
            raise

    def _write(self, weights, optimizer_state, updates):
        self.weights[...] = weights
        self.optimizer_state = optimizer_state
        self.updates = updates


def _arrays_of(state):
    checks.has_names("state's optimizer_state", state["optimizer_state"], ())
    return {name: state[name] for name in ("weights", "statistics")} | state["optimizer_state"]


def _like_arrays(mine, theirs):
    """Copies of `theirs` in the dtypes of `mine`, once they are known to be finite numbers of the same shapes."""
    kinds = [{name: (np.shape(a), np.asarray(a).dtype.kind) for name, a in arrays.items()} for arrays in (theirs, mine)]
    _same("arrays of (shape, kind)", *kinds)
    copies = {name: np.array(theirs[name], array.dtype) for name, array in mine.items()}
    if not _all_finite(*copies.values()):
        raise ValueError("state holds NaN or infinity; take an earlier checkpoint")
    return copies


def _checked_rng(state):
    try:
        np.random.PCG64(0).state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise ValueError(f"state's rng is not that of a random generator ({error}); take another checkpoint") from None
    return state


def _same(name, theirs, mine):
    if theirs != mine:
        raise ValueError(f"state was taken with {name} {theirs}; this network has {name} {mine}")


def _all_finite(*arrays):
    """True if every number is finite; the sum of squares is, unless a number or its square is not."""
    return all(np.isfinite(np.vdot(array, array)) for array in arrays)
