"""People named in a text: whole names of any script, and nobody by half a name."""

import pytest

from review.domain.named_people import find_named, fold, fold_all


def named(name: str, text: str) -> bool:
    return find_named({1: name}, [("E1", text)]) == {1: ("E1",)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Erin Malik", "Erin Malik was there."),
        ("Erin Malik", "with ERIN   MALIK’s team"),
        ("Erin Malik", "(erin\nmalik)"),
        ("José Núñez", "Jose Nunez saw it"),
        ("José Núñez", "JOSE\u0301 NU\u0301N\u0303EZ"),
        ("Søren Ærø", "Soren Aero"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
        ("Jörg Weiß", "JÖRG WEISS"),
        ("İpek Işık", "ipek isik"),
        ("Anne-Marie O'Neill", "Anne Marie O’Neill"),
        ("Ива\u0301н Петров", "Иван Петров решил"),
        ("Μαρία Παππά", "ΜΑΡΙΑ ΠΑΠΠΑ"),
        ("محمد علي", "شكرا محمد علي"),
        ("山田太郎", "昨日は山田太郎と話した"),
        ("김 민수", "김민수가 말했다"),
        ("김 민수", "김 민수"),
        ("Erin Malik", "Er\u00adin Ma\u200blik"),
    ],
)
def test_a_whole_name_is_found(name, text):
    assert named(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Erin Malik", "Erin wrote it, not Malik"),
        ("Erin Malik", "Erin Maliki"),
        ("Erin Malik", "Catherin Malik"),
        ("Will", "Will this work?"),
        ("", "anything"),
        ("…", "… and so on"),
        ("林", "森林"),
    ],
)
def test_half_a_name_is_nobody(name, text):
    assert find_named({1: name}, [("E1", text)]) == {}


def test_each_text_is_counted_once_in_order_and_people_of_one_name_are_both_found():
    texts = [("E1", "Erin Malik"), ("E2", "nobody"), ("E3", "Dev Banerjee, Erin Malik"), ("E1", "Erin Malik again")]
    assert find_named({1: "Erin Malik", 2: "Dev Banerjee", 3: "Erin Malik", 4: "Sam Tran"}, texts) == {
        1: ("E1", "E3"),
        3: ("E1", "E3"),
        2: ("E3",),
    }


def test_a_text_is_folded_into_plain_words():
    assert fold("Déjà-vu, ÇA_va? 42") == ("deja", "vu", "ca", "va", "42")


def test_many_names_are_folded_as_each_alone():
    names = [
        "Erin Malik",
        "",
        "Søren\nÆrø",
        "José\r\nNúñez",
        "山田太郎",
        "…",
        "Er\u00adin\x0bMálik",
        "\u0301 Ek",
        "김 민수",
        "Weiß",
    ]
    expected = [
        ("erin", "malik"), (), ("soren", "aero"), ("jose", "nunez"), ("山田太郎",), (), ("erinmalik",), ("ek",),
        ("김", "민수"), ("weiss",),
    ]  # fmt: skip
    assert list(fold_all(names)) == [fold(name) for name in names] == expected
