"""The settings of the gradient microscope as a program for this package."""


def program(start, lr, batch_sizes, updates, seed, draws):
    """The text of the program: it walks each path, then measures the noise at the start. start: (w, b)."""
    w, b = start
    sizes = ", ".join(map(str, batch_sizes))
    return f"""import mbtutor as mb

# data: the data set that you gave to the lab

net = mb.Network([mb.Dense(1, 1)])
net.compile("mean_squared_error", mb.SGD(lr={lr:g}))
for batch_size in [{sizes}]:
    net.weights = [{w:g}, {b:g}]
    mb.fit(net, mb.MiniBatches(data, batch_size, seed={seed}), updates={updates})
    print(batch_size, net.weights, mb.evaluate(net, data)["loss"])

net.weights = [{w:g}, {b:g}]  # the noise at the start
for noise in mb.experiments.noise_by_batch_size(net, data, draws={draws}, seed={seed}):
    print(*noise)
"""
