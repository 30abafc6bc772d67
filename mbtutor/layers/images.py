"""What the layers for images, X (n, channels, height, width), share: their windows, and the checks of a shape."""

from numpy.lib.stride_tricks import sliding_window_view

# Conv2D lays images out in memory by height, channel, width, n: then long runs of numbers are copied at once, and the
# matrix product is one for each row of the images, small enough for the processor's cache.
ROWS_FIRST = (2, 1, 3, 0)  # the order to transpose X to
IMAGES_FIRST = (3, 1, 0, 2)  # and back


def windows_of(X, size, stride, writeable=False):
    """Every size x size window of X as a view onto it: (n, channels, rows, columns, size, size).

    rows and columns: how many windows there are down and across, `stride` apart. writeable: to write through the view.
    """
    return sliding_window_view(X, (size, size), axis=(2, 3), writeable=writeable)[:, :, ::stride, ::stride]


def count_windows(layer, shape, padding=0):
    """(rows, columns) of windows for one image of `shape`; ValueError, with the mend, where there can be none."""
    if len(shape) != 3 or None in shape or ... in shape:
        mend = "Make images of rows by X.reshape(-1, channels, height, width); Flatten and Dense come after it"
        if len(shape) == 2:
            mend = "Add the axis of the channels by X[:, None]"
        raise ValueError(
            f"{layer!r} takes images of shape (channels, height, width); got rows of shape {shape}. {mend}"
        )
    room = [length + 2 * padding - layer.kernel_size for length in shape[1:]]
    if min(room) < 0:
        raise ValueError(
            f"{layer!r} has windows of {layer.kernel_size} x {layer.kernel_size}, larger than images of "
            f"{shape[1]} x {shape[2]}. Use a smaller kernel_size, or fewer layers before it that shrink the image"
        )
    return tuple(length // layer.stride + 1 for length in room)
