"""How values are written in a program."""


def arguments(**options):
    """The options as they stand in a call: `lr=0.1, momentum=0.9`."""
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in options.items()
    )


def layer_lines(sizes, dense, activation):
    """One indented line a layer: the Dense layer called `dense`, then `activation` after each but the last."""
    calls = [f"{dense}({inputs}, {outputs})," for inputs, outputs in zip(sizes, sizes[1:])]
    return "\n".join([f"    {call} {activation}," for call in calls[:-1]] + [f"    {calls[-1]}"])
