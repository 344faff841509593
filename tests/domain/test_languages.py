"""Language and direction of a passage, told from its letters."""

import pytest

from review.domain.languages import LATIN, Speech, tell_speech


@pytest.mark.parametrize(
    ("words", "speech"),
    [
        ("", LATIN),
        ("Ångström and Đỗ Thị Hạnh (E1) – 3 × “fine”…", LATIN),
        ("😀 12 %", LATIN),
        ("E1 كتبت قائمة أسبوعية https://pages.example.test/a", Speech("ar", is_right_to_left=True)),
        ("یک فهرست هفتگی", Speech("und-Arab", is_right_to_left=True)),
        ("Data: רשימה שבועית של מה שכואב (E1)", Speech("he", is_right_to_left=True)),
        ("She is called נועה by her friends in the port", LATIN),
        ("Цены трёх починок", Speech("und-Cyrl")),
        ("Ένα φύλλο χρόνου", Speech("el")),
        ("ทดสอบภาษาไทย", Speech("th")),
        ("予約が見つからない問題", Speech("ja")),
        ("测试中文", Speech("zh")),
        ("세 가지 수리", Speech("ko")),
    ],
)
def test_letters_tell_language_and_direction(words, speech):
    assert tell_speech(words) == speech
