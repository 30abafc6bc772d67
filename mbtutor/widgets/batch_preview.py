"""What a batch size means before anything trains: how many updates an epoch has, and which rows come first."""

import base64
import html
import io

import matplotlib.image

from .. import figures

BATCHES, PICTURES, NUMBERS = 3, 32, 6


def preview(batches, columns=PICTURES):
    """HTML text: updates an epoch, the row numbers of the first batches, and the pictures of the very first one.

    columns: how many pictures stand beside each other.
    """
    return (
        f'<div class="mbtutor-preview" style="line-height:1.5">{_updates(batches)}<br>{_next(batches, columns)}</div>'
    )


def _updates(batches):
    n, size, updates = len(batches.data), batches.batch_size, len(batches)
    text = f"<b>{updates:,} update{'s' if updates > 1 else ''} in an epoch</b>: {n:,} rows / {size:,} a batch"
    if n % size and updates > 1:
        text += f", and the last batch has only {n % size:,}"
    return text + "."


def _next(batches, columns):
    order, size = batches.order(batches.epoch), batches.batch_size
    groups = [order[start : start + size] for start in range(0, min(len(order), BATCHES * size), size)]
    text = "; ".join(
        ", ".join(map(str, group[:NUMBERS])) + (", ..." if len(group) > NUMBERS else "") for group in groups
    )
    text = f"The first batch{'es' if len(groups) > 1 else ''}, by row number: {text}."
    return text + (_pictures(batches.data, groups[0][:PICTURES], columns) if batches.data.image_shape else "")


def png_address(sheet):
    """A sheet of `figures.images` as an address that holds the whole PNG, for an <img> or a style."""
    return address(sheet, cmap="gray_r", vmin=0)


def address(numbers, **look):
    """Numbers (height, width) as the address of a PNG. look: cmap, vmin and vmax as for matplotlib."""
    file = io.BytesIO()
    matplotlib.image.imsave(file, numbers, format="png", **look)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _pictures(data, rows, columns):
    sheet = figures.images(data, rows, columns=columns)
    labels = ", ".join(figures.answer(data, row) for row in rows)
    text = html.escape(f"The rows of the first batch as pictures: {labels}")
    style = f"display:block;width:{2.4 * sheet.shape[1]:.0f}px;max-width:100%;image-rendering:pixelated;margin-top:4px"
    return f'<img src="{png_address(sheet)}" alt="{text}" title="{text}" style="{style}">'
