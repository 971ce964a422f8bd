"""Changes that take the heart out of the paper's training; a test has to fail for each.

`python -m benchmarks.mutants --heart paper` tells which. Whoever rewrites such a line rewrites it
here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heart:
    """One change by hand: `old` stands once in the file."""

    name: str
    file: str
    old: str
    new: str


PAPER, LOSSES = "train/dancer/paper.py", "train/dancer/paper_losses.py"
CRITICS, SHARPEN = "models/nets/dance/critics.py", "train/dancer/sharpen.py"
STEP, OF_PICTURES = "train/renderer/paper/step.py", "train/renderer/paper/losses.py"
METRIC, GENRE = "train/paper/metric_training.py", "train/paper/genre_network.py"
ACTION, ROWS = "train/paper/action_network.py", "train/paper/tables/rows.py"
SCORE, VALIDITY = "train/paper/cross_modal.py", "train/paper/validity.py"

PAPER_HEART: tuple[Heart, ...] = (
    # The dance and its critics.
    Heart("only L1 is descended", PAPER,
          "torch.stack(list(of_dance.values())).sum().backward()", 'of_dance["l1"].backward()'),
    Heart("the global critic stands still", PAPER,
          "(self.whole, settings.whole_rate)", "(self.whole, 0.0)"),
    Heart("the local critic learns at the dancer's rate", PAPER,
          "(self.local, settings.local_rate)", "(self.local, settings.generator_rate)"),
    Heart("the dancer does not learn", PAPER,
          "(self.generator, settings.generator_rate)", "(self.generator, 0.0)"),
    Heart("the local critic's wish counts nothing", PAPER,
          "losses.generator_loss(learners.local(ours))",
          "0.0 * losses.generator_loss(learners.local(ours))"),
    Heart("the global critic's wish counts nothing", PAPER,
          "losses.generator_loss(learners.whole.score(ours, features))",
          "0.0 * losses.generator_loss(learners.whole.score(ours, features))"),
    Heart("the dancer is to be called false", PAPER,
          "losses.generator_loss(learners.local(ours))",
          "losses.generator_loss(-learners.local(ours))"),
    Heart("L1 counts what it likes", PAPER, "weights.l1 * losses.l1", "losses.l1"),
    Heart("L1 in body units", PAPER, "poses / reach, truth / reach", "poses, truth"),
    Heart("features match themselves", PAPER,
          "losses.feature_matching(encoder, ours, real)",
          "losses.feature_matching(encoder, ours, ours.detach())"),
    Heart("the perceptual loss teaches nobody", PAPER,
          "losses.perceptual(seen.network, ours, wanted)",
          "losses.perceptual(seen.network, ours, wanted).detach()"),
    Heart("the penalty is never descended", PAPER,
          "settings.penalty_every * penalty", "settings.penalty_every * penalty.detach()"),
    Heart("the penalty counts once for the steps it is left out", PAPER,
          " * settings.penalty_every * penalty", " * penalty"),
    Heart("the penalty is due at every step", PAPER,
          "run.step % settings.penalty_every == 0", "True"),
    Heart("the penalty is never due", PAPER, "run.step % settings.penalty_every == 0", "False"),
    Heart("the penalty is of true poses alone", PAPER,
          "run.rng.random(shape[0])", "np.ones(shape[0])"),
    Heart("the critics learn nothing", PAPER,
          "torch.stack(list(of_critics.values())).sum().backward()", "pass"),
    Heart("the critics learn what the dancer wants", PAPER,
          "critic.requires_grad_(False)", "critic.requires_grad_(True)"),
    Heart("other music is the same music", PAPER, "features.roll(1, 0)", "features"),
    Heart("no real dance is shown with other music", PAPER, "if settings.mismatched:", "if False:"),
    Heart("the step is not taken", PAPER, "    optimizer.step()\n", ""),
    Heart("gradients pile up", PAPER, "    optimizer.zero_grad(set_to_none=True)\n", ""),
    Heart("a state is forgotten", PAPER,
          "learners.generator(audio, noise, None, state)",
          "learners.generator(audio, noise, None, None)"),
    Heart("the chance is nothing", PAPER,
          "rng.normal(0, sizes.noise_scale, ", "rng.normal(0, 0 * sizes.noise_scale, "),
    Heart("judged songs are learned", PAPER, "learned = taught(songs)", "learned = songs"),
    Heart("the penalty is by poses alone", LOSSES, "for slope in slopes]).sum(0)",
          "for slope in slopes[:1]]).sum(0)"),
    Heart("the penalty is one-sided towards 0", LOSSES,
          ".sqrt() - 1).square()", ".sqrt()).square()"),
    Heart("the penalty is of the logit", LOSSES,
          "torch.sigmoid(critic(mixed, music))", "critic(mixed, music)"),
    Heart("danced ones are true to a critic", LOSSES,
          "false = F.softplus(fake.float()).mean()", "false = F.softplus(-fake.float()).mean()"),
    Heart("all layers of the action network count alike", LOSSES,
          "TAP_WEIGHTS = (20.0, 5.0,", "TAP_WEIGHTS = (1.0, 1.0,"),
    Heart("the global critic hears nothing", CRITICS,
          "torch.stack([features, self.pose(poses)], 1)",
          "torch.stack([features.detach() * 0, self.pose(poses)], 1)"),
    Heart("the global critic sees nothing", CRITICS,
          "torch.stack([features, self.pose(poses)], 1)", "torch.stack([features, features], 1)"),
    # Sharpening the stage dance.
    Heart("sharpening: the critic's wish counts nothing", SHARPEN,
          'total + sharpening.critic * found["generator_loss"]', "total"),
    Heart("sharpening: the perceptual loss counts nothing", SHARPEN,
          'total + sharpening.perceptual * found["perceptual"]', "total"),
    Heart("sharpening: the critic does not learn", SHARPEN,
          'found["discriminator_loss"].backward()', "pass"),
    Heart("sharpening: the critic's rate is the dancer's", SHARPEN,
          '"lr": sharpening.critic_rate', '"lr": sharpening.learning_rate'),
    Heart("sharpening: judged songs are learned", SHARPEN,
          'taught = [song for song in songs if song.split == "train"]', "taught = songs"),
    # The painter of a person.
    Heart("painter: only the perceptual loss is descended", STEP,
          "torch.stack(list(named.values())).sum().backward()",
          'next(v for k, v in named.items() if "perc" in k or "feat" in k).backward()'),
    Heart("painter: the discriminator learns what the painter wants", STEP,
          "discriminator.requires_grad_(False)", "discriminator.requires_grad_(True)"),
    Heart("painter: the discriminator is shown nothing painted", STEP,
          "torch.cat([drawn, ours.detach()], 1)", "torch.cat([drawn, truth], 1)"),
    Heart("painter: the second frame does not know the first", STEP,
          "before = painter.paint_coarse(one, before)",
          "before = painter.paint_coarse(one, torch.zeros_like(before))"),
    Heart("painter: features count nothing", STEP,
          '"features": settings.feature_matching * losses',
          '"features": 0.0 * losses'),
    Heart("painter: the face is judged uncorrected", STEP,
          "ours = cut(picture, corners, side) + change",
          "ours = cut(picture, corners, side) + 0 * change"),
    Heart("painter: deep layers count as shallow ones", OF_PICTURES,
          "(1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)", "(1.0, 1.0, 1.0, 1.0, 1.0)"),
    Heart("painter: true pictures are false", OF_PICTURES,
          "0.5 * (_towards(real, 1.0) + _towards(false, 0.0))",
          "0.5 * (_towards(real, 0.0) + _towards(false, 1.0))"),
    # The networks that measure.
    Heart("measure: no other class is kept away", METRIC,
          "mmd_nca(points[0], points[1], list(points[2:]))",
          "mmd_nca(points[0], points[1], [points[0]])"),
    Heart("measure: judged dances are learned", METRIC,
          "known = gather(fold.known, describer)",
          "known = gather([*fold.known, *fold.judged], describer)"),
    Heart("measure: the dictionary is of judged songs", SCORE,
          "Scorer.of(gather(taught(songs), crnn), metric)",
          "Scorer.of(gather(songs, crnn), metric)"),
    Heart("measure: the held pose is that of judged songs", VALIDITY,
          "held = np.broadcast_to(known.dance.mean((0, 1)), segments.dance.shape)",
          "held = np.broadcast_to(segments.dance.mean((0, 1)), segments.dance.shape)"),
    Heart("table: the mean pose is that of judged songs", ROWS,
          "held = np.broadcast_to(known.dance.mean((0, 1)), unlearned.dance.shape)",
          "held = np.broadcast_to(unlearned.dance.mean((0, 1)), unlearned.dance.shape)"),
    Heart("table: Rand Seq is of judged songs", ROWS,
          "cross_modal.random_sequences(known, count, rng)",
          "cross_modal.random_sequences(unlearned, count, rng)"),
    Heart("table: Rand Frame is of judged songs", ROWS,
          "cross_modal.random_frames(known, count, rng)",
          "cross_modal.random_frames(unlearned, count, rng)"),
    Heart("genres: judged songs are heard", GENRE,
          "known = [track for track in tracks if track.fold != fold]", "known = tracks"),
    Heart("genres: classes count as often as they are heard", GENRE,
          "cross_entropy(logits.float(), goal, weights)", "cross_entropy(logits.float(), goal)"),
    Heart("actions: test clips are learned", ACTION,
          'taught = Actions([clip for clip in clips if clip.split == "train"], classes)',
          "taught = Actions(clips, classes)"),
)  # fmt: skip
