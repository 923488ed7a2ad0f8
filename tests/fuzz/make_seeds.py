#!/usr/bin/env python3
"""Makes the seeds: from the golden bytes, cases and descriptions of this repository, and from what ffmpeg draws and plays. Nothing in
them is anybody's. Those that are there are overwritten; what was found lies in `found` and is not touched."""

import base64
import gzip
import io
import json
import pathlib
import subprocess
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
SEEDS = HERE / "seeds"


def seed(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def envelopes():
    unsigned = {"record", "check_in", "text", "dropped", "consent", "consent_check_in"}
    for path in sorted(ROOT.glob("shared/protocol/tests/golden/v*/*.hex")):
        message = bytes.fromhex(path.read_text())
        # The target signs what it is given.
        message = message if path.stem in unsigned else message[:-64]
        seed("envelope", f"{path.stem}-{path.parent.name}", message)
    for case in json.loads((ROOT / "shared/protocol/vectors/batches.json").read_text()):
        groups, low = (bytes.fromhex(case["fields"][part]) for part in ("groups", "low"))
        seed("envelope", "columns-" + slug(case["name"]), len(groups).to_bytes(2, "little") + groups + low)
    seed("envelope", "broker", "mqtts://broker.example:8883/" + "ab" * 32)
    seed("envelope", "topic", "attune/v1/up/" + "07" * 16)


def slug(text):
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())[:40]


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return len(value).to_bytes(2, "big") + value


def packet(first, body):
    length, rest = b"", len(body)
    while True:
        rest, low = divmod(rest, 128)
        length += bytes([low | (0x80 if rest else 0)])
        if not rest:
            return bytes([first]) + length + body


def gate():
    name, secret = "07" * 16, "5a" * 64
    connect = {
        3: packet(0x10, text("MQTT") + b"\x04\xc2\x00\x1e" + text("anybody") + text(name) + text(secret)),
        5: packet(0x10, text("MQTT") + b"\x05\xc2\x00\x1e\x08\x21\x00\x10\x27\x00\x01\x00\x00" + text("") + text(name) + text(secret)),
    }
    up, down = f"attune/v1/up/{name}", f"attune/v1/down/{name}"
    batch = (SEEDS / "envelope/batch-v2").read_bytes()
    said = {
        3: {
            "publish": packet(0x32, text(up) + b"\x00\x07" + batch),
            "publish-once": packet(0x30, text(up) + batch),
            "subscribe": packet(0x82, b"\x00\x09" + text(down) + b"\x01"),
            "confirmed": packet(0x40, b"\x00\x07"),
            "ping": packet(0xC0, b""),
            "goodbye": packet(0xE0, b""),
        },
        5: {
            "publish": packet(0x32, text(up) + b"\x00\x07\x05\x02\x00\x00\x00\x07" + batch),
            "publish-once": packet(0x30, text(up) + b"\x00" + batch),
            "subscribe": packet(0x82, b"\x00\x09\x00" + text(down) + b"\x01"),
            "subscribe-named": packet(0x82, b"\x00\x09\x02\x0b\x07" + text(down) + b"\x01"),
            "confirmed": packet(0x40, b"\x00\x07\x10"),
            "ping": packet(0xC0, b""),
            "goodbye": packet(0xE0, b"\x00\x00"),
        },
    }
    for version, packets in said.items():
        which = bytes([1 if version == 3 else 2])
        seed("gate", f"{version}-connect", bytes([0, 5]) + connect[version])
        seed("gate", f"{version}-all", bytes([0, 200]) + connect[version] + b"".join(packets.values()))
        for what, bytes_of_it in packets.items():
            seed("gate", f"{version}-{what}", which + b"\x03" + bytes_of_it)
    will = packet(0x10, text("MQTT") + b"\x04\x06\x00\x1e" + text("anybody") + text("will/topic") + text("gone"))
    seed("gate", "3-will", bytes([0, 1]) + will)
    seed("gate", "31", bytes([0, 1]) + packet(0x10, text("MQIsdp") + b"\x03\x02\x00\x1e" + text("anybody")))


def wearables():
    # As SHIPPED numbers them.
    shipped = ["heart-rate-strap", "polar-h10", "polar-verity-sense", "movesense", "pinetime-infinitime", "bangle-js", "arduino-nano-33-ble"]
    of_cases = {"heart-rate-flags": 0, "heart-rate-odd": 0, "polar-ecg": 1, "polar-acc": 2, "polar-control": 2, "polar-ppg-ppi": 2,
                "movesense": 3, "infinitime": 4, "bangle": 5, "battery-and-info": 0}
    for name, number in of_cases.items():
        cases = json.loads((ROOT / f"shared/analysis/tests/packets/{name}.json").read_text())["cases"]
        for place, case in enumerate(cases[::4]):
            packets = [p["text"].encode() if "text" in p else bytes.fromhex(p["hex"]) for p in case["packets"][:6]]
            characteristic = {"polar-control": 0, "battery-and-info": 1 + place % 2}.get(name, 1 if number in (1, 2, 3) else 0)
            notified = b"".join(bytes([characteristic, 20, len(packet)]) + packet for packet in packets if len(packet) < 256)
            seed("wearables", f"{name}-{place}", bytes([number]) + notified)
    for name in shipped:
        description = (ROOT / f"firmware-config/{name}.toml").read_bytes()
        seed("wearables", f"description-{name}", b"\xff" + description + b"\0" + bytes.fromhex("000a04103c0004"))


def recordings():
    motion = "".join(f"{20 * n},0.1,-0.2,9.{n % 10},0.01,0.02,0.03\n" for n in range(12))
    tables = {
        "motion-milliseconds": "timestamp_ms,x,y,z,gx,gy,gz\n" + motion,
        "motion-seconds": "time_s,ax,ay,az\n0.00,0,0,9.8\n0.02,0,0,9.8\n0.04,0,0.1,9.7\n0.06,0,0,9.8\n",
        "motion-g": "time;x (g);y (g);z (g)\n0,00;0,01;0,02;1,0\n0,02;0,01;0,02;1,0\n0,04;0,01;0,02;0,9\n",
        "motion-dates": "time,x,y,z\n2026-01-01T09:00:00.000Z,0,0,9.8\n2026-01-01T09:00:00.020Z,0,0,9.8\n2026-01-01T09:00:00.040Z,0,0,9.8\n",
        "motion-clock": "time,x,y,z\n23:59:59.98,0,0,9.8\n00:00:00.00,0,0,9.8\n00:00:00.02,0,0,9.8\n",
        "motion-unsorted": "timestamp,x,y,z\n1767258000040,0,0,9.8\n1767258000000,0,0,9.8\n1767258000020,0,0,9.8\n",
        "motion-rate": "1644227574.0, 1644227574.0, 1644227574.0\n32.0, 32.0, 32.0\n0,0,64\n0,0,-32\n",
        "heart-intervals": "time_s,rr_ms\n0.8,800\n1.6,810\n2.4,790\n3.2,1200\n",
        "heart-rates": "timestamp,bpm\n1767258000000,61\n1767258001000,62\n1767258002000,63\n",
        "heart-lines": "800\n810\n790\n65535\n0\n805\n",
        "heart-packets": "time_s,characteristic,packet\n0.0,2a37,103c0004\n1.0,2a37,163d0003d003\n",
        "packets-milliseconds": "0,103c0004\n1000,103d0004\n",
        "packets-motion": "time_s,characteristic,packet\n0.0,fb005c82-02e7-f387-1cad-8acd2d8df0c8,0200c23227a543520801f7ffffffe703f8fffeffe503\n",
        "spreadsheet": "sep=;\ntime_s;hr\n0;61\n1;62\n",
    }
    for name, table in tables.items():
        seed("recordings", name, table)
    seed("recordings", "motion-packed", gzip.compress(tables["motion-milliseconds"].encode(), mtime=0))
    seed("recordings", "motion-utf16", b"\xff\xfe" + tables["motion-seconds"].encode("utf-16-le"))


def messages():
    texts = {
        "plain": "The the work is great. So is the day!",
        "mail": "No.\n\nOn Mon, Mar 2, 2026 at 9:12 AM Ben <\nu-ben@example.org> wrote:\n> Can you?\nFrom: Ben\nTo: Anna\nSubject: x\n",
        "slack": "<@U1> see <https://example.org|the plan> in <#C1|general> `x` ```code``` :) &gt; no",
        "crisis": "I can\u2019t go on, n o t  l i v e, s*icide; nobody here is suicidal",
        "details": "Anna M\u00fcller, +49 30 1234567, DE89 3704 0044 0532 0130 00, 4111 1111 1111 1111, 192.168.0.1, a@example.org",
        "scripts": "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u65e5\u672c\u8a9e \U0001f600\u200d\U0001f525 \u0000 e\u0301 \ufb01\u2026",
        "german": "Am Mo., 2. M\u00e4rz 2026 um 09:12 Uhr schrieb Ben:\n\nIch bin m\u00fcde, und das ist nicht gut.",
    }
    for name, content in texts.items():
        seed("text", name, content)


def ffmpeg(form, *arguments):
    """What ffmpeg makes, without its name and the time of day. Some of its forms need a file that can be sought in."""
    with tempfile.NamedTemporaryFile() as made:
        plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]
        subprocess.run(["ffmpeg", "-v", "error", *arguments, *plain, "-f", form, "-y", made.name], check=True)
        return made.read()


def drawn(form, *how, size="24x16", frames=1):
    return ffmpeg(form, "-f", "lavfi", "-i", f"testsrc=size={size}:rate=10", "-frames:v", str(frames), *how)


def played(form, *how, seconds=0.25, rate=16000):
    return ffmpeg(form, "-f", "lavfi", "-i", f"sine=frequency=220:sample_rate={rate}:duration={seconds}", *how)


def media():
    pictures = {
        "rgb.png": drawn("image2pipe", "-c:v", "png"),
        "gray.png": drawn("image2pipe", "-c:v", "png", "-pix_fmt", "gray"),
        "alpha.png": drawn("image2pipe", "-c:v", "png", "-pix_fmt", "rgba"),
        "palette.png": drawn("image2pipe", "-c:v", "png", "-pix_fmt", "pal8"),
        "deep.png": drawn("image2pipe", "-c:v", "png", "-pix_fmt", "rgb48be"),
        "scaled.png": drawn("image2pipe", "-c:v", "png", size="320x240"),
        "420.jpg": drawn("image2pipe", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
        "444.jpg": drawn("image2pipe", "-c:v", "mjpeg", "-pix_fmt", "yuvj444p"),
        "gray.jpg": drawn("image2pipe", "-c:v", "mjpeg", "-pix_fmt", "gray"),
        "scaled.jpg": drawn("image2pipe", "-c:v", "mjpeg", "-q:v", "20", size="320x240"),
        "lossy.webp": drawn("webp", "-c:v", "libwebp"),
        "lossless.webp": drawn("webp", "-c:v", "libwebp", "-lossless", "1"),
    }
    sounds = {
        "16.wav": played("wav", seconds=0.05),
        "24.wav": played("wav", "-c:a", "pcm_s24le", "-ac", "2", seconds=0.02),
        "float.wav": played("wav", "-c:a", "pcm_f32le", seconds=0.02),
        "mulaw.wav": played("wav", "-c:a", "pcm_mulaw", seconds=0.05, rate=8000),
        "mono.flac": played("flac"),
        "mono.mp3": played("mp3", "-b:a", "16k"),
        "vorbis.ogg": played("ogg", "-c:a", "libvorbis", "-q:a", "0"),
        "opus.ogg": played("ogg", "-c:a", "libopus", "-b:a", "8k", rate=48000),
        "opus.webm": played("webm", "-c:a", "libopus", "-b:a", "8k", rate=48000),
    }
    for name, content in (pictures | sounds).items():
        seed("media", name, content)
    for name in ("aac.m4a", "alac.m4a", "aac-fragments.mp4"):
        content = (ROOT / "shared/analysis/tests/media" / name).read_bytes()
        seed("media", name, content)
    return pictures, sounds


def bodies(pictures, sounds):
    b64 = lambda content: base64.b64encode(content).decode()
    reading = lambda n: {"timestamp": 100 + n / 50, "acceleration": {"x": 0, "y": 0.1, "z": 9.8}, "gyroscope": {"x": 0, "y": 0, "z": 0.1}}
    of_json = {
        "heart": {"heart_data": [800, 810, 790, 65535, 0], "user_id": "zoe", "session_id": "morning 7", "include_graph": True},
        "motion": {"motion_data": [reading(n) for n in range(4)], "timestamp": "2026-01-01T09:00:00+01:00", "duration_seconds": 5},
        "picture": {"face_image": b64(pictures["gray.jpg"]), "session_id": "01234567-89ab-cdef-0123-456789abcdef"},
        "picture-url": {"face_image_base64": "data:image/png;base64," + b64(pictures["gray.png"])},
        "sound": {"audio_base64": b64(sounds["mulaw.wav"]), "session_duration": 0.05},
        "unknown": {"heart_data": [800], "mood": {"a": [1, {"b": None}]}, "magnetometer": "no"},
        "preferences": {"store_sessions": True, "max_history_days": 30, "analysis_sensitivity": 0.5, "face": True, "voice": False,
                        "motion": True, "heart": True, "zone": "Europe/Vienna"},
    }
    for name, body in of_json.items():
        seed("bodies", f"{name}.json", json.dumps(body))

    def form(*parts):
        written = b""
        for name, more, content in parts:
            content = content.encode() if isinstance(content, str) else content
            written += f'--x\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
        return written + b"--x--\r\n"

    csv = '; filename="a.csv"\r\ncontent-type: text/csv'
    seed("bodies", "fields.form", form(("user_id", "", " zoe "), ("heart_data", "", "[800, 810]"), ("include_graph", "", "true"), ("mood", "", "x")))
    seed("bodies", "tables.form", form(("motion_data", csv, "timestamp,x,y,z\n0,0,0,9.8\n0.02,0,0,9.8\n"), ("heart_data", csv, "rr_ms\n800\n810\n")))
    seed("bodies", "files.form", form(("face_image", '; filename="a.png"\r\ncontent-type: image/png', pictures["gray.png"]),
                                      ("audio_data", '; filename="a.wav"', sounds["mulaw.wav"])))
    seed("bodies", "base64.form", form(("face_image_base64", "", b64(pictures["gray.jpg"])), ("duration_seconds", "", "0.5")))


def phone(pictures):
    fixtures = ROOT / "tests/fixtures/phone"
    for path in sorted((fixtures / "push").glob("*.body")):
        if path.stat().st_size < 3000:
            seed("pushes", path.stem, path.read_bytes())
    entry = lambda name, at, values: {"name": name, "time": 1767258000000000000 + at, "values": values}
    push = lambda number, *payload: json.dumps({"messageId": number, "sessionId": "s", "deviceId": "d", "payload": payload}).encode()
    axes = {"x": 0.1, "y": 0.2, "z": 9.8}
    several = [
        push(0, entry("accelerometer", 0, axes), entry("gravity", 10_000_000, axes), entry("heart rate", 0, {"bpm": 61})),
        push(1, entry("totalacceleration", 20_000_000, axes), entry("pedometer", 0, {"steps": 7})),
        push(2, entry("wrist motion", 40_000_000, {f"{part}{axis}": 0.5 for part in ("acceleration", "gravity", "rotationRate") for axis in "XYZ"})),
    ]
    seed("pushes", "several", b"\0".join(several))

    def archive(files, how=zipfile.ZIP_DEFLATED):
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", how) as opened:
            for name, content in files.items():
                opened.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 9, 0, 0)), content, how)
        return written.getvalue()

    rows = "".join(f"{1767258000000000000 + 20_000_000 * n},{n / 50},9.{n},0.2,0.1\n" for n in range(5))
    tables = {"TotalAcceleration.csv": "time,seconds_elapsed,z,y,x\n" + rows, "HeartRate.csv": "time,seconds_elapsed,bpm\n1767258000000000000,0,61\n"}
    parts = {"Accelerometer.csv": "time,seconds_elapsed,z,y,x\n" + rows, "Gravity.csv": "time,seconds_elapsed,z,y,x\n" + rows}
    readings = [{"sensor": "TotalAcceleration", "time": str(1767258000000000000 + 20_000_000 * n), "x": "0.1", "y": "0.2", "z": "9.8"} for n in range(4)]
    readings.append({"sensor": "HeartRate", "time": "1767258000000000000", "bpm": "61"})
    seed("files", "total.zip", archive(tables))
    seed("files", "parts.zip", archive(parts, zipfile.ZIP_STORED))
    seed("files", "json.zip", archive({"export.json": json.dumps(readings)}))
    seed("files", "export.json", json.dumps(readings))
    seed("files", "film.mjpeg", drawn("mjpeg", "-c:v", "mjpeg", frames=3))
    seed("files", "picture.jpg", pictures["gray.jpg"])
    seed("files", "picture.png", pictures["gray.png"])


def handed_over():
    off = {"message": "Off to lunch", "at": "2026-03-02T11:58:00Z"}
    back = {"message": "Back \u2019til four", "at": "2026-03-02T12:58:00.5+01:00"}
    seed("handed_over", "one", json.dumps(off))
    seed("handed_over", "list", json.dumps([{"message": "Off to lunch"}, {"message": ""}, back]))
    seed("handed_over", "lone", json.dumps([{"message": "\ud800"}, {"message": "a\0b"}, 5, {"text": "x"}]))
    seed("handed_over", "empty", "[]")


def hr():
    tables = ["activity", "leave", "onboarding", "performance", "rewards", "vibemeter"]
    fixtures = ROOT / "collector/hr/fixtures/reading"
    for told in sorted(fixtures.glob("*.json")):
        content = (fixtures / told.stem).read_bytes()
        if len(content) < 3000:
            number = tables.index(json.loads(told.read_text())["table"])
            seed("hr", told.stem, bytes([number]) + b"{}\0" + content)
    unclear = b"Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\nE1,1/2/2024,1,2,3,8\n"
    said = {
        "dates": {"dates": "year_first", "decimal": "comma"},
        "columns": {"columns": {"Employee_ID": 2, "Date": 2, "Work_Hours": 4294967295}, "table": "activity"},
        "others": {"sheet": "x", "scale": "zero_to_hundred", "zeros": True, "swapped": True, "repeats": "keep", "words": {"1": "6"}},
    }
    for name, answers in said.items():
        seed("hr", f"answers-{name}", b"\x06" + json.dumps(answers).encode() + b"\0" + unclear)


envelopes()
gate()
wearables()
recordings()
messages()
made = media()
bodies(*made)
phone(made[0])
handed_over()
hr()
