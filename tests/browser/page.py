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

from playwright.sync_api import TimeoutError as TookTooLong
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
# What the learner would call the control that has the focus; null where that is outside this place.
FOCUSED = """place => {
    const part = document.activeElement;
    if (!place.contains(part)) return null;
    const field = part.closest('.noUi-handle') && part.closest('.widget-vbox').querySelector('label');
    if (field) return field.textContent + ' slider';
    return part.labels?.[0]?.textContent || part.innerText.trim();
}"""
expect.set_options(timeout=20_000)  # milliseconds until a text is seen, on a machine that has much else to do
MOST_STOPS = 60  # more times than this nobody would press Tab
NARROW = 900  # pixels: a small laptop, or JupyterLab beside another window


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
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:  # a busy machine, and a kernel for every notebook that was opened
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


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
        self.page.on("dialog", lambda dialog: self.errors.append(dialog.message) or dialog.dismiss())
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

    def check(self, cell_id, text, says):
        """Give that answer to the exercise of the cell; what comes back, which must say so."""
        result = self.answer(cell_id, text).locator(".mbtutor-result")
        expect(result).to_contain_text(says)
        return result

    def hint(self, result, text):
        """Open the first hint of that result, which must say so."""
        hint = result.locator("details").filter(has_text="Hint 1 of")
        expect(hint).to_have_js_property("open", False)
        hint.locator("summary").click()
        expect(hint).to_have_js_property("open", True)
        expect(hint).to_contain_text(text)

    def reply(self, cell_id, choice, says):
        """Give that answer to a question of a quiz, which must reply so."""
        choice = self.page.get_by_label(choice, exact=True)
        question = self.cell(cell_id).locator(".mbtutor-question").filter(has=choice)
        question.locator(choice).check()
        question.get_by_role("button", name="Answer").click()
        expect(question).to_contain_text(says)

    def progress(self, cell_id, number):
        """The line of that lesson on the page of progress, shown in that cell."""
        return self.answer(cell_id, "mb.progress()").locator("tr").filter(has_text=f"{number}.1")

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
        # JupyterLab hides the page for a moment, and stumbles over a second change before that is over.
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)


class LabPage:
    """The lab of a cell, and the prediction above it if there is one, in a learner's words."""

    def __init__(self, notebook, cell):
        self.notebook, self.page, self.keyboard = notebook, notebook.page, notebook.page.keyboard
        self.cell = notebook.cell(cell)
        self.place = self.cell.locator(".jp-OutputArea-output")
        self.curves = self.place.locator("svg.mbtutor-curves")
        self.progress = self.place.locator(".mbtutor-progress")
        self.status = self.place.locator(".mbtutor-status").last

    def field(self, name):
        """The field, menu or switch of that label."""
        return self.place.get_by_label(name, exact=True)

    def handle(self, name):
        """The handle of the slider under that field."""
        parts = self.page.locator(".widget-vbox").filter(has=self.page.get_by_label(name, exact=True))
        return self.place.locator(parts).last.locator(".noUi-handle").first

    def button(self, name):
        """The button of that name, whatever icon stands before it."""
        return self.place.get_by_role("button", name=re.compile(rf"^\W*{re.escape(name)}$"))

    def predict(self, answer, opens):
        """Answer the question above the lab, which opens that part of it."""
        expect(opens).to_be_hidden()
        self.field(answer).check()
        self.click("Commit")
        expect(opens).to_be_visible()

    def choose(self, name, option):
        self.field(name).select_option(option)

    def type(self, name, value):
        self.field(name).fill(str(value))
        self.field(name).press("Enter")

    def drag(self, name, pixels):
        """Drag the slider under that field by the mouse."""
        self.handle(name).scroll_into_view_if_needed()
        box = self.handle(name).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + pixels, y, steps=8)
        self.page.mouse.up()

    def click(self, name):
        self.button(name).click()

    def says(self, *texts):
        for text in texts:
            expect(self.place).to_contain_text(text)

    def programs_say(self, *texts):
        """Wait until all settings have arrived: the program, even folded away, is written for them."""
        for text in texts:
            expect(self.place.locator(".mbtutor-code").first).to_contain_text(text)

    def reset(self):
        """Stop what runs and forget all runs."""
        for name in ("Stop", "Reset"):
            if self.button(name).is_enabled():
                with contextlib.suppress(TookTooLong):  # an earlier click, still on its way, may disable it first
                    self.button(name).click(timeout=5_000)
                expect(self.button(name)).to_be_disabled()

    def comes_to_rest(self, text):
        """Wait until the lab says that, and nothing else, below the curves."""
        expect(self.status).to_have_text(text, timeout=30_000)

    def keys(self, *names):
        for name in names:
            self.keyboard.press(name)

    def focused(self):
        """The name of the control that has the focus; None outside this lab. A slider is named by its field."""
        return self.place.evaluate(FOCUSED)

    def enter(self):
        """Go from the cell into its lab as the keyboard does, to the first control."""
        self.cell.locator(".cm-content").focus()
        self.keys("Escape", "Tab")
        while not self.focused():
            self.keys("Tab")

    def tab_to(self, name):
        """Press Tab until that control has the focus, or back with Shift; the focus must be seen.

        The handle of a slider is called by the field before it: "Batch size slider".
        """
        found = self.focused() == name or self._walk("Tab", name) or self._walk("Shift+Tab", name)
        assert found, f"the keyboard does not reach {name}"
        expect(self.page.locator(":focus")).to_have_css("outline", re.compile("2px"))

    def _walk(self, key, name):
        """Press the key until that control has the focus; False where it is not found."""
        for _ in range(MOST_STOPS):
            self.keys(key)
            if self.focused() == name:
                return True
            if key == "Tab" and not self.focused():
                return False  # beyond the end of the lab
        return False

    def press(self, name, key="Enter"):
        """Go to that button by keyboard and press the key; to be used in place of `click`."""
        expect(self.button(name)).to_be_enabled()
        self.tab_to(name)
        self.keys(key)

    def click_tab(self, name):
        self.place.get_by_role("tab", name=name).click()

    def press_tab(self, name):
        """Turn to that tab by keyboard: the Tab key goes to one of them, the arrows to the others."""
        tabs = self.place.get_by_role("tab")
        self.tab_to(self.place.locator("[role=tab][tabindex='0']").inner_text())
        for _ in range(tabs.count()):
            if self.focused() != name:
                self.keys("ArrowRight")
        self.keys("Enter")

    def is_readable(self, screenshot, name, *pictures):
        """Dark, the texts of the pictures are light; narrow, nothing is cut off. Keeps a screenshot of both."""
        self.notebook.theme("Dark")
        for picture in pictures:
            assert is_light(picture.locator("text").first)
        screenshot(self.place, f"{name}_dark")
        self.notebook.theme("Light")
        wide = self.page.viewport_size
        self.page.set_viewport_size({"width": NARROW, "height": wide["height"]})
        for picture in pictures:
            expect(picture).to_be_visible()
        assert self.place.evaluate("place => place.scrollWidth <= place.clientWidth + 1")
        screenshot(self.place, f"{name}_narrow")
        self.page.set_viewport_size(wide)

    def stops(self):
        """The names of all controls that Tab visits, from the first one on; each but a slider's handle has a name."""
        self.enter()
        names = []
        while name := self.focused():
            names.append(name)
            if not name.endswith(" slider"):  # ipywidgets gives it no name; the field before it says the same
                expect(self.page.locator(":focus")).to_have_accessible_name(re.compile(rf"^\W*{re.escape(name)}"))
            self.keys("Tab")
        return names


@contextlib.contextmanager
def changing(*places):
    """What is done inside must change each of these places of the page."""
    before = [place.inner_html() for place in places]
    yield
    for place, was in zip(places, before):
        expect(place).not_to_have_js_property("innerHTML", was)


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
