"""A TouchDesigner network that shows the dancer's joints and knows the beat.

Paste this file into a Text DAT and run it (right click, Run Script), or in the textport:
exec(open('.../dancelive_td.py').read()). It makes /project1/dancelive anew. dancelive sends to its
port without any option; to command the show, start it with --osc-in 9101 and send from `oscout`:
op('/project1/dancelive/oscout').sendOSC('/dancelive/blackout', [1])
"""

PORT, COMMANDS_PORT = 9100, 9101

JOINTS = [
    "nose", "neck", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "r_eye", "l_eye", "r_ear", "l_ear",
]  # fmt: skip

# Runs for each message; bundles are split by the OSC In DAT. Types stand beside each address.
CALLBACKS = """
JOINT = '/dancelive/dancer/0/joint/'  # ff
VALUES = {
    '/dancelive/audio/level': 'f',
    '/dancelive/beat/bpm': 'f',
    '/dancelive/beat/phase': 'f',
    '/dancelive/beat': 'if',
    '/dancelive/bar': 'ii',
}


def onReceiveOSC(dat, rowIndex, message, byteData, timeStamp, address, args, peer):
    if address.startswith(JOINT):
        joints, name = op('joints'), address[len(JOINT):]
        joints[name, 'x'] = args[0]
        joints[name, 'y'] = 1 - args[1]  # TouchDesigner's y goes up
    elif address == '/dancelive/info':  # iiis
        op('values')['aspect', 1] = args[1] / args[2]
    elif address in VALUES:
        op('values')[address.replace('/dancelive/', '').replace('/', '_'), 1] = args[0]
"""


def build():
    """The network, in a component of its own."""
    project = op("/project1")
    old = project.op("dancelive")
    if old:
        old.destroy()
    inside = project.create(baseCOMP, "dancelive")

    joints = inside.create(tableDAT, "joints")
    joints.clear()
    joints.appendRow(["joint", "x", "y"])
    for joint in JOINTS:
        joints.appendRow([joint, 0.5, 0.5])
    values = inside.create(tableDAT, "values")
    values.clear()
    for name, value in (("audio_level", 0), ("beat_bpm", 0), ("beat_phase", 0), ("beat", 0),
                        ("bar", 0), ("aspect", 1)):  # fmt: skip
        values.appendRow([name, value])

    callbacks = inside.create(textDAT, "callbacks")
    callbacks.text = CALLBACKS
    oscin = inside.create(oscinDAT, "oscin")
    oscin.par.port = PORT
    oscin.par.splitbundle = True
    oscin.par.callbacks = callbacks.name
    oscout = inside.create(oscoutDAT, "oscout")
    oscout.par.address = "127.0.0.1"
    oscout.par.port = COMMANDS_PORT

    _channels(inside, "joints_chop", "joints", "chanpercol", "names")
    _channels(inside, "values_chop", "values", "chanperrow", "values")
    _picture(inside)
    for n, operator in enumerate(inside.children):
        operator.nodeX, operator.nodeY = 200 * (n % 4), -150 * (n // 4)


def _channels(inside, name, table, output, first_row):
    """A table as channels: x and y with a sample for each joint, or one for each value."""
    chop = inside.create(dattoCHOP, name)
    chop.par.dat = table
    chop.par.output = output
    chop.par.firstrow = first_row
    chop.par.firstcolumn = "names"


def _picture(inside):
    """A dot for each joint, as high as the picture is."""
    geo = inside.create(geometryCOMP, "dots")
    for made in geo.children:
        made.destroy()
    dot = geo.create(circleSOP, "dot")
    dot.par.radx = dot.par.rady = 0.012
    dot.display = dot.render = True
    white = inside.create(constantMAT, "white")
    geo.par.material = white.name
    geo.par.instancing = True
    geo.par.instanceop = "joints_chop"
    geo.par.instancetx, geo.par.instancety = "x", "y"
    geo.par.sx.expr = "op('values_chop')['aspect']"  # x is 0..1 of the width
    camera = inside.create(cameraCOMP, "camera")
    camera.par.projection = "ortho"
    camera.par.orthowidth.expr = "op('values_chop')['aspect']"
    camera.par.tx.expr = "op('values_chop')['aspect'] / 2"
    camera.par.ty, camera.par.tz = 0.5, 5
    render = inside.create(renderTOP, "render")
    render.par.camera, render.par.geometry = camera.name, geo.name


build()
