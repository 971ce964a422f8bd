"""One step of the paper's painter: whom each stage teaches, by which losses, at which rate.

The equations of Wang et al. 2018 and Chan et al. 2019 are written here once more; their gradients
are looked for in what the program's own step left behind.
"""

import copy
import dataclasses
from itertools import pairwise

import pytest
from seeds import rng_of, seed_of
from superposed import FLOATS, shares_of

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

import torch.nn.functional as F

from models.nets.picture.paper_painter import FACE, LOCAL, WHOLE
from models.nets.picture.pose_picture import cut
from models.nets.picture.vgg import Vgg19
from train.person import drawn
from train.renderer.config import PAPER_TARGET_PRESETS
from train.renderer.paper import losses, step, train
from train.renderer.paper.pairs import Pairs
from train.run.device import CPU

TINY = PAPER_TARGET_PRESETS["paper-tiny"]
SETTINGS = dataclasses.replace(
    TINY,
    spec=dataclasses.replace(TINY.spec, local_blocks=1),
    learning_rate=0.01, feature_matching=6.0, perceptual=3.0,
)  # fmt: skip
RATE = 0.01
# Stage: the share of all steps, the networks that learn in it, and what its losses count.
OWN = {
    WHOLE: (0.1, "whole", "discriminator", {"real": 1.0, "features": 6.0, "perceptual": 3.0}),
    LOCAL: (
        0.7, "enhancer", "local_discriminator", {"real": 1.0, "features": 6.0, "perceptual": 6.0},
    ),
    FACE: (0.9, "face", "face_discriminator", {"real": 1.0, "perceptual": 3.0}),
}  # fmt: skip


class Step:
    """One step of one stage, and all that went into it."""

    def __init__(self, stage: str, share: float | None = None, with_vgg: bool = True) -> None:
        torch.set_num_threads(1)
        self.stage = stage
        at, self.painting, self.judging, _ = OWN[stage]
        torch.manual_seed(seed_of(1))
        self.vgg = Vgg19().eval().requires_grad_(False) if with_vgg else None
        self.learners = step.PaperLearners(SETTINGS)
        self.before = copy.deepcopy(self.learners)
        self.pair = Pairs(drawn.synthetic(64, 24, seed_of()), CPU).draw(rng_of(2))
        self.optimizer = torch.optim.SGD(self.learners.parameters(), lr=RATE)
        self.named = step.step(
            self.learners, self.optimizer, self.pair, SETTINGS, self.vgg,
            at if share is None else share,
        )  # fmt: skip

    def painted(self):
        """What the stage shows its discriminator, from the weights before: drawn, true, ours."""
        painter, joints, true = self.before.painter, self.pair.joints, self.pair.pictures
        if self.stage == FACE:
            first = painter.paint(joints[:1], torch.zeros_like(true[:1]))
            whole = torch.cat([first, painter.paint(joints[1:], first)]).detach()
            change, corners, limbs = painter.face_change(joints, whole)
            side = change.shape[-1]
            return limbs, cut(true, corners, side), cut(whole, corners, side) + change
        if self.stage == WHOLE:
            true = F.avg_pool2d(true, 2)  # the global generator is half as large
        paint = painter.paint_coarse if self.stage == WHOLE else painter.paint
        first = paint(joints[:1], torch.zeros_like(true[:1]))
        ours = torch.cat([first, paint(joints[1:], first)])
        limbs = painter.draw(joints, true.shape[-1])
        return limbs, true, ours

    def judged(self, limbs, pictures):
        """Both frames together before the discriminator, each face by itself."""
        seen = torch.cat([limbs, pictures], 1)
        if self.stage != FACE:
            seen = torch.cat([limbs.flatten(0, 1), pictures.flatten(0, 1)])[None]
        return getattr(self.before, self.judging)(seen)

    def gradients(self, of: str) -> torch.Tensor:
        network = getattr(self.learners.painter if of == "painter" else self.learners, self._of(of))
        return torch.cat([p.grad.flatten() for p in network.parameters()])

    def weights(self, of: str) -> list[torch.nn.Parameter]:
        network = getattr(self.before.painter if of == "painter" else self.before, self._of(of))
        return list(network.parameters())

    def _of(self, of: str) -> str:
        return self.painting if of == "painter" else self.judging


@pytest.fixture(scope="module", params=list(OWN))
def taken(request) -> Step:
    return Step(request.param)


def _towards(outputs, goal):
    return sum((scores[-1] - goal).square().mean() for scores in outputs)


def _flat(value, weights):
    slopes = torch.autograd.grad(value, weights, retain_graph=True, allow_unused=True)
    return torch.cat(
        [(torch.zeros_like(w) if s is None else s).flatten()
         for w, s in zip(weights, slopes, strict=True)]
    )  # fmt: skip


def _wishes(taken: Step) -> dict[str, torch.Tensor]:
    """What the painter is to do, each by itself, without its weight."""
    limbs, true, ours = taken.painted()
    of_true, of_ours = taken.judged(limbs, true), taken.judged(limbs, ours)
    wishes = {"real": _towards(of_ours, 1.0)}
    if taken.stage != FACE:
        wishes["features"] = sum(
            4 / (len(a) - 1) / len(of_true) * sum((x.detach() - y).abs().mean()
            for x, y in zip(a[:-1], b[:-1], strict=True))
            for a, b in zip(of_true, of_ours, strict=True)
        )  # fmt: skip
    seen = zip((1 / 32, 1 / 16, 1 / 8, 1 / 4, 1), taken.vgg(true), taken.vgg(ours), strict=True)
    wishes["perceptual"] = sum(weight * (a - b).abs().mean() for weight, a, b in seen)
    return wishes


def test_each_wish_teaches_the_painter_with_its_weight(taken):
    wishes = _wishes(taken)
    weights = taken.weights("painter")
    if taken.stage == LOCAL:  # half way through: the generator below learns with it
        weights += list(taken.before.painter.whole.body.parameters())
    parts = {name: _flat(value, weights) for name, value in wishes.items()}
    found = taken.gradients("painter")
    if taken.stage == LOCAL:
        below = taken.learners.painter.whole.body.parameters()
        found = torch.cat([found, *(p.grad.flatten() for p in below)])
    shares, left = shares_of(found, parts)
    assert shares == pytest.approx(OWN[taken.stage][3], rel=0.01) and left < 0.01
    told = {name.removeprefix("face_"): value.item() for name, value in taken.named.items()}
    assert told["generator_loss"] == pytest.approx(wishes["real"].item(), rel=1e-3)
    for name, value in wishes.items():
        if name != "real":
            wanted = OWN[taken.stage][3][name] * value.item()
            assert told[name] == pytest.approx(wanted, rel=1e-3)
    assert len(told) == len(wishes) + 1


def test_the_discriminator_learns_true_pictures_from_painted_ones(taken):
    """Half a loss each, and nothing of what the painter wants of it."""
    limbs, true, ours = taken.painted()
    weights = taken.weights("discriminator")
    values = {
        "true": _towards(taken.judged(limbs, true), 1.0),
        "painted": _towards(taken.judged(limbs, ours.detach()), 0.0),
    }
    parts = {name: _flat(value, weights) for name, value in values.items()}
    shares, left = shares_of(taken.gradients("discriminator"), parts)
    assert shares == pytest.approx({"true": 0.5, "painted": 0.5}, rel=0.01) and left < FLOATS
    name = next(name for name in taken.named if name.endswith("discriminator"))
    assert taken.named[name].item() == pytest.approx(
        sum(value.item() for value in values.values()) / 2, rel=1e-3
    )


def test_a_step_moves_its_stage_down_its_slope_and_nobody_else(taken):
    old = dict(taken.before.named_parameters())
    own = {f"painter.{taken.painting}", taken.judging}
    if taken.stage == LOCAL:
        own.add("painter.whole")
    for name, weight in taken.learners.named_parameters():
        is_own = any(name.startswith(f"{part}.") for part in own)
        assert is_own or weight.grad is None, name
        if weight.grad is None:
            assert torch.equal(weight, old[name]), name
        else:
            torch.testing.assert_close(weight, old[name] - RATE * weight.grad)


def test_the_enhancer_learns_alone_at_first():
    first = Step(LOCAL, share=0.46)
    assert all(p.grad is None for p in first.learners.painter.whole.parameters())
    assert all(p.grad is not None for p in first.learners.painter.enhancer.parameters())


def test_without_a_network_that_compares_pictures_the_face_is_told_by_its_features():
    taken = Step(FACE, with_vgg=False)
    assert set(taken.named) == {"face_discriminator", "face_generator_loss", "face_features"}
    limbs, true, ours = taken.painted()
    of_true, of_ours = taken.judged(limbs, true)[0], taken.judged(limbs, ours)[0]
    apart = sum((a - b).abs().mean() for a, b in zip(of_true[:-1], of_ours[:-1], strict=True))
    wanted = 6.0 * 4 / (len(of_true) - 1) * apart
    assert taken.named["face_features"].item() == pytest.approx(wanted.item(), rel=1e-3)
    value = _towards([of_ours], 1.0) + wanted
    shares, left = shares_of(
        taken.gradients("painter"), {"both": _flat(value, taken.weights("painter"))}
    )
    assert shares["both"] == pytest.approx(1, rel=0.01) and left < 0.01


def test_a_training_learns_at_the_rate_of_its_settings():
    learners = step.PaperLearners(SETTINGS)
    optimizer = train.new_optimizer(learners, SETTINGS)
    (group,) = optimizer.param_groups
    assert group["lr"] == RATE and group["betas"] == (0.5, 0.999), "as its authors have it"
    assert len(group["params"]) == len(list(learners.parameters()))


def test_the_stages_follow_each_other_without_a_gap():
    found = step.stages(SETTINGS)
    assert found[0].begin == 0 and found[-1].end == 1
    assert all(one.end == then.begin for one, then in pairwise(found))
    lasts = {stage.name: stage.end - stage.begin for stage in found}
    assert lasts == pytest.approx({WHOLE: 0.45, LOCAL: 0.35, FACE: 0.2})
    for stage in found:
        assert step.stage_at(SETTINGS, stage.begin) == stage
        middle = (stage.begin + stage.end) / 2
        assert stage.progress(middle) == pytest.approx(0.5)
        assert step.rate(SETTINGS, middle - 1e-9) == 1
        late = stage.begin + 0.75 * (stage.end - stage.begin)
        assert step.rate(SETTINGS, late) == pytest.approx(0.5), "half of the line down"
    assert step.stage_at(SETTINGS, 1.0).name == FACE


def test_what_the_sizes_have_not_has_no_stage():
    def names(**sizes) -> list[str]:
        spec = dataclasses.replace(SETTINGS.spec, **sizes)
        found = step.stages(dataclasses.replace(SETTINGS, spec=spec))
        assert found[0].begin == 0 and found[-1].end == 1
        return [stage.name for stage in found]

    assert names(face=False) == [WHOLE, LOCAL]
    assert names(local_blocks=0) == [WHOLE, FACE]
    assert names(face=False, local_blocks=0) == [WHOLE]


def test_features_are_compared_layer_by_layer_and_never_by_the_score():
    ones = [[torch.full((1, 1, 2, 2), 2.0), torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 1)]]
    other = [[layer.clone().requires_grad_() for layer in ones[0]]]
    with torch.no_grad():
        for layer, off in zip(other[0], (1.0, 10.0, 100.0), strict=True):
            layer += off
    value = losses.feature_matching(ones, other)
    assert value.item() == pytest.approx(4 / 2 * (1 + 10))
    value.backward()
    assert other[0][2].grad is None and other[0][0].grad is not None
