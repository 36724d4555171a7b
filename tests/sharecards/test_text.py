from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st

from sharecards import fonts, text
from tests.sharecards.cairo import cairocffi

BOX = {"width": 300, "size": 60, "smallest": 20}
SCRIPTS = {
    "latin": "Midnight Wave ñandú ćevapčići 1,284 ▲▼♡ – · …",
    "cyrillic": "Прогулка по ночному городу",
    "greek": "Ωκεανός",
    "chinese": "夜的節拍",
    "japanese": "夜のビート・セッション",
    "korean": "서울의 밤거리",
    "emoji": "🔥👻🎧❤",
    "arabic": "نبضات القلب ٢٠٢٦ پچگ",
    "hebrew": "אורות הלילה",
    "thai": "กรุงเทพ",
}
scripts = pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
weights = pytest.mark.parametrize("bold", [False, True], ids=["normal", "bold"])


def drawn(line: text.Line) -> str:
    return "".join(run.text for run in line.runs)


def visual(words: str) -> str:
    return drawn(text.fit(words, width=9999, size=20, smallest=20, bold=False))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode())  # noqa: S314 - our own


class TestClean:
    def test_leaves_only_what_xml_and_utf_8_can_carry(self, name: str) -> None:
        element = ElementTree.Element("text")
        element.text = text.clean(name)
        encoded = ElementTree.tostring(element, encoding="utf-8").decode()
        assert parsed(encoded).text == (text.clean(name) or None)

    def test_leaves_no_control_and_no_invisible_character(self, name: str) -> None:
        left = {c for c in text.clean(name) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"}}
        assert left <= {text.ZERO_WIDTH_NON_JOINER}

    def test_never_keeps_more_than_the_longest(self, name: str) -> None:
        assert len(text.clean(name)) <= text.LONGEST

    @pytest.mark.parametrize(
        ("words", "cleaned"),
        [
            ("  two \t\n words\u2028\u3000here ", "two words here"),
            ("a\x00b\ufffe\ud800c", "abc"),
            ("safe \u202egnp\u202c \u2066x\u2069", "safe gnp x"),
            ("a \u200b b", "a b"),
            ("❤\ufe0f 1\ufe0f\u20e3 👍🏽", "❤ 1 👍"),
            ("cafe\u0301", "café"),
            ("می\u200cخواهم", "می\u200cخواهم"),
            ("Z\u0351\u0352\u0353\u0354\u0355", "Z\u0353\u0354"),
        ],
    )
    def test_example(self, words: str, cleaned: str) -> None:
        assert text.clean(words) == cleaned

    def test_reads_the_beginning_of_a_text_only(self) -> None:
        class OnlySliced(str):
            def __iter__(self) -> Iterator[str]:
                raise AssertionError("the whole text was read")

            def split(self, *args: object, **options: object) -> list[str]:
                raise AssertionError("the whole text was split")

        million = OnlySliced("x" * 1_000_000)
        assert text.clean(million) == "x" * text.LONGEST

    @settings(deadline=None, database=None, max_examples=200)
    @given(st.text(st.characters(exclude_categories=()), max_size=200))
    def test_is_done_once(self, words: str) -> None:
        assert text.clean(text.clean(words)) == text.clean(words)


class TestFit:
    @weights
    def test_stays_in_the_box(self, name: str, bold: bool) -> None:
        assert text.fit(name, **BOX, bold=bold).width <= BOX["width"]

    @weights
    @settings(deadline=None, database=None, max_examples=200)
    @given(
        words=st.text(st.characters(exclude_categories=()), max_size=120),
        width=st.integers(0, 700),
    )
    def test_stays_in_any_box(self, words: str, width: int, bold: bool) -> None:
        line = text.fit(words, width=width, size=48, smallest=16, bold=bold)
        assert line.width <= width
        assert 16 <= line.size <= 48

    def test_keeps_the_size_of_what_fits(self) -> None:
        assert text.fit("Luna", **BOX, bold=True).size == BOX["size"]

    def test_shrinks_before_it_cuts(self) -> None:
        line = text.fit("Kid Sequencer", **BOX, bold=True)
        assert drawn(line) == "Kid Sequencer"
        assert BOX["smallest"] < line.size < BOX["size"]

    def test_shrinks_no_more_than_it_must(self) -> None:
        line = text.fit("Kid Sequencer", **BOX, bold=True)
        larger = text.fit("Kid Sequencer", width=9999, size=line.size + 1, smallest=1, bold=True)
        assert larger.width > BOX["width"]

    def test_cuts_at_the_smallest_size_with_an_ellipsis(self) -> None:
        line = text.fit("Midnight " * 20, **BOX, bold=True)
        assert line.size == BOX["smallest"]
        assert drawn(line).startswith("Midnight Midnight")
        assert drawn(line).endswith(text.ELLIPSIS)

    def test_cuts_the_end_of_arabic_which_is_its_left(self) -> None:
        line = text.fit("موسيقى الليل الطويل " * 4, **BOX, bold=True)
        assert drawn(line).startswith(text.ELLIPSIS)

    def test_draws_nothing_where_not_even_an_ellipsis_fits(self) -> None:
        assert text.fit("Midnight", width=3, size=40, smallest=20, bold=True).runs == ()


class TestWrap:
    def test_stays_in_the_box(self, name: str) -> None:
        lines = text.wrap(name, **BOX, bold=True)
        assert 1 <= len(lines) <= 2
        assert max(line.width for line in lines) <= BOX["width"]
        assert len({line.size for line in lines}) == 1

    def test_breaks_at_a_space_to_stay_large(self) -> None:
        lines = text.wrap("Midnight Wave", **BOX, bold=True)
        assert [drawn(line) for line in lines] == ["Midnight", "Wave"]
        assert lines[0].size == BOX["size"]

    def test_breaks_chinese_without_a_space(self) -> None:
        lines = text.wrap("夜的節拍在城市", **BOX, bold=True)
        assert [drawn(line) for line in lines] == ["夜的節拍在", "城市"]

    def test_cuts_the_second_line(self) -> None:
        first, second = text.wrap("Midnight " * 20, **BOX, bold=True)
        assert text.ELLIPSIS not in drawn(first)
        assert drawn(second).endswith(text.ELLIPSIS)


class TestDrawingOrder:
    @pytest.mark.parametrize(
        ("words", "order"),
        [
            ("אבג", "גבא"),
            ("Beat (אבג) 12", "Beat (גבא) 12"),
            ("אבג (live) 2026…", "…2026 (live) גבא"),
            ("אב ((גד)) 5!", "!5 ((דג)) בא"),
            ("«אב» (x)(y)", "(y)(x) «בא»"),
            ("a (b) < c", "a (b) < c"),
        ],
    )
    def test_right_to_left(self, words: str, order: str) -> None:
        assert visual(words) == order

    def test_arabic_letters_are_joined(self) -> None:
        assert visual("بيت") == "\ufe96\ufef4\ufe91"

    def test_persian_letters_are_not_joined_over_a_non_joiner(self) -> None:
        assert "\u200c" not in visual("می\u200cخواهم")
        assert visual("می\u200cخواهم") != visual("میخواهم")


class TestGlyphs:
    @scripts
    @weights
    def test_every_script_has_its_glyphs(self, words: str, bold: bool) -> None:
        line = text.fit(words, width=9999, size=40, smallest=40, bold=bold)
        assert fonts.LAST_RESORT not in drawn(line)
        for run in line.runs:
            has = fonts.advances(run.font_family, bold=bold)
            assert not {c for c in run.text if ord(c) not in has}

    @pytest.mark.parametrize("family", [fonts.HEADLINE_FAMILY, *fonts.FAMILIES])
    def test_every_family_is_installed(self, family: str) -> None:
        assert fonts.advances(family, bold=True), f"{family} is not installed: make setup"

    def test_a_family_that_is_not_installed_has_no_glyphs(self) -> None:
        assert fonts.advances("No Such Family", bold=False) == {}

    def test_what_no_font_has_is_drawn_as_a_box(self) -> None:
        assert visual("a\U0001bc00b") == f"a{fonts.LAST_RESORT}b"

    def test_neighbours_of_one_font_share_a_run(self) -> None:
        line = text.fit("Ghost 🔥👻 fire 夜", width=900, size=40, smallest=40, bold=False)
        assert line.runs == (
            text.Run("Ghost ", "Inter"),
            text.Run("🔥👻", "Noto Color Emoji"),
            text.Run(" fire ", "Inter"),
            text.Run("夜", "Noto Sans CJK JP"),
        )

    @scripts
    @weights
    @pytest.mark.parametrize("size", [15, 24, 33.5, 46, 112])
    def test_measures_what_cairo_draws(self, words: str, bold: bool, size: float) -> None:
        line = text.fit(words, width=9999, size=size, smallest=size, bold=bold)
        assert line.width == pytest.approx(cairo_width(line, bold), rel=0.035, abs=2)
        assert line.width >= cairo_width(line, bold) - 1


def cairo_width(line: text.Line, bold: bool) -> float:
    context = cairocffi.Context(cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, 1, 1))
    weight = cairocffi.FONT_WEIGHT_BOLD if bold else cairocffi.FONT_WEIGHT_NORMAL
    width = 0.0
    for run in line.runs:
        context.select_font_face(run.font_family, cairocffi.FONT_SLANT_NORMAL, weight)
        context.set_font_size(line.size)
        width += sum(context.text_extents(character)[4] for character in run.text)
    return width


@pytest.fixture
def forget_glyphs() -> Iterator[None]:
    """Glyphs are remembered; a test that takes fonts away must not leave its own behind."""
    remembered = (fonts.glyph, text._glyphs, text._runs)
    for function in remembered:
        function.cache_clear()
    yield
    for function in remembered:
        function.cache_clear()


@pytest.mark.usefixtures("forget_glyphs")
class TestWithoutFonts:
    def test_dejavu_alone_draws_all_it_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "advances", only("DejaVu Sans"))
        line = text.fit("Wave אב 夜", width=900, size=40, smallest=40, bold=True)
        assert line.runs == (text.Run("Wave בא □", "DejaVu Sans"),)

    def test_no_font_at_all_still_fits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "advances", only())
        line = text.fit("Midnight Wave 夜", **BOX, bold=True)
        assert line.runs == (text.Run("Midnight Wave 夜", fonts.GENERIC_FAMILY),)
        assert 0 < line.width <= BOX["width"]

    def test_no_fontconfig_is_no_font(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "_fontconfig", lambda: None)
        assert fonts.advances.__wrapped__("Inter", bold=True) == {}


def only(*families: str) -> object:
    installed = fonts.advances

    def advances(family: str, *, bold: bool) -> Mapping[int, float]:
        return installed(family, bold=bold) if family in families else {}

    return advances


class TestFittedTag:
    def fitted(self, words: str, anchor: str = "start") -> ElementTree.Element:
        source = "{% load card_text %}{% fitted 600 80 words width=300 size=60 smallest=20 "
        source += f"weight='bold' anchor='{anchor}' fill='#fff4e6' %}}"
        svg = Template(source).render(Context({"words": words}))
        return parsed(svg)

    def test_is_one_text_element_of_tspans(self, name: str) -> None:
        element = self.fitted(name)
        line = text.fit(name, **BOX, bold=True)
        assert element.tag == "text"
        assert {child.tag for child in element} <= {"tspan"}
        assert "".join(element.itertext()) == drawn(line)

    def test_tells_a_browser_to_keep_the_drawing_order_and_the_width(self) -> None:
        element = self.fitted("אבג")
        assert (element.get("direction"), element.get("unicode-bidi")) == ("ltr", "bidi-override")
        assert float(element.get("textLength", "nan")) == text.fit("אבג", **BOX, bold=True).width

    def test_names_the_font_of_each_run_first(self) -> None:
        families = [child.get("font-family") for child in self.fitted("夜 Wave")]
        assert families == ["Noto Sans CJK JP, sans-serif", "Inter Display, sans-serif"]

    @pytest.mark.parametrize(("anchor", "part"), [("start", 0), ("middle", 0.5), ("end", 1)])
    def test_anchor(self, anchor: str, part: float) -> None:
        element = self.fitted("Luna 🔥", anchor)
        width = float(element.get("textLength", "nan"))
        assert float(element.get("x", "nan")) == pytest.approx(600 - part * width, abs=0.1)

    def test_escapes(self) -> None:
        element = self.fitted("<b>&\"'")
        assert "".join(element.itertext()) == "<b>&\"'"
