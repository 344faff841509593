"""How full a giver is, in three words."""

from review.domain.giver_load import Limits, Room, measure_load, read_limits


def test_room_for_one_more_is_told_in_three_steps():
    assert [measure_load(count, Limits()).room for count in range(8)] == [
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
    assert {(str(load.words), str(load.why)) for load in (measure_load(count, Limits()) for count in (6, 7, 40))} == {
        ("Full", "60 minutes or more are asked already")
    }
    assert {str(measure_load(count, Limits()).why) for count in (4, 5)} == {"40 minutes or more are asked already"}
    assert measure_load(0, Limits()).why is None


def test_a_cycle_sets_its_own_limits():
    limits = read_limits({"giver_load": {"minutes_a_request": 15, "nearly_full_above": 20, "full_above": 50}})
    loads = [measure_load(count, limits) for count in range(4)]
    assert [load.room for load in loads] == [Room.TIME, Room.NEARLY, Room.NEARLY, Room.FULL]
    assert [str(load.why) for load in loads[1:]] == [
        "15 minutes or more are asked already",
        "15 minutes or more are asked already",
        "45 minutes or more are asked already",
    ]


def test_a_cycle_that_says_nothing_has_the_limits_that_are_shipped():
    assert read_limits({}) == Limits(10, 40, 60)
