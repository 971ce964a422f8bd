{
 "patcher": {
  "fileversion": 1,
  "appversion": {
   "major": 8,
   "minor": 5,
   "revision": 0,
   "architecture": "x64",
   "modernui": 1
  },
  "classnamespace": "box",
  "rect": [
   60.0,
   100.0,
   980.0,
   480.0
  ],
  "default_fontsize": 12.0,
  "default_fontface": 0,
  "default_fontname": "Arial",
  "boxes": [
   {
    "box": {
     "id": "title",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      10.0,
      420.0,
      22.0
     ],
     "text": "dancelive: what it sends to port 9100 (without any option)"
    }
   },
   {
    "box": {
     "id": "in",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      20.0,
      40.0,
      110.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "udpreceive 9100"
    }
   },
   {
    "box": {
     "id": "route",
     "maxclass": "newobj",
     "numinlets": 9,
     "numoutlets": 9,
     "patching_rect": [
      20.0,
      80.0,
      900.0,
      22.0
     ],
     "outlettype": [
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      "",
      ""
     ],
     "text": "route /dancelive/dancer/0/joint/l_wrist /dancelive/dancer/0/joint/r_wrist /dancelive/beat /dancelive/bar /dancelive/beat/bpm /dancelive/beat/phase /dancelive/audio/level /dancelive/dancer/0/pose"
    }
   },
   {
    "box": {
     "id": "left_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      130.0,
      110.0,
      22.0
     ],
     "text": "left wrist, x y"
    }
   },
   {
    "box": {
     "id": "left",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      20.0,
      155.0,
      80.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "text": "unpack 0. 0."
    }
   },
   {
    "box": {
     "id": "left_x",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      20.0,
      190.0,
      55.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "left_y",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      80.0,
      190.0,
      55.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "right_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      160.0,
      130.0,
      110.0,
      22.0
     ],
     "text": "right wrist, x y"
    }
   },
   {
    "box": {
     "id": "right",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      160.0,
      155.0,
      80.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "text": "unpack 0. 0."
    }
   },
   {
    "box": {
     "id": "right_x",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      160.0,
      190.0,
      55.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "right_y",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      220.0,
      190.0,
      55.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "beat_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      300.0,
      130.0,
      140.0,
      22.0
     ],
     "text": "on the beat: count, BPM"
    }
   },
   {
    "box": {
     "id": "beat",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      300.0,
      155.0,
      80.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "text": "unpack 0 0."
    }
   },
   {
    "box": {
     "id": "beat_flash",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      300.0,
      190.0,
      24.0,
      24.0
     ],
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "beat_count",
     "maxclass": "number",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      330.0,
      190.0,
      50.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "beat_bpm",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      385.0,
      190.0,
      55.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "bar_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      460.0,
      130.0,
      150.0,
      22.0
     ],
     "text": "first of a bar: count, beats"
    }
   },
   {
    "box": {
     "id": "bar",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      460.0,
      155.0,
      80.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "text": "unpack 0 0"
    }
   },
   {
    "box": {
     "id": "bar_flash",
     "maxclass": "button",
     "numinlets": 1,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      190.0,
      24.0,
      24.0
     ],
     "outlettype": [
      ""
     ]
    }
   },
   {
    "box": {
     "id": "bar_beats",
     "maxclass": "number",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      490.0,
      190.0,
      50.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "bpm_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      620.0,
      130.0,
      105.0,
      22.0
     ],
     "text": "tempo"
    }
   },
   {
    "box": {
     "id": "bpm",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      620.0,
      155.0,
      60.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "phase_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      730.0,
      130.0,
      105.0,
      22.0
     ],
     "text": "place in the beat"
    }
   },
   {
    "box": {
     "id": "phase",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      730.0,
      155.0,
      60.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "level_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      840.0,
      130.0,
      105.0,
      22.0
     ],
     "text": "level"
    }
   },
   {
    "box": {
     "id": "level",
     "maxclass": "flonum",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      840.0,
      155.0,
      60.0,
      22.0
     ],
     "outlettype": [
      "",
      ""
     ]
    }
   },
   {
    "box": {
     "id": "pose_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      225.0,
      200.0,
      22.0
     ],
     "text": "all 18 joints: x0 y0 x1 y1 ..."
    }
   },
   {
    "box": {
     "id": "pose",
     "maxclass": "multislider",
     "numinlets": 1,
     "numoutlets": 2,
     "patching_rect": [
      20.0,
      250.0,
      400.0,
      80.0
     ],
     "outlettype": [
      "",
      ""
     ],
     "size": 36,
     "setminmax": [
      0.0,
      1.0
     ]
    }
   },
   {
    "box": {
     "id": "out_c",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      460.0,
      225.0,
      300.0,
      22.0
     ],
     "text": "commands: start dancelive with --osc-in 9101"
    }
   },
   {
    "box": {
     "id": "out",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      460.0,
      400.0,
      150.0,
      22.0
     ],
     "text": "udpsend 127.0.0.1 9101"
    }
   },
   {
    "box": {
     "id": "send_0",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      250.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/blackout"
    }
   },
   {
    "box": {
     "id": "send_1",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      650.0,
      250.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/freeze"
    }
   },
   {
    "box": {
     "id": "send_2",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      277.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/mirror"
    }
   },
   {
    "box": {
     "id": "send_3",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      650.0,
      277.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/tap"
    }
   },
   {
    "box": {
     "id": "send_4",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      304.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/energy 0.5"
    }
   },
   {
    "box": {
     "id": "send_5",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      650.0,
      304.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/energy 0."
    }
   },
   {
    "box": {
     "id": "send_6",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      331.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/bpm 128."
    }
   },
   {
    "box": {
     "id": "send_7",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      650.0,
      331.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/bpm 0."
    }
   },
   {
    "box": {
     "id": "send_8",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      460.0,
      358.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/target skeleton"
    }
   },
   {
    "box": {
     "id": "send_9",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "patching_rect": [
      650.0,
      358.0,
      180.0,
      22.0
     ],
     "outlettype": [
      ""
     ],
     "text": "/dancelive/target alice"
    }
   }
  ],
  "lines": [
   {
    "patchline": {
     "source": [
      "in",
      0
     ],
     "destination": [
      "route",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      0
     ],
     "destination": [
      "left",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "left",
      0
     ],
     "destination": [
      "left_x",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "left",
      1
     ],
     "destination": [
      "left_y",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      1
     ],
     "destination": [
      "right",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "right",
      0
     ],
     "destination": [
      "right_x",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "right",
      1
     ],
     "destination": [
      "right_y",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      2
     ],
     "destination": [
      "beat",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "beat",
      0
     ],
     "destination": [
      "beat_flash",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "beat",
      0
     ],
     "destination": [
      "beat_count",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "beat",
      1
     ],
     "destination": [
      "beat_bpm",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      3
     ],
     "destination": [
      "bar",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "bar",
      0
     ],
     "destination": [
      "bar_flash",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "bar",
      1
     ],
     "destination": [
      "bar_beats",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      4
     ],
     "destination": [
      "bpm",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      5
     ],
     "destination": [
      "phase",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      6
     ],
     "destination": [
      "level",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "route",
      7
     ],
     "destination": [
      "pose",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_0",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_1",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_2",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_3",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_4",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_5",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_6",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_7",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_8",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "send_9",
      0
     ],
     "destination": [
      "out",
      0
     ]
    }
   }
  ]
 }
}
