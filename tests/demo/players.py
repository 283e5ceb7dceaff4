# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's players, with neither a screen nor a loudspeaker: each plays for a second or two, or says why it cannot.

`site` is where the daemon's streams are, http://ADDRESS:PORT, and `number` the service, the first of its playlist.
"""
import os
import re
import subprocess
import tempfile
import time

from programs import DemoError

PATIENCE = 60
#: Debian's user and group that own nothing
NOBODY = 65534


def ffmpeg(site: str, number: int) -> None:
    """Two seconds, every picture and sound of them decoded."""
    done = finished("ffmpeg", ["ffmpeg", "-nostdin", "-v", "error", "-t", "2", "-i", f"{site}/stream/{number}", "-map", "0:v",
                               "-map", "0:a", "-f", "null", "-"])
    if "orrupt" in done:
        raise DemoError(f"ffmpeg finds the stream damaged: {done[-500:]}")


def ffplay(site: str, number: int) -> None:
    """Of a stream without an end it never has enough: its clock has to run on by a second."""
    nowhere = dict(os.environ, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")

    def plays(said: str, _process) -> bool:
        clocks = [float(c) for c in re.findall(r"(\d+\.\d+) (?:A-V|M-V|M-A):", said)]
        return bool(clocks) and max(clocks) - min(clocks) > 1

    watch("ffplay", ["ffplay", "-hide_banner", "-stats", f"{site}/stream/{number}"], plays, env=nowhere)


def mpv(site: str, _number: int) -> None:
    """The whole playlist, two seconds of each."""
    finished("mpv", ["mpv", "--no-config", "--vo=null", "--ao=null", "--length=2", f"{site}/channels.m3u"])


def vlc(site: str, number: int) -> None:
    """Over its remote control it says what it has decoded, shown and played of the playlist's first entry."""
    command = ["vlc", "--intf", "oldrc", "--rc-fake-tty", "--vout", "dummy", "--aout", "dummy", f"{site}/channels.m3u"]
    with tempfile.TemporaryDirectory(prefix="cihost-vlc-") as home:
        identity = {}
        if os.getuid() == 0:
            # as root it does not run at all
            os.chown(home, NOBODY, NOBODY)
            identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

        def plays(said: str, process: subprocess.Popen) -> bool:
            # of several reports the last stays
            figures = {name: int(figure) for name, figure in re.findall(r"^\| (\S[^:]*?) *: +(\d+)", said, re.M)}
            if figures.get("demux corrupted") or figures.get("discontinuities"):
                raise DemoError(f"VLC finds the stream damaged: {figures}")
            if f"new input: {site}/stream/{number} " in said and figures.get("frames displayed", 0) >= 25 \
                    and figures.get("buffers played", 0) >= 25:
                return True
            process.stdin.write(b"stats\n")
            return False

        watch("VLC", command, plays, stdin=subprocess.PIPE, cwd=home, **identity,
              env={"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C"})


def finished(name: str, command: list) -> str:
    """What one said that ends by itself, and without an error."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        said, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        said, code = late.stdout or b"", None
    if code != 0:
        raise DemoError(f"{name} cannot play it: {said.decode(errors='replace').strip()[-1500:]}")
    return said.decode(errors="replace").strip()


def watch(name: str, command: list, plays, stdin=subprocess.DEVNULL, **how) -> None:
    """Runs it until plays(all that it said so far, the process) is true; what it said is the error otherwise."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=stdin, stdout=log, stderr=subprocess.STDOUT, bufsize=0, **how)

        def said() -> str:
            return os.pread(log.fileno(), 1 << 20, 0).decode(errors="replace")

        end = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < end and process.poll() is None:
                if plays(said(), process):
                    return
                time.sleep(0.2)
        except BrokenPipeError:
            pass  # it has ended
        finally:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()
        text = said()
        raise DemoError(f"{name} does not play it: {text if len(text) < 3000 else text[:1500] + ' … ' + text[-1500:]}")
