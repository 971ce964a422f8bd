"""The sheet of all keys: a table in which each key stands before what it does."""

import pytest
from painted import APPLICATION

from live.controls.keys import KEYS
from live.window.keys_sheet import SIZES_PX, KeysSheet, key_and_meaning

assert APPLICATION


def test_each_key_stands_before_what_it_does():
    told = {name: key_and_meaning(keys) for name, keys in KEYS}
    assert told["blackout"] == ("B", "blackout")
    assert told["target"] == ("PgUp PgDn", "another person")
    assert told["energy"] == ("↑ ↓", "livelier and calmer")
    assert told["scene"] == ("1 - 9", "a scene")
    assert told["half"] == (",", "count half the beats")
    assert told["keys"] == ("? F1", "all keys")
    for name, keys in KEYS:
        label, meaning = key_and_meaning(keys)
        assert label and meaning and keys.help.endswith(f" {meaning}"), name


@pytest.mark.parametrize("room", [(684, 688), (512, 512), (1920, 540), (1024, 384), (320, 240)])
def test_all_keys_are_there_in_columns_that_fit(room):
    sheet = KeysSheet()
    width, height = room
    table = sheet.table(*room)
    assert [line for column in table.columns for line in column] == sheet.lines
    assert table.width <= width and table.height <= height
    if width > 600:
        assert table.size_px == SIZES_PX[0] and sheet.heightForWidth(width) <= height
        assert sheet.table(width, sheet.heightForWidth(width)) == table, "given what it asks for"
        assert len(table.columns) > 1
    sheet.resize(*room)
    assert not sheet.grab().isNull()


def test_where_there_is_more_room_it_hides_less():
    heights = [KeysSheet().heightForWidth(width) for width in (400, 700, 1000, 1900)]
    assert heights == sorted(heights, reverse=True) and heights[-1] < heights[0] / 3


@pytest.mark.parametrize("room", [(256, 144), (100, 60), (1, 1)])
def test_in_the_smallest_window_meanings_are_cut_short_and_no_key_is_left_out(room):
    sheet = KeysSheet()
    table = sheet.table(*room)
    assert sum(map(len, table.columns)) == len(KEYS) and table.size_px == SIZES_PX[-1]
    sheet.resize(*room)
    assert not sheet.grab().isNull()
