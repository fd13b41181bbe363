"""The saved page: its structure without a browser, and what it does in a real one."""

import functools
import json
import re
import shutil
from html.parser import HTMLParser

import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.mathml import mathml
from autograd_rnn.algebra.printing import show
from autograd_rnn.steps import step
from autograd_rnn.steps.showing.page import PARTS
from tests.sampling import sampled

MODELS = {
    "rnn": lambda: ar.Model(ar.RNN(2, 3), output_size=2),
    "lstm": lambda: ar.Model(ar.LSTM(2, 3, peephole=True), output_size=2, reduction="mean"),
    "gru": lambda: ar.Model(ar.GRU(2, 3, reset="after"), output_size=2, task="many-to-one"),
    "jordan": lambda: ar.Model(ar.Jordan(2, 3, output_size=2), 2, loss="squared_error"),
    "stacked": lambda: ar.Model(ar.Stacked([ar.RNN(2, 3), ar.GRU(3, 2)]), 2),
    "bidirectional": lambda: ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.RNN(2, 3)), 2),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.RNN(2, 3), ar.RNN(3, 3, seed=1), 3),
}


class Document(HTMLParser):
    """The page read again: ids, elements by tag, and whether every element is closed."""

    VOID = {"meta", "input", "wbr", "link", "br", "img"}

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags, self.inside, self.wrong = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in self.VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.inside or self.inside.pop() != tag:
            self.wrong.append(tag)


def saved(navigator, folder):
    target = folder / "bptt.html"
    navigator.save(target)
    return target.read_text(encoding="utf-8")


def script(text, name):
    return re.search(rf'<script type="[^"]*" id="{name}">(.*?)</script>', text, re.S)[1]


def finest_lists(text):
    """The components' list items, as the page's script puts them together."""
    later = json.loads(script(text, "later"))
    items = [(later["texts"][k], numbers.split(" ")) for _, entries in later["lists"] for k, numbers in entries]
    return "".join(part + (numbers[k] if k < len(numbers) else "") for parts, numbers in items for k, part in enumerate(parts))


@functools.cache
def walked(name):
    return step(MODELS[name](), steps=3)


@pytest.mark.parametrize("name", sampled(MODELS, 5))
def test_every_step_stands_once_and_lights_what_is_drawn(name, tmp_path):
    s = walked(name)
    text = saved(s, tmp_path)
    page, finest = Document(text), Document(finest_lists(text))
    assert not page.wrong and not page.inside and not finest.wrong and not finest.inside
    ids = page.ids + finest.ids
    assert len(set(ids)) == len(ids)
    data = json.loads(script(text, "walk"))
    for level in s.levels:
        walk = s.walk(level)
        assert [f"{level}-{k}" in ids for k in range(1, len(walk) + 1)] == [True] * len(walk)
        assert f"{level}-{len(walk) + 1}" not in ids
        fields = data["levels"][level]
        assert {len(values) for values in fields.values()} == {len(walk)}
        assert set(sum(fields["mark"], [])) <= set(page.ids)
        for at in range(0, len(walk), 7):
            assert data["words"][fields["rule"][at]] == walk[at].rule and fields["parent"][at] == walk[at].parent
            shown = [data["quantities"][k][0] for k in fields["numbers"][at]]
            assert shown == list({**walk[at].numbers, **walk[at].shapes})
    assert name != "rnn" or 'data-q="W_hh"' in text and 'data-q="dW_hh"' in text


@pytest.mark.parametrize("name", sampled(MODELS, 3))
def test_all_our_latex_is_in_the_language_of_the_page(name):
    s = walked(name)
    for level in s.levels:
        for one in s.walk(level):
            for written in (one.before, one.after, one.values):
                for line in written.latex.split("\n"):
                    Document(mathml(line))
    derivation = s.subject.derivation
    for equation in [*derivation.equations, *derivation.forward, *derivation.jacobian()]:
        assert mathml(show(equation, "latex")).startswith("<math>")


@pytest.mark.parametrize(
    "latex, found",
    [
        (r"\mathrm{d}a_{i,t}", 'data-q="da_i,t"'),
        (r"h_{t-1}", 'data-q="h_{t-1}"'),
        (r"W^{2f}_{hh}^{\top}", 'data-q="W2f_hh"'),
        (r"{W^{2}_{hh}}^{\top}", 'data-q="W2_hh"'),
        (r"h_{t}^{{2}}", '<msubsup data-q="h_t"><mi>h</mi><mi>t</mi><mn>2</mn></msubsup>'),
        (r"a \odot b", "<wbr><math><mo form=infix>⊙</mo><mi>b</mi></math>"),
        (r"\frac{\mathrm{d}h_{t}}{\partial c_{t-1}}", "<mfrac>"),
        (r"\sum_{t=1}^{T} x", "<munderover>"),
        (r"\begin{bmatrix}1 & -2 \\ 3 & 4e-05\end{bmatrix}", "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4e-05</mn></mtd></mtr>"),
        (r"\text{<b>}", "&lt;b&gt;"),
    ],
)
def test_latex_becomes_mathml(latex, found):
    assert found in mathml(latex)
    assert not Document(mathml(latex)).wrong


@pytest.mark.parametrize("latex", [r"\unknown", "{h", "h}", "^{2}", r"\frac{1}", r"(1", r"\begin{pmatrix}1", r"\left(1\right"])
def test_what_is_not_in_the_language_is_a_value_error(latex):
    with pytest.raises(ValueError):
        mathml(latex)


def test_a_hostile_name_stays_text(tmp_path):
    evil = '</script><script>x("")</script><img src=x onerror=y(1)>'
    a = ar.tensor([1.0, 2.0], name=evil)
    b = ar.tanh(a)
    b.name = '\\"onmouseover="alert(1)<img src=x onerror=alert(2)>'
    text = saved(step((b * b).sum()), tmp_path)
    page = Document(text)
    assert not page.wrong and sum(tag == "script" for tag, _ in page.tags) == 3
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not [attributes for _, attributes in page.tags for name in attributes if name.startswith("on")]
    json.loads(script(text, "walk"))
    assert not Document(finest_lists(text)).wrong


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    text = saved(step(MODELS["lstm"](), steps=3), tmp_path)
    reaching = ("src", "href", "action", "data", "xlink:href")
    outside = [value for _, attributes in Document(text).tags for name, value in attributes.items() if name in reaching]
    assert outside and all(value.startswith("#") for value in outside)
    assert "@import" not in text and "url(" not in text and "default-src 'none'" in text
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_the_same_walk_is_the_same_page(tmp_path):
    first, second = (saved(step(MODELS["rnn"](), steps=2), tmp_path) for _ in range(2))
    assert first == second


def test_each_level_has_its_picture_and_equal_steps_a_line(tmp_path):
    s = step(MODELS["rnn"](), steps=4)
    text = saved(s, tmp_path)
    assert re.findall(r'<figure.*? data-levels="([^"]*)"', text) == ["recursion unrolled", "op component"]
    fine = set(re.findall(r'<g id="1\.([^"]*)" class="node', text))
    assert fine >= set(ar.draw(s.run, level="op", elide=False).figure.marks)
    data = json.loads(script(text, "walk"))
    assert all(mark.startswith("1.") for marks in data["levels"]["op"]["mark"] for mark in marks)
    assert data["leaders"]["unrolled"] == s.walk("unrolled").leaders
    same = [int(number) for number in re.findall(r'<li data-same id="unrolled-(\d+)"', text)]
    assert sorted([*same, *s.walk("unrolled").leaders]) == list(range(1, len(s.walk("unrolled")) + 1)) and same
    assert '<li class="passed">t = 2 ... 4: the same in form, 6 steps taken together</li>' in text
    assert "<dt>⊙</dt><dd>times, component by component</dd>" in text


@pytest.mark.sweep
def test_a_long_run_has_one_picture(tmp_path):
    text = saved(step(MODELS["rnn"](), steps=60, level="unrolled"), tmp_path)
    assert re.findall(r'<figure.*? data-levels="([^"]*)"', text) == ["recursion unrolled op component"]


def test_an_lstm_of_ten_steps_is_within_its_budget(tmp_path):
    assert len(saved(step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=10, level="op"), tmp_path).encode()) <= 3e6


def test_the_parts_of_the_page_belong_to_the_package():
    from importlib.resources import files

    assert all((files("autograd_rnn") / "steps" / "showing" / "assets" / name).is_file() for name in PARTS)


# -- in a browser -----------------------------------------------------------------------------------------------------

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"))), None)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page is not tried in a browser")
    if BROWSER is None:
        pytest.skip("there is no Chromium, Chrome or Edge on the path: the page is not tried in a browser")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    target = tmp_path_factory.mktemp("page") / "bptt.html"
    s = step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=3, level="unrolled")
    s.goto(t=2, node="h")
    s.save(target)
    return target.as_uri()


@pytest.fixture
def tab(browser, address):
    """The page in a fresh tab. At the end: nothing on the console, no request but for the file itself."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    yield page
    assert said == []
    assert {url.split("#")[0] for url in asked} <= {address}
    context.close()


def crumb(tab):
    return tab.inner_text("#crumb")


def arrived(tab, told):
    """The page goes where a link leads when the browser tells it that the address has changed: after the key or the click, not with it."""
    tab.wait_for_function("told => document.querySelector('#crumb').textContent.includes(told)", arg=told)


def lit(tab):
    return tab.eval_on_selector_all(".picture .lit", "nodes => nodes.map(node => node.id)")


def test_it_opens_where_the_walk_stands(tab):
    assert re.match(r"step \d+ of \d+, t=2, sum over the 5 uses of h_2", crumb(tab))
    assert lit(tab) == ["h_2"]
    assert "h_3" in tab.eval_on_selector_all(".picture .used", "nodes => nodes.map(node => node.id)")
    assert tab.evaluate("scrollY") == 0
    assert tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") < 5000  # the budget is 1 s on a machine of its own


def test_keys_and_buttons_step_forward_and_back_and_the_lit_node_moves(tab):
    start, live = crumb(tab), tab.inner_text("#live")
    tab.keyboard.press("ArrowRight")
    after = crumb(tab)
    assert after != start and tab.inner_text("#live") != live and tab.inner_text("#live").startswith(after)
    tab.click("#back")
    assert crumb(tab) == start
    tab.click("#next")
    assert crumb(tab) == after
    tab.keyboard.press("ArrowLeft")
    assert crumb(tab) == start
    tab.keyboard.press("End")
    assert tab.is_disabled("#next") and not tab.is_disabled("#back")
    tab.keyboard.press("ArrowRight")  # beyond the end: nothing
    assert re.match(r"step (\d+) of \1,", crumb(tab))
    tab.keyboard.press("Home")
    assert crumb(tab).startswith("step 1 of ") and lit(tab) == ["h_1"]


def test_the_equation_is_mathml_and_shows_its_values_on_hover(tab):
    assert tab.evaluate("document.querySelector('#equation math').namespaceURI").endswith("Math/MathML")
    tab.hover("#equation [data-q='ds_2']")
    assert tab.is_visible("#tip") and re.match(r"ds_2 +3\n\[", tab.inner_text("#tip"))
    tab.hover("h1")
    assert not tab.is_visible("#tip")
    tab.hover("#h_3 text")
    assert "dh_3" in tab.inner_text("#tip")
    assert "dh_2" in tab.inner_text("#values")


def test_the_slider(tab):
    tab.fill("#slider", "3")
    assert crumb(tab).startswith("step 3 of ")
    tab.focus("#slider")
    tab.keyboard.press("ArrowRight")  # once, not twice: the page leaves the keys of a slider to it
    assert crumb(tab).startswith("step 4 of ")
    assert tab.get_attribute("#slider", "aria-valuetext") == crumb(tab)


def test_levels_keep_the_place(tab):
    before = crumb(tab)
    tab.keyboard.press("ArrowDown")
    assert tab.get_attribute("body", "data-level") == "op" and "t=2" in crumb(tab)
    tab.click("#into")
    assert tab.get_attribute("body", "data-level") == "component" and tab.is_disabled("#into")
    tab.keyboard.press("ArrowUp")
    tab.click("#out")
    assert crumb(tab) == before
    tab.click(".levels button[value=recursion]")
    assert tab.get_attribute(".levels button[value=recursion]", "aria-pressed") == "true"
    assert "h_t" in tab.inner_text("#live").replace("\n", "") or "sum over" in crumb(tab)
    tab.click(".levels button[value=component]")
    assert tab.get_attribute("body", "data-level") == "component"


def test_at_the_op_level_the_very_operation_is_lit(tab):
    tab.evaluate("location.hash = '#op-1'")
    tab.wait_for_function("document.body.dataset.level === 'op'")
    assert tab.eval_on_selector_all(".picture", "all => all.map(one => one.hidden)") == [True, False]
    s = step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=3, level="op")
    for number in (40, 60, len(s)):
        tab.evaluate(f"location.hash = '#op-{number}'")
        tab.wait_for_function(f"document.querySelector('#crumb').textContent.startsWith('step {number} of')")
        assert lit(tab) == [f"1.{s.goto(number=number).mark[0]}"]
        places = (".picture:not([hidden]) .frame", ".lit")
        frame, node = (tab.eval_on_selector(place, "e => e.getBoundingClientRect().toJSON()") for place in places)
        assert frame["left"] <= node["left"] and node["right"] <= frame["right"]  # it is in sight
        assert frame["top"] <= node["top"] + 1 and node["bottom"] <= frame["bottom"] + 1


def test_steps_of_the_same_form_are_taken_together_and_folded(tab):
    s = step(ar.Model(ar.LSTM(2, 3), output_size=3), steps=3, level="unrolled")
    s.goto(t=2, node="h")
    told = s.next(together=True)
    tab.keyboard.press("t")
    assert crumb(tab).startswith(f"step {told.number} of") and crumb(tab).endswith(told.note)
    shown = "document.querySelectorAll('.all > ol.shown > li:not(.passed)').length"
    visible = "[...document.querySelectorAll('.all > ol.shown > li:not(.passed)')].filter(e => e.offsetParent).length"
    pressed, before = tab.get_attribute("#same", "aria-pressed"), tab.evaluate(visible)
    tab.click("#same")
    assert {pressed, tab.get_attribute("#same", "aria-pressed")} == {"true", "false"}
    counts = {before, tab.evaluate(visible)}
    assert max(counts) == tab.evaluate(shown) == len(s) and len(s.walk().leaders) <= min(counts) <= len(s.walk().leaders) + 1


def test_a_small_picture_keeps_its_size(browser, tmp_path):
    a = ar.tensor(3.0, name="a")
    b = a + a
    target = tmp_path / "small.html"
    step(b + b).save(target)
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(target.as_uri())
        drawn = float(re.search(r'width="([\d.]+)pt"', target.read_text(encoding="utf-8"))[1]) * 4 / 3
        assert page.eval_on_selector(".picture svg", "e => e.getBoundingClientRect().width") <= drawn + 1
        page.close()


def test_search(tab):
    tab.keyboard.press("/")
    tab.keyboard.type("dW_hf sum")
    assert "steps found" in tab.text_content("#live") or "found" in tab.text_content("#live")
    first = tab.inner_text("#found li:first-child")
    assert first.startswith("unrolled") and "dW_hf" in first
    tab.keyboard.press("Enter")
    arrived(tab, "W_hf")
    assert tab.inner_text("#found") == ""
    before = crumb(tab)
    tab.focus("#search")
    tab.keyboard.type("w")
    tab.keyboard.press("ArrowLeft")  # what is typed into the search is no command
    assert tab.input_value("#search").endswith("w") and not tab.is_visible("#reason") and crumb(tab) == before
    tab.fill("#search", "nothing of the kind")
    assert tab.text_content("#live") == "no step found"


def test_folding_and_unfolding(tab):
    fold = tab.locator("#unrolled-45 > .step > .fold")
    inner = tab.locator("#unrolled-45 > ol")
    assert not inner.is_visible() and fold.get_attribute("aria-expanded") == "false"
    fold.click()
    assert inner.is_visible() and fold.get_attribute("aria-expanded") == "true"
    inner.locator(".fold").first.click()
    assert inner.locator("[id^=component]").first.is_visible()
    tab.click("#fold")
    assert not inner.is_visible()
    tab.click("#unfold")
    assert inner.is_visible()
    tab.click("#unrolled-49 > .step > a")
    arrived(tab, "step 49 of ")
    assert tab.get_attribute("#unrolled-49", "aria-current") == "step"


def test_why(tab):
    assert not tab.is_visible("#reason")
    tab.keyboard.press("w")
    assert "small changes add up" in tab.inner_text("#reason") and "Σ_i" in tab.inner_text("#proof")


def test_light_and_dark(tab):
    def ground():
        return [int(part) for part in re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]]

    tab.emulate_media(color_scheme="light")
    assert min(ground()) > 230
    tab.emulate_media(color_scheme="dark")
    assert max(ground()) < 40


def test_print_lists_every_step_and_no_controls(tab):
    tab.click(".levels button[value=op]")
    tab.emulate_media(media="print")
    assert not tab.is_visible(".controls") and not tab.is_visible(".stage")
    shown = "nodes => nodes.filter(node => node.getClientRects().length).length"
    for name in ("unrolled", "op"):
        assert tab.eval_on_selector_all(f"[id^={name}-] > .step > .after", shown) == len(tab.query_selector_all(f"[id^={name}-]")) > 50
    assert not tab.is_visible("#recursion-1")


def test_by_keyboard_alone(tab):
    seen = []
    tab.focus(".words summary")
    for _ in range(13):
        tab.keyboard.press("Tab")
        seen.append(tab.evaluate("document.activeElement.id || document.activeElement.value"))
    expected = ["first", "back", "slider", "next", "together", "last", "recursion", "unrolled", "op", "component", "into", "out", "search"]
    assert seen == expected
    tab.focus("#next")
    assert tab.evaluate("getComputedStyle(document.querySelector('#next')).outlineStyle") != "none"
    named = "[...document.querySelectorAll('button, input')].every(node => node.innerText.trim() || node.ariaLabel)"
    assert tab.evaluate(named)
    assert tab.get_attribute("#live", "aria-live") == "polite" and tab.get_attribute("#live", "role") == "status"


@pytest.mark.parametrize("width", [360, 390, 768])
def test_a_phone_has_no_sideways_scroll(tab, width):
    tab.set_viewport_size({"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_it_is_a_list_to_read(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.is_visible("#unrolled-1 .after") and page.is_visible("#op-5 .after") and not page.is_visible(".controls")
    context.close()
