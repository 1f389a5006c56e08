"""A reader changes and runs cells in the page: by mouse, keyboard and touch, with loops that never end, and offline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visit import WATCH_POLICY, WINDOWS, axe, foreign

from site_builder.preview import Preview, addresses, site_folder

pytestmark = pytest.mark.browser
REFERENCE = "reference/layer_arithmetic/"
LESSON = "foundations/padding_stride_and_size/"
PATIENCE = 120_000  # milliseconds: Python starts in two seconds where it has a processor to itself
FOREVER = "while True: pass"
IN_C = "import itertools\nprint('begun')\nsum(itertools.count())"

LEAVE = """address => {
  document.querySelector(".md-content article").dataset.left = "";
  document.querySelector(`.md-nav a[href$='${address}']`).click();
}"""


@dataclass
class Tab:
    """A tab in which Python was started once, and all that was noticed in it."""

    page: Page
    home: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        """Change the page as a reader does, by a link, so that the worker survives."""
        if not self.page.url.partition("#")[0].endswith(address):
            self.page.evaluate(LEAVE, address)
            self.page.wait_for_url(f"**/{address}")
            expect(self.page.locator("[data-left]")).to_have_count(0)
        expect(self.page.locator(".live__run").first).to_be_attached()

    @property
    def cells(self) -> list[Locator]:
        return self.page.locator(".live[data-ready]").all()


@pytest.fixture(scope="module")
def tab(browser: Browser, preview: Preview) -> Iterator[Tab]:
    """The first Run of a new reader, noting what is asked for and what is said meanwhile."""
    context = browser.new_context(viewport=WINDOWS["wide"], reduced_motion="reduce")
    tab = Tab(context.new_page(), preview.home)
    tab.page.add_init_script(WATCH_POLICY)
    tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.page.goto(preview.home + REFERENCE, wait_until="networkidle")
    tab.page.on("request", lambda request: tab.asked.append(request.url))
    expect(tab.page.locator(".live__run").first).to_be_attached()
    tab.page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector(".live__status");
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    }""")
    assert tab.asked == []
    tab.page.locator(".live__run").first.click()
    finished(tab.page.locator(".live").first)
    tab.said = tab.page.evaluate("said")
    yield tab
    context.close()


def finished(cell: Locator) -> Locator:
    expect(cell).to_have_class("live", timeout=PATIENCE)
    return cell.locator(".live__status")


def run(cell: Locator, code: str | None = None) -> Locator:
    """Put code into a cell, or leave what is there, and press Run; return the status."""
    if code is not None:
        cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name="Run", exact=True).click()
    return cell.locator(".live__status")


def output(cell: Locator) -> Locator:
    return cell.locator(".live__output")


def words(element: Locator) -> str:
    """The text without its blanks: tables and code alike, near the screen or far from it."""
    script = "box => { box = box.cloneNode(true); box.querySelectorAll('style').forEach(e => e.remove()); return box.textContent }"
    return "".join(str(element.evaluate(script)).split())


@pytest.fixture
def cell(tab: Tab) -> Iterator[Locator]:
    """The first cell of the reference, which is reset afterwards."""
    tab.go(REFERENCE)
    cell = tab.cells[0]
    yield cell
    finished(cell)
    if cell.get_by_role("button", name="Reset", exact=True).is_visible():
        cell.get_by_role("button", name="Reset", exact=True).click()


def test_the_first_run_says_what_it_loads_and_the_page_before_it_loads_nothing(tab: Tab) -> None:
    """The size comes with the progress, and all is asked of this site; nothing is refused by the policy."""
    assert any(re.fullmatch(r"Loading Python: \d\.\d of [567]\.\d MB", text) for text in tab.said), tab.said
    assert "Starting Python …" in tab.said
    assert tab.said[-1].startswith("Done in")
    assert any("pyodide.asm.wasm" in url for url in tab.asked)
    assert [url for url in tab.asked if foreign(url, tab.home)] == []
    assert tab.page.evaluate("refused") == []


def live_pages() -> list[str]:
    folder = site_folder()
    files = {page: folder / page / "index.html" for page in addresses(folder) if not page.endswith(".html")}
    return [page for page, file in files.items() if 'class="live"' in file.read_text("utf-8")]


def shown(cell: Locator) -> str:
    """What the site's build has put below a cell."""
    parts = cell.locator(":scope > .output").all()
    return "".join(words(part) for part in parts)


def test_every_live_cell_of_the_site_prints_what_its_page_shows(tab: Tab) -> None:
    """In one worker, which changes of page do not end; a notebook's Python and the browser's agree."""
    started = tab.page.evaluate("cnnGuide.python.generation")
    pages = live_pages()
    assert REFERENCE in pages
    different = []
    for address in pages:
        tab.go(address)
        for cell in tab.cells:
            cell.scroll_into_view_if_needed()
            before = shown(cell)
            run(cell)
            status = finished(cell)
            said = status.inner_text()
            if words(output(cell)) != before or not (
                said.startswith("Done in") or ".error" in before or "Error" in before
            ):
                different.append((address, cell.get_attribute("data-cell"), said, before, words(output(cell))))
    assert different == []
    assert tab.page.evaluate("cnnGuide.python.generation") == started
    assert tab.faults == []


def test_a_cell_is_changed_and_run_by_keyboard_alone(tab: Tab, cell: Locator) -> None:
    """Tab passes by until one writes, then it indents; Enter keeps the indent; Escape gives Tab back."""
    field, keys = cell.get_by_role("textbox"), tab.page.keyboard
    field.focus()
    keys.press("Tab")
    expect(cell.get_by_role("button", name="Run", exact=True)).to_be_focused()
    keys.press("Shift+Tab")
    expect(field).to_be_focused()
    keys.press("Control+a")
    keys.type("for n in range(3):")
    keys.press("Enter")
    keys.type("if n:\nprint(n)")
    keys.press("Tab")
    keys.type("# end")
    assert field.input_value() == "for n in range(3):\n    if n:\n        print(n)    # end"
    keys.press("Shift+Tab")
    keys.press("Tab")
    assert field.input_value().splitlines()[2].startswith("    print(n)")
    keys.press("Control+z")
    keys.press("Control+z")
    assert field.input_value().splitlines()[2].startswith("        print(n)")
    keys.press("Control+Enter")
    expect(finished(cell)).to_contain_text("Done in")
    expect(output(cell)).to_have_text("1\n2\n")
    expect(field).to_be_focused()
    keys.press("Escape")
    keys.press("Tab")
    expect(field).not_to_be_focused()


def test_what_is_typed_is_what_is_seen(tab: Tab, cell: Locator) -> None:
    """The coloured code below the field holds the same text, at the same place, whatever it is."""
    field, code = cell.get_by_role("textbox"), cell.locator(".cell pre > code")
    for text in (
        'def f(x):  # "no"\n    return f"a{x}" + \'b\'\n',
        "'''open\nx = 1",
        "",
        "if x != 1.5e3: y = 0xFF\n\n\n",
        'a = "\\""\t1',
    ):
        field.fill(text)
        assert code.evaluate("code => code.textContent").rstrip("\n") == text.rstrip("\n")
        same = cell.evaluate("""cell => {
            const [code, field] = [cell.querySelector("pre > code"), cell.querySelector("textarea")];
            const [a, b] = [code, field].map((element) => element.getBoundingClientRect());
            const [c, d] = [code, field].map((element) => getComputedStyle(element));
            return [a.width - b.width, a.height - b.height, a.top - b.top, a.left - b.left].every((gap) => Math.abs(gap) < 1)
                && ["fontSize", "fontFamily", "lineHeight", "paddingLeft", "paddingTop", "letterSpacing"].every((name) => c[name] === d[name])
                && field.scrollHeight <= field.clientHeight + 1;
        }""")
        assert same, text
    cell.get_by_role("button", name="Reset", exact=True).click()


def number(page: Page, text: str) -> str:
    """The number of the live cell whose code holds a text; it stays when the text is changed."""
    return str(page.locator(".live", has=page.locator(".cell", has_text=text)).get_attribute("data-cell"))


def test_cells_share_their_names_and_earlier_ones_run_by_themselves(tab: Tab) -> None:
    """A later cell uses what the reader has written into an earlier one."""
    tab.go(LESSON)
    setting, windows = (
        tab.page.locator(f".live[data-cell='{number(tab.page, text)}']")
        for text in ("n, k, s = ", "in range(0, n - k + 1, s)")
    )
    before = shown(windows)
    setting.get_by_role("textbox").fill("n, k, s = 7, 3, 2")
    run(windows)
    expect(finished(windows)).to_contain_text(f"Cell {setting.get_attribute('data-cell')} ran first.")
    expect(output(windows)).to_contain_text("output size 3")
    run(windows)
    expect(finished(windows)).not_to_contain_text("ran first")
    windows.get_by_role("button", name="Reset", exact=True).click()
    assert shown(windows) == before
    tab.go(REFERENCE)
    assert tab.cells[0].get_by_role("button", name="Reset", exact=True).is_hidden(), (
        "a new visit begins with nothing changed"
    )


@pytest.mark.parametrize(
    ("code", "said", "seen"),
    [
        ("one = 1\none / 0", "ZeroDivisionError on line 2.", "----> 2 one / 0"),
        ("print('a'\n", "SyntaxError on line 1.", "'(' was never closed"),
        ("import torch", "ModuleNotFoundError on line 1.", "The notebook of this page runs with everything."),
        ("input()", "EOFError on line 1.", "EOF when reading a line"),
        ("def f(): return f()\nf()", "RecursionError on line 1.", "maximum recursion depth exceeded"),
    ],
)
def test_errors_name_the_line(cell: Locator, code: str, said: str, seen: str) -> None:
    """In the status, which is read aloud, and in the output as a notebook shows it."""
    run(cell, code)
    expect(finished(cell)).to_have_text(said)
    expect(output(cell)).to_contain_text(seen)


def test_an_endless_loop_is_stopped_and_the_names_are_kept(tab: Tab, cell: Locator) -> None:
    """By the Stop button, which takes the place of Run and gives it, and the focus, back."""
    run(cell, f"kept = 41\n{FOREVER}")
    expect(cell.locator(".live__status")).to_have_text("Running …", timeout=PATIENCE)
    expect(cell.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(finished(cell)).to_have_text("Stopped.")
    expect(cell.get_by_role("button", name="Run", exact=True)).to_be_focused()
    run(cell, "kept + 1")
    expect(finished(cell)).to_contain_text("Done in")
    expect(output(cell)).to_have_text("42\n")


def test_a_loop_inside_c_is_ended_and_said_to_have_cost_the_names(cell: Locator) -> None:
    """Python does not hear the request there; a new one starts, and what was printed stays."""
    run(cell, IN_C)
    expect(output(cell)).to_have_text("begun\n", timeout=PATIENCE)
    cell.get_by_role("button", name="Stop", exact=True).click()
    expect(finished(cell)).to_contain_text("Python itself had to be ended, so the variables are gone")
    expect(output(cell)).to_have_text("begun\n")
    run(cell, "10**10**10")
    expect(cell.locator(".live__status")).to_have_text("Running …", timeout=PATIENCE)
    cell.get_by_role("button", name="Stop", exact=True).click()
    expect(finished(cell)).to_contain_text("Stopped.")
    run(cell, "6 * 7")
    expect(finished(cell)).to_contain_text("Done in")
    expect(output(cell)).to_have_text("42\n")


EXECUTE = "options => cnnGuide.python.execute({ page: 'test', ...options })"


@pytest.mark.parametrize(("code", "lost"), [(FOREVER, False), ("import itertools; sum(itertools.count())", True)])
def test_what_takes_too_long_is_stopped_without_a_reader(tab: Tab, code: str, lost: bool) -> None:
    """An exercise that never ends says so after its limit."""
    tab.go(REFERENCE)
    result = tab.page.evaluate(EXECUTE, {"code": code, "limit": 0.1})
    assert (result["ok"], result["stopped"], result["error"]) == (False, "limit", None)
    assert result["lost"] is lost


def test_stop_takes_back_what_waits_too(tab: Tab) -> None:
    """Code that was queued behind an endless loop does not start after it."""
    tab.go(REFERENCE)
    results = tab.page.evaluate("""async (code) => {
        const all = [code, "1"].map((code) => cnnGuide.python.execute({ page: "test", code }));
        cnnGuide.python.stop();
        return Promise.all(all);
    }""", FOREVER)  # fmt: skip
    assert [result["stopped"] for result in results] == ["reader", "reader"]


def test_a_flood_of_output_is_cut(cell: Locator) -> None:
    """The page stays usable, and says what it left out."""
    run(cell, "for n in range(30_000): print(n)")
    expect(finished(cell)).to_contain_text("Done in")
    expect(output(cell)).to_contain_text("Output is cut after 100,000 characters.")
    assert len(output(cell).inner_text()) < 101_000


def test_html_can_show_but_not_act(tab: Tab, cell: Locator) -> None:
    """Tables and their styles are kept; scripts, handlers, frames, forms and pictures from elsewhere are not."""
    hostile = """
class Hostile:
    def _repr_html_(self):
        return ("<script>document.title='x'</script><img src=x onerror=\\"document.title='x'\\"><form action='/'>"
                "<input></form><iframe src='/'></iframe><a href='javascript:1'>a</a><svg onload='1'></svg>"
                "<style>.t{color:red}</style><table class=t onclick='1'><tr><th></th><td id=x>ok</td></tr></table>")
Hostile()"""
    run(cell, hostile)
    expect(finished(cell)).to_contain_text("Done in")
    expect(output(cell).locator("table.t td").last).to_have_text("ok")
    assert output(cell).locator("script, img, form, input, iframe, svg, [onclick], [href], [id], th").count() == 0
    assert tab.page.title() != "x"


def test_python_runs_without_a_network_once_it_is_loaded(tab: Tab, cell: Locator) -> None:
    """Modules of the package that are imported for the first time come from what was loaded."""
    tab.page.context.set_offline(True)
    try:
        run(
            cell,
            "from cnn_guide import report, summary, layers\nsummary(layers.Conv2d(1, 1, 3), (1, 5, 5)).total_params",
        )
        expect(finished(cell)).to_contain_text("Done in")
        expect(output(cell)).to_have_text("10\n")
    finally:
        tab.page.context.set_offline(False)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_cells_have_no_barriers_in_any_state(tab: Tab, colours: str) -> None:
    """axe-core finds nothing in cells that have run, have failed, are running, and are as they were."""
    tab.page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    tab.go(REFERENCE)
    first, second, third = tab.cells[:3]
    run(first, "1 / 0")
    finished(first)
    run(third)
    finished(third)
    run(second, FOREVER)
    expect(second.locator(".live__status")).to_have_text("Running …", timeout=PATIENCE)
    tab.page.evaluate("scrollTo(0, 0)")  # no button half below the header
    assert axe(tab.page) == []
    second.get_by_role("button", name="Stop", exact=True).click()
    finished(second)
    for cell in (first, second, third):
        cell.get_by_role("button", name="Reset", exact=True).click()


def test_a_finger_runs_a_cell_on_a_telephone(browser: Browser, home: str) -> None:
    """Nothing sticks out at any moment, and axe-core finds nothing."""
    context = browser.new_context(viewport=WINDOWS["narrow"], has_touch=True, is_mobile=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(home + REFERENCE, wait_until="networkidle")
    cell = page.locator(".live").nth(2)
    cell.get_by_role("button", name="Run", exact=True).tap()
    expect(cell.locator(".live__status")).to_contain_text("Loading Python", timeout=PATIENCE)
    expect(finished(cell)).to_contain_text("Done in")
    cell.get_by_role("textbox").tap()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n'a long line ' * 20")
    cell.get_by_role("button", name="Run", exact=True).tap()
    expect(output(cell)).to_contain_text("a long line", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert axe(page) == []
    context.close()


@pytest.mark.parametrize("missing", ["WebAssembly", "Worker"])
def test_a_browser_that_cannot_run_python_says_so(page: Page, home: str, missing: str) -> None:
    """Nothing is loaded in vain."""
    page.add_init_script(f"globalThis.{missing} = undefined")
    page.goto(home + REFERENCE, wait_until="networkidle")
    cell = page.locator(".live").first
    run(cell)
    expect(finished(cell)).to_have_text("Python did not run.")
    expect(output(cell)).to_contain_text("which this browser lacks or has switched off")


def test_a_failed_download_is_said_and_tried_again(page: Page, home: str) -> None:
    """A reader in a train presses Run once more."""
    page.goto(home + REFERENCE, wait_until="networkidle")
    page.context.route("**/*.wasm", lambda route: route.abort())
    cell = page.locator(".live").first
    run(cell)
    expect(finished(cell)).to_have_text("Python did not run.")
    expect(output(cell)).to_contain_text("Are you connected? Then try again.")
    page.context.unroute("**/*.wasm")
    run(cell)
    expect(finished(cell)).to_contain_text("Done in")


def test_loading_can_be_stopped(page: Page, home: str) -> None:
    """Who reads how much is coming may think better of it."""
    page.goto(home + REFERENCE, wait_until="networkidle")
    cell = page.locator(".live").first
    run(cell)
    expect(cell.locator(".live__status")).to_contain_text("Python")
    cell.get_by_role("button", name="Stop", exact=True).click()
    expect(finished(cell)).to_have_text("Stopped.")
    assert page.evaluate("cnnGuide.python.state") == "off"


def test_from_a_folder_it_is_said_why_python_cannot_start(page: Page) -> None:
    """Browsers forbid workers over file://; the page says what to do instead."""
    page.goto(Path(site_folder(), REFERENCE, "index.html").resolve().as_uri())
    cell = page.locator(".live").first
    run(cell)
    expect(finished(cell)).to_have_text("Python did not run.")
    expect(output(cell)).to_contain_text("python -m http.server")


def test_cells_can_be_read_without_scripts(browser: Browser, home: str) -> None:
    """Code and output as ever, and no bar without buttons."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home + REFERENCE)
    cell = page.locator(".live").first
    expect(cell.locator("code").first).to_be_visible()
    expect(cell.locator(".live__bar")).to_be_hidden()
    context.close()
