#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams over HTTP with the real programs: players take the playlist and the streams, many viewers share one wish, which
ends with the last of them, and one that does not read costs the others nothing.
"""
import argparse
import http.client
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import players
from bench import FREQUENCY, Bench, run, service
from programs import DemoError

WATCHED, OTHER = 101, 103
PACKET = 188


def port_of(bench: Bench) -> int:
    where = bench.control.call("status")["http"]
    if not where:
        raise DemoError("the daemon has no streams")
    return int(where.rsplit(":", 1)[1])


def get(bench: Bench, path: str, method: str = "GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(bench), timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer, connection


def page(bench: Bench, path: str, method: str = "GET", **headers) -> tuple[int, str]:
    answer, connection = get(bench, path, method, **headers)
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def viewers(bench: Bench) -> int:
    wishes = bench.control.call("plan")["wishes"]
    return sum(w["viewers"] for w in wishes if w["kind"] == "viewer")


def start(bench: Bench) -> str:
    # any free port: several tests may run
    bench.start_daemon(f"name = \"virtual\"\nfrequency = {FREQUENCY}\n\n[http]\nlisten = \"127.0.0.1:0\"\n")
    bench.wait("the names of the services", lambda r: service(r, WATCHED).get("name") and r["cams"][0]["ca_system_ids"])
    return "the daemon runs"


def pages(bench: Bench) -> str:
    status, text = page(bench, "/channels.m3u")
    lines = text.splitlines()
    if status != 200 or lines[0] != "#EXTM3U" or f"http://127.0.0.1:{port_of(bench)}/stream/{WATCHED}" not in lines:
        raise DemoError(f"the playlist is {text}")
    if not any(line.startswith("#EXTINF:-1") and line.endswith(",Cinema One") for line in lines):
        raise DemoError(f"the playlist does not name Cinema One: {text}")
    expected = [("/", "GET", {}, 200), ("/nothing", "GET", {}, 404), ("/stream/7", "GET", {}, 404),
                ("/stream/Nobody%20Nine", "GET", {}, 404), ("/stream/7", "HEAD", {}, 404),
                (f"/stream/{WATCHED}", "HEAD", {}, 200), ("/stream/cinema%20one", "HEAD", {}, 200),
                (f"/stream/{WATCHED}", "POST", {}, 405), ("/%zz", "GET", {}, 400),
                ("/", "GET", {"Host": "evil.example"}, 403),
                (f"/stream/{WATCHED}", "GET", {"Sec_Fetch_Site": "cross-site"}, 403)]
    for path, method, headers, status in expected:
        found, text = page(bench, path, method, **headers)
        if found != status:
            raise DemoError(f"{method} {path} {headers}: {found} instead of {status}: {text}")
        if status >= 400 and method != "HEAD" and "." not in text:
            raise DemoError(f"{method} {path}: no sentence says why: {text}")
    if viewers(bench):
        raise DemoError("HEAD makes a wish")
    return f"playlist, index and {len(expected)} answers as they should be"


def play(bench: Bench) -> str:
    """Those that are installed; ffmpeg always is."""
    site = f"http://127.0.0.1:{port_of(bench)}"
    played = []
    for name, player in {"ffmpeg": players.ffmpeg, "ffplay": players.ffplay, "mpv": players.mpv, "vlc": players.vlc}.items():
        if name != "ffmpeg" and shutil.which(name) is None:
            print(f"     no {name} here")
            continue
        player(site, WATCHED)
        played.append(name)
    # and through a pipe, as the command line does it
    cihost = subprocess.Popen([bench.bin / "cihost", "--socket", bench.work / "control.sock", "stream", "Cinema One"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    data = cihost.stdout.read(400 * PACKET)
    cihost.stdout.close()
    if cihost.wait(20) or len(data) != 400 * PACKET or any(data[i] != 0x47 for i in range(0, len(data), PACKET)):
        raise DemoError(f"cihost stream gives no packets: {cihost.stderr.read().decode()}")
    cihost.stderr.close()
    return f"{', '.join(played)} and cihost stream play it"


def many_share(bench: Bench) -> str:
    all_viewers = [get(bench, f"/stream/{WATCHED}") for _ in range(20)]
    bench.wait("20 viewers of one wish", lambda r: viewers(bench) == 20 and service(r, WATCHED)["viewers"] == 20)
    wishes = [w for w in bench.control.call("plan")["wishes"] if w["kind"] == "viewer"]
    if len(wishes) != 1 or wishes[0]["program_number"] != WATCHED:
        raise DemoError(f"20 viewers of one service make the wishes {wishes}")
    for answer, _ in all_viewers:
        data = answer.read(100 * PACKET)
        if answer.status != 200 or answer.getheader("Content-Type") != "video/mp2t" or data[0] != 0x47:
            raise DemoError("a viewer gets no stream")
    for answer, connection in all_viewers:
        answer.close()
        connection.close()
    bench.wait("the end of the wish", lambda r: viewers(bench) == 0 and not service(r, WATCHED)["wanted"])
    return "20 viewers share one wish, which ends with the last of them"


def slow_harms_nobody(bench: Bench) -> str:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", port_of(bench)))
    slow.sendall(f"GET /stream/{OTHER} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    good, connection = get(bench, f"/stream/{OTHER}")
    counters: dict[int, int] = {}
    gaps = packets = 0
    while packets < 6000:
        data = good.read(50 * PACKET)
        for at in range(0, len(data), PACKET):
            packet = data[at:at + PACKET]
            number = (packet[1] & 0x1F) << 8 | packet[2]
            if packet[3] & 0x10:
                if number in counters and (counters[number] + 1) & 15 != packet[3] & 15:
                    gaps += 1
                counters[number] = packet[3] & 15
            packets += 1
    if gaps:
        raise DemoError(f"the viewer beside one that does not read misses packets: {gaps} gaps in {packets}")
    slow.close()
    bench.wait("the other viewer alone", lambda r: viewers(bench) == 1)
    good.close()
    connection.close()
    return f"beside a viewer that does not read, another has {packets} packets without a gap"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-streaming-") as folder:
        return run([start, pages, play, many_share, slow_harms_nobody],
                   Bench(options.bin, pathlib.Path(folder), ["--services", f"{WATCHED},{OTHER}"]))


if __name__ == "__main__":
    sys.exit(main())
