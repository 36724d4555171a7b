from __future__ import annotations

import pytest

NAMES = {
    "plain": "Midnight Wave",
    "empty": "",
    "blank": " \t\n\u3000 ",
    "long": "The sound of a thousand midnight trains that leave the station while nobody " * 2,
    "one long word": "Supercalifragilisticexpialidocious" * 5,
    "wide": "W" * 150,
    "narrow": "i" * 150,
    "emoji": "🔥👻 Ghost fire 🎧",
    "emoji sequences": "👨‍👩‍👧👍🏽🇩🇪1️⃣❤️" * 9,
    "chinese": "夜的節拍在城市的屋頂上一直響到天亮" * 4,
    "japanese": "夜のビート 東京ナイトドライブ・セッション",
    "korean": "서울의 밤거리를 걷는 사람들",
    "arabic": "نبضات القلب (live) في مدينة الدار البيضاء ٢٠٢٦",
    "persian": "می‌خواهم آهنگ شب را گوش کنم",
    "hebrew": "אורות הלילה (remix) בתל אביב 2026",
    "cyrillic and greek": "Прогулка по ночному городу, Ωκεανός",
    "thai": "กรุงเทพยามค่ำคืน",
    "controls": "NUL\x00 \x01\x08\x0b\x0c\x1b\x1f\x7f\x85 end",
    "surrogates": "lone \ud83d and \udc00 end",
    "forbidden": "\ufffe\uffff\U0001ffff\ufdd0 end",
    "bidi overrides": "safe \u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e end",
    "joiners": "a\u200d\ufe0f\ufe0eb\u200c\u2060\ufeff\u00adc",
    "piled marks": "Z" + "\u0351\u0352\u0353\u0316" * 40 + "algo",
    "markup": "</text><image href='http://127.0.0.1:9/x.png'/><script>&#0;]]>\"",
    "styles": "<style>@import url(http://127.0.0.1:9/x.css);</style>",
    "private and unknown": "\ue000\U000f0000\U0001f9ff\U000e0041 𓀀 end",
    "million": "🔥 beat " * 125_000,
}


@pytest.fixture(params=NAMES.values(), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    """One of the names that artists and producers may give."""
    return str(request.param)
