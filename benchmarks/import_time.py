"""How long `import mbtutor` takes beyond numpy's own import, and that it loads nothing that draws.

python -m benchmarks.import_time
"""

import subprocess
import sys
from statistics import median

RUNS = 15
CLOCKED = """
import numpy, time, sys
started = time.perf_counter()
{}
seconds = time.perf_counter() - started
loaded = {{name.partition(".")[0] for name in sys.modules}} & {{"matplotlib", "ipywidgets", "IPython"}}
assert not loaded, f"it loads {{loaded}}"
print(seconds)
"""
IMPORTS = {
    "import mbtutor": "import mbtutor",
    "... and every room of a training run": "from mbtutor import Dense, MiniBatches, Network, SGD, datasets, train",
}


def main():
    for name, statement in IMPORTS.items():
        seconds = median(clocked(statement) for _ in range(RUNS))
        print(f"{name}: {seconds * 1000:.1f} ms beyond numpy's own import (median of {RUNS} fresh processes)")
        assert seconds < 0.3, "the target is under 300 ms"


def clocked(statement):
    """Seconds that the statement takes in a fresh Python that has numpy."""
    code = CLOCKED.format(statement)
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
