"""An ensemble: several networks that answer by the mean of their probabilities; and the mean of weights along a run."""

import copy

import numpy as np

from ..datasets.dataset import as_dataset
from ..evaluation import check_fit
from ..network import Network, NotFinite


class Ensemble:
    """Networks with the same inputs and classes, whose probabilities are averaged.

    members: a list of one or more Networks, compiled with the loss "cross_entropy", whose softmax makes the
    probabilities; their hidden layers may differ. They are not copied. Raises ValueError or TypeError for others, and
    NotFinite where a member's outputs are no numbers.
    """

    def __init__(self, members):
        self.members = list(members) if isinstance(members, (list, tuple)) else [members]
        if not self.members:
            raise ValueError("members must be a list of one network or more; got an empty list")
        for number, net in enumerate(self.members):
            _check_member(number, net)
        classes = [_classes(net) for net in self.members]
        for number, count in enumerate(classes):
            if None not in (count, classes[0]) and count != classes[0]:
                raise ValueError(
                    f"members must have the same classes; member 0 has {classes[0]} outputs, member {number} has "
                    f"{count}. Train them on the same rows"
                )

    def probabilities(self, X):
        """The mean of the members' probabilities, (n, K): each row adds up to 1."""
        return np.exp(self._logs(X))

    def predict(self, X):
        """The class of each row with the highest mean probability, (n,)."""
        return self._logs(X).argmax(axis=1)

    def vote(self, X):
        """The class of each row that most members name, (n,); of several such classes the one that comes first."""
        answers = np.array([net.predict(X) for net in self.members])
        return np.array([(answers == k).sum(axis=0) for k in range(answers.max() + 1)]).argmax(axis=0)

    def evaluate(self, data):
        """{"loss": cross-entropy of the mean probabilities, "accuracy": share of rows right}, as mb.evaluate."""
        data = as_dataset(data)
        for net in self.members:
            check_fit(net, data)
        logs = self._logs(data.X)
        loss = -float(logs[np.arange(len(data)), data.y].mean())
        return {"loss": loss, "accuracy": float((logs.argmax(axis=1) == data.y).mean())}

    def __len__(self):
        return len(self.members)

    def __repr__(self):
        return f"Ensemble of {len(self)}: {self.members[0]!r}"

    def _logs(self, X):
        """Logarithms of the mean probabilities: a probability too small for a number keeps its logarithm."""
        logs = [_log_probabilities(*member, X) for member in enumerate(self.members)]
        return np.logaddexp.reduce(logs) - np.log(len(logs))


class MembersRun:
    """The runs of the members of an ensemble, one after the other, as one run.

    runs: what mb.train(..., validation=val) returned, one for each member, all with the same validation rows.
    `loss` and `accuracy` of a record are those of the member in training on the validation rows, where it is measured;
    where a member is ready, `val_loss` and `val_accuracy` are those of the mean of all members so far. `epoch` begins
    anew with each member, the other counts go on.
    members: the networks that are ready. answers: the class that each of them gives each validation row, and means:
    the class after each of them by the mean of all so far; lists of (n,).
    """

    def __init__(self, runs):
        self._runs, self._made = list(runs), 0
        if not self._runs:
            raise ValueError("runs must be a list of one run or more, as mb.train makes them; got an empty list")
        if any(getattr(run, "validation", None) is None for run in self._runs):
            raise ValueError("runs must be what mb.train(..., validation=val) returned; one has no validation rows")
        self.total, self.members, self.answers, self.means = sum(run.total for run in self._runs), [], [], []

    @property
    def run(self):
        """The run of the member in training, or of the last one."""
        return self._runs[min(self._made, len(self._runs) - 1)]

    @property
    def net(self):
        return self.run.net

    @property
    def batches(self):
        return self.run.batches

    def __len__(self):
        return len(self._runs)

    def __iter__(self):
        before = None
        for run in self._runs:
            for update in run:
                found = {"loss": update.val_loss, "accuracy": update.val_accuracy}
                found |= {"val_loss": None, "val_accuracy": None}
                if run.number == run.total:
                    found |= self._ready(run)
                last = _counted_on(before, update)._replace(**found)
                yield last
            before = last

    def _ready(self, run):
        """Add a member that has made its last update; {column: value} of the mean of all so far."""
        self.members.append(run.net)
        self._made += 1
        ensemble, data = Ensemble(self.members), run.validation
        self.answers.append(run.net.predict(data.X))
        self.means.append(ensemble.predict(data.X))
        found = ensemble.evaluate(data)
        return {"val_loss": found["loss"], "val_accuracy": found["accuracy"]}


def mean_of_weights(run, last=0.5):
    """Make the run to its end; return a copy of its network with the mean of the weights along its last part.

    run: what mb.train(...) returned, before its first update. last: which share of the updates is averaged, above 0
    and at most 1. The network of the run itself keeps the weights of its last update.
    Raises ValueError for a network with running statistics (BatchNorm): those belong to one moment's weights.
    """
    if not isinstance(last, (int, float)) or isinstance(last, bool) or not 0 < last <= 1:
        raise ValueError(f"last must be a share of the updates, above 0 and at most 1; got {last!r}")
    if run.net.statistics.size:
        raise ValueError("the network must have no BatchNorm: its running statistics would not fit the mean weights")
    total, count = np.zeros_like(run.net.weights), 0
    for update in run:
        if update.number > (1 - last) * run.total:
            total += run.net.weights
            count += 1
    if not count:
        raise ValueError("run must be what mb.train(...) returned, before its first update; got one that has ended")
    mean = copy.deepcopy(run.net)
    mean.weights = total / count
    return mean


def _log_probabilities(number, net, X):
    """The logarithms of the softmax of a member's outputs, (n, K); NotFinite where they are no numbers."""
    with np.errstate(all="ignore"):  # numbers that overflow are told in words
        scores = net.forward(net.checked(X))[0]
    if not np.isfinite(scores).all():
        raise NotFinite(f"the outputs of member {number} became NaN or infinite; train it with a lower learning rate")
    scores = scores - scores.max(axis=1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def _check_member(number, net):
    if not isinstance(net, Network):
        raise TypeError(f"members must be Networks; member {number} is a {type(net).__name__}")
    net.check_compiled()
    if net.loss.name != "cross_entropy":
        raise ValueError(
            f'members must be compiled with the loss "cross_entropy", which makes probabilities; member {number} has '
            f"{net.loss.name!r}"
        )


def _classes(net):
    """How many outputs it has; None where that depends on the rows."""
    shape = net.output_shape(None)
    return None if shape is None else shape[-1]


def _counted_on(before, update):
    """The update as one that follows the record `before` of the member that came first."""
    if before is None:
        return update
    going_on = ("number", "examples", "seconds")
    return update._replace(**{name: getattr(before, name) + getattr(update, name) for name in going_on})
