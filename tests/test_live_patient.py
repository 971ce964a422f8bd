"""A show without a clock waits for what is loaded, and what is held waits for its line."""

import pytest

from live.core.places import Own
from live.core.settings import Settings
from live.dance.performer import open_performer
from live.show.current_dance import PatientDance
from live.show.patient_screen import PatientScreen


@pytest.fixture
def screen():
    told = []
    made = PatientScreen(Settings(target="skeleton", dancers=3, output=(256, 96)), told.append)
    yield made
    made.close()
    assert not told


def test_what_is_asked_for_is_there_at_once_and_what_is_held_on_its_line(screen):
    before = screen.screen
    screen.change(hold=True, background="black")
    screen.change(hold=True, dancers=2)
    assert screen.screen is before
    screen.change(scale=0.5)
    assert (screen.wanted.scale, screen.wanted.background, screen.screen.n) == (0.5, "target", 3)
    screen.release("dancers")
    assert (screen.wanted.background, screen.screen.n) == ("target", 2)
    screen.release("dancers")
    screen.release()
    wanted = screen.wanted
    assert (wanted.background, wanted.scale, wanted.dancers) == ("black", 0.5, 2)


def test_places_are_held_as_well(screen):
    screen.place(lambda _: "1:0.4", hold=True)
    assert screen.screen.own == {}
    screen.release("places")
    assert screen.screen.own == {1: Own(0.4)}


def test_another_dance_waits_for_its_line():
    settings = Settings(dance="club")
    performer, told = open_performer(settings), []
    dances = PatientDance(settings, performer, told.append)
    dances.change("ballroom", hold=True)
    assert performer.next_dancer is None
    dances.release()
    assert performer.next_dancer.name == "ballroom"
    dances.change("free")
    assert performer.next_dancer.name == "free" and not told
    dances.close()
