"""One training run on several workers, by PyTorch's DistributedDataParallel: every worker starts this same script.

On this machine, with 4 workers:

    python -m torch.distributed.run --standalone --nproc-per-node 4 -m mbtutor.machines.data_parallel \\
        --batch-size 64 --epochs 2 --checkpoint run.npz

On two machines with 4 workers each, the same line on both of them (HOST is one of the two, and run.npz lies in a
folder that both can reach):

    torchrun --nnodes 2 --nproc-per-node 4 --rdzv-id 1 --rdzv-backend c10d --rdzv-endpoint HOST:29400 \\
        -m mbtutor.machines.data_parallel --batch-size 64 --epochs 2 --checkpoint run.npz

The batch size is that of all workers together. Where the checkpoint exists, the run goes on from it, on any number of
workers. The rows, their order and the first weights are mbtutor's, so that the run can be compared with one process.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import mbtutor as mb
from mbtutor.machines.shares import shares

LOST = 75  # how a worker ends that has lost another one
LAST_WORDS = 2  # seconds that it has for saying so, once it is told to end
WEIGHTED, UNWEIGHTED, NONE = "weighted", "unweighted", "none"
SETTINGS = ("batch_size", "epochs", "lr", "momentum", "hidden", "seed")
batch_loss = nn.CrossEntropyLoss(reduction="sum")
ACTIVATIONS = {"ReLU": nn.ReLU, "Tanh": nn.Tanh, "Sigmoid": nn.Sigmoid}


def make_run(batch_size=64, epochs=2, lr=0.1, momentum=0.0, hidden=32, seed=0):
    """Return (net, batches, run) of mbtutor: the untrained network, the rows, and what a checkpoint describes."""
    with contextlib.redirect_stdout(None):  # a note for each worker would be too much of it
        train, val, _ = mb.min_max(*mb.split(mb.datasets.load_digits(), val=0.15, test=0.15, seed=0))
    net = mb.Network([mb.Dense(64, hidden), mb.ReLU(), mb.Dense(hidden, 10)], seed=seed)
    net.compile("cross_entropy", mb.SGD(lr, momentum=momentum))
    batches = mb.MiniBatches(train, batch_size, seed=seed)
    return net, batches, mb.train(net, batches, epochs=epochs)


def train(options):
    """Train until the end, or to where another worker is lost."""
    rank, workers = dist.get_rank(), dist.get_world_size()
    settings = {name: getattr(options, name) for name in SETTINGS}
    state = shared_checkpoint(options.checkpoint, rank)
    net, batches, run = make_run(**settings) if state is None else resumed(state, settings)
    losses, seconds = ([], []) if state is None else (list(state["losses"]), list(state["seconds_each"]))
    epoch = iter(batches) if state is None else batches.resume(state["batches"])

    model = as_torch(net)
    optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=options.momentum)
    momentum_to_torch(net, model, optimizer)
    workers_model = DistributedDataParallel(model)

    for number in range(len(losses) + 1, run.total + 1):
        started = time.perf_counter()
        if epoch.position == len(batches):
            epoch = iter(batches)
        batch = next(epoch)
        index = batch.index[shares(len(batch), workers)[rank]]
        X, y = torch.from_numpy(batches.data.X[index]), torch.from_numpy(batches.data.y[index])
        if (options.die_rank, options.die_at) == (rank, number):
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

        with told_when_a_worker_is_lost(rank, workers, number, options.checkpoint):
            optimizer.zero_grad()
            loss = find_gradient(options.average, workers_model, X, y, batch)
            optimizer.step()
            dist.all_reduce(loss)
            ends = weights_of_all(model) if number == run.total else []
        losses.append(loss.item() / workers)
        seconds.append(time.perf_counter() - started)

        if rank == 0 and (number % options.checkpoint_every == 0 or number == run.total):
            to_mbtutor(net, model, optimizer, number)
            told = {"losses": np.array(losses), "seconds_each": np.array(seconds), "workers": workers}
            told |= {"settings": settings, "apart": apart(ends)}
            place = {"number": number, "recorded": number, "batches": epoch.state()}
            mb.save_checkpoint(options.checkpoint, run.state() | place | told)


def find_gradient(average, workers_model, X, y, batch):
    """Leave the gradient of the batch in every worker's weights; return `workers` times this one's part of the loss.

    X, y: this worker's rows of the batch. average: one of WEIGHTED, UNWEIGHTED, NONE.
    """
    workers = dist.get_world_size()
    if average == WEIGHTED:
        # `backward` gives every worker the sum of all gradients, divided by the number of workers. What we want is the
        # sum over all rows, divided by the rows of the batch; so the loss takes the workers back out.
        loss = workers * batch_loss(workers_model(X), y) / len(batch)
        loss.backward()
    else:
        with workers_model.no_sync() if average == NONE else contextlib.nullcontext():
            loss = batch_loss(workers_model(X), y) / len(y)  # wrong where the shares are not equal
            loss.backward()
    return loss.detach()


def shared_checkpoint(path, rank):
    """The checkpoint that worker 0 finds, on every worker; None where there is none yet."""
    found = [mb.load_checkpoint(path) if rank == 0 and os.path.exists(path) else None]
    dist.broadcast_object_list(found)
    return found[0]


def resumed(state, settings):
    """(net, batches, run) of a checkpoint; ValueError where it is one of another run."""
    theirs = state.get("settings", {}) if isinstance(state, dict) else {}
    other = [f"{name} {theirs.get(name)}" for name in settings if theirs.get(name) != settings[name]]
    if other:
        raise ValueError(f"the checkpoint is of a run with {', '.join(other)}. Name another file, or the same settings")
    net, batches, run = make_run(**settings)
    net.load_state(state["network"])
    return net, batches, run


# From mbtutor to PyTorch and back ---------------------------------------------------------------------------------


def as_torch(net):
    """The same network in PyTorch, with a copy of its weights."""
    modules = [
        nn.Linear(*layer.W.shape, dtype=torch.float64) if isinstance(layer, mb.Dense) else _activation(layer)
        for layer in net.layers
    ]
    model = nn.Sequential(*modules)
    copy_to(model.parameters(), net.parameters())
    return model


def _activation(layer):
    return ACTIVATIONS[type(layer).__name__]()


def copy_to(tensors, windows):
    """Write mbtutor's arrays {"0.W": array, ...} into PyTorch's tensors; a matrix stands the other way round there."""
    with torch.no_grad():
        for tensor, window in zip(tensors, windows.values(), strict=True):
            tensor.copy_(torch.from_numpy(window.T))


def vector_of(net, tensors):
    """The numbers of PyTorch's tensors in one vector, in the order of `net.weights`."""
    vector = np.empty_like(net.weights)
    for tensor, window in zip(tensors, net.parameters(vector).values(), strict=True):
        window[...] = tensor.detach().numpy().T
    return vector


def momentum_to_torch(net, model, optimizer):
    """Give PyTorch's optimizer the velocity that the network's has, if any."""
    if "velocity" in net.optimizer_state:
        buffers = [torch.zeros_like(parameter) for parameter in model.parameters()]
        copy_to(buffers, net.parameters(net.optimizer_state["velocity"]))
        for parameter, buffer in zip(model.parameters(), buffers):
            optimizer.state[parameter]["momentum_buffer"] = buffer


def to_mbtutor(net, model, optimizer, number):
    """Write what PyTorch has learned, `number` updates long, into the network."""
    net.weights = vector_of(net, model.parameters())
    net.updates = number
    if "velocity" in net.optimizer_state:
        buffers = [optimizer.state[parameter]["momentum_buffer"] for parameter in model.parameters()]
        net.optimizer_state = {"velocity": vector_of(net, buffers)}


# The workers ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def told_when_a_worker_is_lost(rank, workers, number, checkpoint):
    """Say so in one line, and end, when the others cannot be reached any more."""
    try:
        yield
    except RuntimeError as error:
        if not any(word in str(error).lower() for word in ("connection", "gloo", "timed out", "timeout")):
            raise
        kept = f"{checkpoint} is whole" if os.path.exists(checkpoint) else "there is no checkpoint yet"
        print(
            f"worker {rank} of {workers}: another worker was lost during update {number}; {kept}. "
            "Start the same command again: it goes on from there",
            file=sys.stderr,
            flush=True,
        )
        os._exit(LOST)  # at once: nothing may wait for a worker that does not answer


def end_soon_when_told():
    """Let SIGTERM end this process a little later: torchrun sends it to all who have lost a worker, often first."""
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(LAST_WORDS, os._exit, [LOST]).start())


def weights_of_all(model):
    """The weights of every worker, a vector each."""
    mine = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    all_of_them = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(all_of_them, mine)
    return all_of_them


def apart(ends):
    """The largest distance between the weights of the first worker and those of any other; 0 for none."""
    return max((float((ends[0] - end).norm()) for end in ends), default=0.0)


def arguments():
    """What can be set on the command line."""
    parser = argparse.ArgumentParser("data_parallel", description="Train the digits on several workers.")
    parser.add_argument("--checkpoint", required=True, help="a file; if it exists, the run goes on from it")
    parser.add_argument("--batch-size", type=int, default=64, help="rows a batch, of all workers together")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--hidden", type=int, default=32, help="units between input and output")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and of the order of the rows")
    parser.add_argument("--checkpoint-every", type=int, default=10, help="updates between two checkpoints")
    parser.add_argument("--average", choices=(WEIGHTED, UNWEIGHTED, NONE), default=WEIGHTED)
    parser.add_argument("--timeout", type=float, default=60, help="seconds that a worker waits for the others")
    parser.add_argument("--die-at", type=int, default=0, help="for practice: at this update ...")
    parser.add_argument("--die-rank", type=int, default=0, help="... this worker is killed")
    return parser


def main(argv=None):
    """Take part in the run as the worker that torchrun has made of this process."""
    options = arguments().parse_args(argv)
    end_soon_when_told()
    torch.set_num_threads(1)  # each worker is one thread, or they would fight for the cores
    dist.init_process_group("gloo", timeout=timedelta(seconds=options.timeout))
    try:
        train(options)
        dist.barrier()  # nobody leaves while another still waits for an answer
        code = 0
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # at once: a thread of the process group that is still busy would abort the process


if __name__ == "__main__":
    main()
