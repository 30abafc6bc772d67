"""Run every notebook in place, in order, and keep in it only what belongs there: outputs and execution counts.

    python notebooks/refresh.py [NOTEBOOK ...]

A second run without a change leaves no difference.
"""

import base64
import os
import struct
import sys
import tempfile
from pathlib import Path

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).parent
SECONDS = 120  # for one cell
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # names a model in a kernel that is gone
PICTURES_ONLY = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


class ThisPython(KernelSpecManager):
    """The kernel of the Python that runs this file, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def refresh(path):
    """Run the notebook at `path` and write it back, tidy."""
    old, new = (nbformat.read(path, as_version=4) for _ in range(2))
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython())
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        new,
        km=kernel,
        timeout=SECONDS,
        resources=folder,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    with tempfile.TemporaryDirectory() as nobody:  # the page of progress is stored as a new learner sees it
        own = {"MBTUTOR_PROGRESS": f"{nobody}/progress.json", "MBTUTOR_CACHE": f"{nobody}/cache"}
        client.execute(env=os.environ | own | {"MBTUTOR_SNAPSHOT": "1"})
    nbformat.write(tidy(new, old), path)


def tidy(new, old):
    """Return `new` with the measured outputs of `old`, and without what another machine would write differently."""
    new.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    before = {cell.id: cell for cell in old.cells}
    for cell in new.cells:
        cell.metadata = nbformat.from_dict({key: value for key, value in cell.metadata.items() if key != "execution"})
        if cell.cell_type != "code":
            continue
        was = before[cell.id]
        if "measured" in cell.metadata.get("tags", []) and was.get("outputs"):
            cell.outputs = was.outputs
        for output in cell.outputs:
            if "data" in output:
                output.data.pop(WIDGET_VIEW, None)
                output.metadata.pop(WIDGET_VIEW, None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = picture(output.data["image/png"])
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
    return new


def picture(text):
    """Return the PNG in base64 without the chunks that name the program and its version."""
    png = base64.b64decode(text)
    kept, start = [png[:8]], 8
    while start < len(png):
        end = start + 12 + struct.unpack(">I", png[start : start + 4])[0]
        if png[start + 4 : start + 8] in PICTURES_ONLY:
            kept.append(png[start:end])
        start = end
    return base64.b64encode(b"".join(kept)).decode()


def main():
    paths = [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb"))
    if not paths:
        sys.exit(f"no notebook in {HERE}")
    for path in paths:
        print(path.name, flush=True)
        refresh(path)


if __name__ == "__main__":
    main()
