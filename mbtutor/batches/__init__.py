"""Part 2 of the guide: cut the rows into mini-batches, in a new order every epoch; sequences also by their length."""

from .augmentation import random_noise, random_shift
from .bucket_batches import BucketBatches, wasted_share
from .mini_batches import Batch, Epoch, MiniBatches

__all__ = ["Batch", "BucketBatches", "Epoch", "MiniBatches", "random_noise", "random_shift", "wasted_share"]
