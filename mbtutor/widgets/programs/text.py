"""How values are written in a program."""


def arguments(**options):
    """The options as they stand in a call: `lr=0.1, momentum=0.9`."""
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in options.items()
    )


def decay(settings):
    """The weight decay as an option of the optimizer, where there is one."""
    return {"weight_decay": settings.weight_decay} if settings.weight_decay else {}


def layer_lines(sizes, dense, activation, dropout=""):
    """One indented line a layer: the Dense layer called `dense`, then `activation` and `dropout` but after the last."""
    activation += f", {dropout}" if dropout else ""
    calls = [f"{dense}({inputs}, {outputs})," for inputs, outputs in zip(sizes, sizes[1:])]
    return "\n".join([f"    {call} {activation}," for call in calls[:-1]] + [f"    {calls[-1]}"])
