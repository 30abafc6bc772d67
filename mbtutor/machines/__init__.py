"""One training run, or one sweep, on several processes or machines, by engines that exist: PyTorch and Dask.

Neither is loaded before it is used. Sharing out a batch and averaging gradients need neither of them.
"""

from .cluster import dask_cluster
from .launch import WorkerLost, train_on_workers
from .shares import average, averaged_gradient, shares
from .together import AVERAGING, ROWS, Step, Together

__all__ = [
    "AVERAGING",
    "ROWS",
    "Step",
    "Together",
    "WorkerLost",
    "average",
    "averaged_gradient",
    "dask_cluster",
    "shares",
    "train_on_workers",
]
