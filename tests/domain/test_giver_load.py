"""How full a giver is, in three words."""

from review.domain.giver_load import Room, measure_load


def test_room_for_one_more_is_told_in_three_steps():
    assert [measure_load(count).room for count in range(8)] == [
        Room.TIME,
        Room.TIME,
        Room.TIME,
        Room.TIME,
        Room.NEARLY,
        Room.NEARLY,
        Room.FULL,
        Room.FULL,
    ]


def test_the_words_of_a_step_are_the_same_for_every_number_in_it():
    assert {(str(load.words), str(load.why)) for load in map(measure_load, (6, 7, 40))} == {
        ("Full", "60 minutes or more are asked already")
    }
    assert {str(measure_load(count).why) for count in (4, 5)} == {"40 minutes or more are asked already"}
    assert measure_load(0).why is None
