"""A notebook in a real JupyterLab in a real Chromium, and the few things a learner does with it."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

# A browser that talks to nobody but this machine, and that may run as root.
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
CHROMIUM_FLAGS += ["--disable-background-networking", "--disable-component-update"]
# No news pop-up, and every cell in the page even when it is off the screen.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
IDLE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget, kernel = panel?.sessionContext?.session?.kernel;
    return panel?.sessionContext?.isReady && kernel?.status === 'idle' && kernel.connectionStatus === 'connected';
}"""
CELL_NUMBER = """id => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
    return Array.from(cells, cell => cell.id).indexOf(id);
}"""
# JupyterLab's run-all resolves even when a cell fails, so failures are read from the notebook's model.
FAILURES = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.cells, failures = [];
    for (let i = 0; i < cells.length; i++) {
        const cell = cells.get(i);
        if (cell.type !== 'code' || !cell.sharedModel.source.trim()) continue;
        if (cell.executionCount === null) failures.push(`cell ${i} was not run`);
        for (let j = 0; j < cell.outputs.length; j++) {
            const output = cell.outputs.get(j).toJSON();
            if (output.output_type === 'error') failures.push(`cell ${i}: ${output.ename}: ${output.evalue}`);
        }
    }
    return failures;
}"""


@contextlib.contextmanager
def jupyterlab(folder, scratch):
    """Run JupyterLab on `folder` with all its settings in `scratch`; gives its address."""
    for plugin, settings in SETTINGS.items():
        file = Path(scratch, "settings", f"{plugin}.jupyterlab-settings")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    homes = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    homes |= {"JUPYTER_DATA_DIR": "data", "JUPYTERLAB_SETTINGS_DIR": "settings", "IPYTHONDIR": "ipython"}
    environment = {**os.environ, **{name: f"{scratch}/{place}" for name, place in homes.items()}}
    port = _free_port()
    options = [f"--ServerApp.root_dir={folder}", f"--port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1"]
    options += ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    with open(f"{scratch}/jupyterlab.log", "wb") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status", server, f"{scratch}/jupyterlab.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@contextlib.contextmanager
def chromium():
    """A headless Chromium: CHROMIUM names it, or it is looked for under Debian's name."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "install Chromium (on Debian: apt-get install chromium) or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class NotebookPage:
    """One notebook, open in a browser page of its own."""

    def __init__(self, browser, address, notebook, width=1280, height=1100):
        self.page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{address}/doc/tree/{notebook}?reset", wait_until="domcontentloaded")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook", timeout=90_000)
        self.wait_until_idle()

    def wait_until_idle(self):
        self.page.wait_for_function(IDLE, timeout=120_000)

    def run_all(self):
        """Run every cell; return what failed."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)")
        self.wait_until_idle()
        return self.page.evaluate(FAILURES)

    def cell(self, cell_id):
        """The part of the page that holds the cell of that id."""
        number = self.page.evaluate(CELL_NUMBER, cell_id)
        assert number >= 0, f"there is no cell {cell_id}"
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def answer(self, cell_id, text):
        """Write the text into a cell as a learner does, in place of what is there, run it, and wait."""
        cell = self.cell(cell_id)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_timeout(50)  # the kernel hears of it and is no longer idle
        self.wait_until_idle()
        return cell

    def open_lab(self, cell_id):
        """Skip the prediction of that cell, if it still waits for an answer, and wait for the lab below it."""
        cell = self.cell(cell_id)
        skip, lab = cell.get_by_role("button", name="Skip"), cell.locator(".mbtutor-lab")
        cell.locator("button:visible").first.wait_for()
        if skip.is_visible():
            skip.click()
        lab.wait_for()

    def theme(self, name):
        """Show the page in JupyterLab's theme of that name, "Light" or "Dark"."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, f"JupyterLab {name}")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", str(name == "Light").lower())

    def lab(self, number=0):
        """The part of the page that holds that lab, counted from the top."""
        return self.page.locator(".jp-OutputArea-output .mbtutor-lab").nth(number)


def is_light(text):
    """Whether a text of a picture is drawn light enough to be read on a dark page."""
    colour = text.evaluate("text => getComputedStyle(text).fill")
    return min(int(part) for part in re.findall(r"\d+", colour)[:3]) > 150


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address, server, log):
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(address, timeout=2).read()
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{Path(log).read_text()[-3000:]}")
