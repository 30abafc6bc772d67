"""The settings of the speech lab as a program for this package."""

import html

ROWS = {
    "one frame": "",
    "a word: mean of its frames": "vowels = of_words(lambda word: word.mean(axis=0))\n",
    "a word: its frames joined": "vowels = of_words(lambda word: word.ravel())\n",
}
WORDS = """

def of_words(join):
    word = vowels.groups * vowels.classes + vowels.y
    first = np.unique(word, return_index=True)[1]
    X = np.array([join(vowels.X[word == word[row]]) for row in first])
    return mb.Dataset(X, vowels.y[first], groups=vowels.groups[first])


"""


def program(settings, speakers):
    """The text of the program. settings: SpeechSettings. speakers: those that are held out."""
    joined = ROWS[settings.rows]
    return f"""import numpy as np

import mbtutor as mb

vowels = mb.datasets.load_vowels()
{WORDS + joined if joined else ""}
speakers = {speakers}  # never heard while training
splits = {{
    "by row": mb.split(vowels, val=0, test=np.isin(vowels.groups, speakers).mean(), seed={settings.seed}),
    "by speaker": mb.split_by_group(vowels, val=0, test=speakers),
}}
for name, (train, _, test) in splits.items():
    train, test = mb.standardize(train, test)
    width = train.X.shape[1]
    layers = [mb.Dense(width, {settings.hidden}), mb.ReLU(), mb.Dense({settings.hidden}, vowels.classes)]
    net = mb.Network(layers, seed={settings.seed})
    net.compile("cross_entropy", mb.SGD(lr={settings.lr:g}))
    batches = mb.MiniBatches(train, batch_size={settings.batch_size}, seed={settings.seed})
    mb.fit(net, batches, {settings.budget}={settings.amount})
    print(name, mb.evaluate(net, test)["accuracy"])
"""


def page(settings, speakers):
    """The program as HTML text."""
    text = html.escape(program(settings, speakers))
    return f'<pre class="mbtutor-code" style="overflow-x:auto">{text}</pre>'
