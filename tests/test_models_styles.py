"""Which style is told: asked for, by metre and tempo, and without flutter between two."""

import numpy as np
import pytest

from models.controls import control_row
from models.spec import CONTROLS, Style
from models.styles import ANY, STYLE_OF, StyleChoice

STYLES = (Style("quick", 4, 124.0), Style("slow", 4, 87.0), Style("waltz", 3, 87.0))


@pytest.fixture
def choice() -> StyleChoice:
    return StyleChoice(STYLES)


def _heard(bpm: float, per_bar: int = 4) -> np.ndarray:
    return control_row(bpm, 0.3, None, per_bar)


def test_adds_one_number_a_style_and_changes_nothing_else(choice: StyleChoice) -> None:
    row = choice.given(_heard(125.0))
    assert row.shape == (len(CONTROLS) + 3,)
    assert np.array_equal(row[: len(CONTROLS)], _heard(125.0))
    assert row[len(CONTROLS) :].tolist() == [1, 0, 0]
    assert np.array_equal(StyleChoice().given(_heard(125.0)), _heard(125.0))


@pytest.mark.parametrize(
    ("bpm", "per_bar", "danced"),
    [(130, 4, "quick"), (112, 4, "quick"), (95, 4, "slow"), (60, 4, "slow"), (180, 3, "waltz")],
)
def test_goes_by_metre_and_tempo(
    choice: StyleChoice, bpm: float, per_bar: int, danced: str
) -> None:
    choice.given(_heard(bpm, per_bar))
    assert choice.danced == danced


def test_what_is_asked_for_goes_before_what_is_heard(choice: StyleChoice) -> None:
    assert choice.given(_heard(125.0), "waltz")[-3:].tolist() == [0, 0, 1]
    assert choice.given(_heard(125.0))[-3:].tolist() == [1, 0, 0]


def test_without_a_beat_it_goes_on_as_before_and_claims_nothing_at_the_start(
    choice: StyleChoice,
) -> None:
    unheard = control_row(0.0, None, None, 4)
    assert not choice.given(unheard)[-3:].any()
    choice.given(_heard(90.0))
    choice.given(unheard)
    assert choice.danced == "slow"
    choice.reset()
    assert not choice.given(unheard)[-3:].any()
    choice.given(control_row(0.0, None, None, 3))  # only one is in three
    assert choice.danced == "waltz"


def test_does_not_flutter_between_two(choice: StyleChoice) -> None:
    between = float(np.sqrt(124.0 * 87.0))
    for start, danced in ((124.0, "quick"), (87.0, "slow")):
        choice.given(_heard(start))
        for bpm in (between * 1.02, between / 1.02) * 3:
            choice.given(_heard(bpm))
            assert choice.danced == danced


def test_styles_of_unknown_tempo_and_metre_are_danced_only_when_asked_for() -> None:
    choice = StyleChoice((Style("a", 0, 0.0), Style("b", 0, 0.0)))
    assert not choice.given(_heard(100.0))[-2:].any()
    choice.given(_heard(100.0), "b")
    choice.given(_heard(100.0))
    assert choice.danced == "b"


def test_a_style_of_any_metre_is_danced_in_both() -> None:
    choice = StyleChoice((Style("any", 0, 100.0), Style("waltz", 3, 87.0)))
    choice.given(_heard(90.0, 4))
    assert choice.danced == "any", "nothing else is in four"
    choice.given(_heard(86.0, 3))
    assert choice.danced == "waltz", "the nearer one of both"
    choice.given(_heard(100.0, 3))
    assert choice.danced == "any"


@pytest.mark.parametrize("octaves", [0.11, 0.13])
def test_another_style_must_be_nearer_by_an_eighth_of_an_octave(octaves: float) -> None:
    choice = StyleChoice((Style("a", 4, 80.0), Style("b", 4, 160.0)))
    choice.given(_heard(80.0))
    # `octaves` nearer to b than to a.
    choice.given(_heard(80.0 * 2 ** (0.5 + octaves / 2)))
    assert choice.danced == ("a" if octaves < 0.12 else "b")


def test_a_dance_of_club_styles_goes_by_the_kind_of_music_not_by_tempo() -> None:
    names = ["free", "hiphop", "house", "party", "salsa"]
    choice = StyleChoice([Style(name, 4, 80.0 + 10 * i) for i, name in enumerate(names)])
    for groove, danced in (
        ("", "free"), ("techno", "house"), ("", "house"), ("waltz", "house"), ("trap", "hiphop"),
        ("disco", "party"), ("latin", "salsa"),
    ):  # fmt: skip
        choice.given(_heard(80.0), "auto", groove)
        assert choice.danced == danced, groove
    choice.given(_heard(125.0), "auto", "trap")
    assert choice.danced == "house", "so fast nobody dances hip-hop"
    for bpm, danced in ((107.0, "hiphop"), (112.0, "hiphop"), (119.0, "house"), (112.0, "house")):
        choice.given(_heard(bpm), "auto", "trap")
        assert choice.danced == danced, "no flutter"
    choice.given(_heard(80.0), "free", "techno")
    assert choice.danced == "free"
    choice.reset()
    assert choice.given(_heard(80.0))[-5:].tolist() == [1, 0, 0, 0, 0]


def test_ballroom_does_not_listen_to_kinds(choice: StyleChoice) -> None:
    choice.given(_heard(125.0), groove="techno")
    assert choice.danced == "quick"
    only_house = StyleChoice([Style("house", 4, 0.0), *STYLES])
    only_house.given(_heard(87.0), groove="house")
    assert only_house.danced != "house"


def test_every_kind_that_the_band_plays_has_its_style_but_the_waltz() -> None:
    from train.beats.config import GROOVES

    assert set(GROOVES) - set(STYLE_OF) == {"waltz"} and set(STYLE_OF) <= set(GROOVES)
    assert ANY not in STYLE_OF.values()
