"""Threads of a show that break: started again once, or the end of the show."""

from live.show.worker import start_worker


class Part:
    def __init__(self, n_breaks):
        self.n_breaks, self.n_runs = n_breaks, 0

    def run(self):
        self.n_runs += 1
        if self.n_runs <= self.n_breaks:
            raise ValueError("oh")


def perform(n_breaks, is_fatal=False):
    part, warned, failed = Part(n_breaks), [], []
    worker = start_worker("paint", part.run, warned.append, failed.append if is_fatal else None)
    worker.join(2)
    assert not worker.is_alive()
    return part.n_runs, warned, failed


def test_one_that_ends_well_says_nothing():
    assert perform(0) == (1, [], [])


def test_one_that_breaks_is_started_again_once():
    again, off = (
        "paint broke (oh) and was started again",
        "paint broke (oh) and is off for the rest of the show",
    )
    assert perform(1) == (2, [again], [])
    assert perform(2) == (2, [again, off], [])


def test_what_the_show_needs_is_its_end():
    assert perform(1, is_fatal=True) == (1, [], ["The paint thread broke: oh"])
