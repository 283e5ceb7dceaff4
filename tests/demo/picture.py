# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a viewer gets: asked of ffmpeg and ffprobe, which know nothing of us."""
import json
import pathlib
import subprocess

# One input pair a service, each with a look of its own.
PICTURES = ["testsrc2", "smptebars", "mandelbrot", "life=mold=10:life_color=#C83232:death_color=#3232C8",
            "cellauto=rule=110"]
NAMES = ["Cinema One", "Sport Two", "Docu Three", "Kids Four", "News Five"]


def make_stream(file: pathlib.Path, seconds: int = 8, group: int = 12, services: int = len(NAMES), rate: str = "10M",
                muxer: tuple[str, ...] = ()) -> None:
    """A clear multiplex of five services, or the first of them, with stuffing; `group` pictures from one that stands alone
    to the next; `muxer` holds further options of ffmpeg's."""
    command = ["ffmpeg", "-nostdin", "-v", "fatal", "-y"]
    for picture in PICTURES[:services]:
        separator = ":" if "=" in picture else "="
        command += ["-f", "lavfi", "-i", f"{picture}{separator}size=352x288:rate=25"]
    for number in range(services):
        command += ["-f", "lavfi", "-i", f"sine={330 + 110 * number}:r=48000"]
    command += ["-t", str(seconds)]
    for number in range(services):
        command += ["-map", str(number), "-map", str(number + services)]
    command += ["-c:v", "mpeg2video", "-b:v", "1000k", "-maxrate", "1200k", "-bufsize", "400k", "-g", str(group),
                "-pix_fmt", "yuv420p", "-c:a", "mp2", "-b:a", "128k"]
    for number, name in enumerate(NAMES[:services]):
        command += ["-program", f"program_num={101 + number}:title={name}:st={2 * number}:st={2 * number + 1}"]
    unfinished = file.with_suffix(".part")
    command += ["-f", "mpegts", "-muxrate", rate, *muxer, "-metadata", "service_provider=cihost demo", str(unfinished)]
    subprocess.run(command, check=True)
    unfinished.rename(file)


def make_radio(file: pathlib.Path, seconds: int = 4, rate: str = "1200k") -> None:
    """The five services as radio, with two languages each: a multiplex that a machine carries many of."""
    command = ["ffmpeg", "-nostdin", "-v", "fatal", "-y"]
    for number in range(2 * len(NAMES)):
        command += ["-f", "lavfi", "-i", f"sine={220 + 55 * number}:r=48000"]
    command += ["-t", str(seconds)]
    for number in range(2 * len(NAMES)):
        command += ["-map", str(number)]
    command += ["-c:a", "mp2", "-b:a", "64k"]
    for number, name in enumerate(NAMES):
        command += ["-program", f"program_num={101 + number}:title={name}:st={2 * number}:st={2 * number + 1}"]
    command += ["-f", "mpegts", "-muxrate", rate, "-metadata", "service_provider=cihost demo", str(file)]
    subprocess.run(command, check=True)


def decoded_frames(file: pathlib.Path, program: int | None = None) -> dict[str, int]:
    """Frames that decode, by codec_type, of one program or of the whole file."""
    command = ["ffprobe", "-v", "quiet", "-count_frames", "-show_entries", "stream=codec_type,nb_read_frames",
               "-of", "json"]
    if program is not None:
        command += ["-select_streams", f"p:{program}"]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True)
    frames = {"video": 0, "audio": 0}
    for stream in (json.loads(done.stdout or "{}")).get("streams", []):
        kind = stream.get("codec_type")
        if kind in frames and str(stream.get("nb_read_frames", "")).isdigit():
            frames[kind] += int(stream["nb_read_frames"])
    return frames


def _run(*arguments: str) -> bool:
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "fatal", "-y", *arguments], capture_output=True)
    return done.returncode == 0


def picture_of(file: pathlib.Path, png: pathlib.Path, program: int | None = None, at: float = 1.0) -> str:
    """One decoded frame, or the wave form of a service without video, or black: what there is to see."""
    png.unlink(missing_ok=True)
    video = f"0:p:{program}:v:0" if program is not None else "0:v:0"
    audio = f"0:p:{program}:a:0" if program is not None else "0:a:0"
    for seek in (["-ss", str(at)], []):
        if _run("-i", str(file), *seek, "-map", video, "-frames:v", "1", str(png)) and png.exists():
            return "a decoded frame"
    if _run("-i", str(file), "-filter_complex", f"[{audio}]aformat=channel_layouts=mono,showwavespic=s=640x240",
            "-frames:v", "1", str(png)) and png.exists():
        return "the wave form of its sound (the service has no video)"
    _run("-f", "lavfi", "-i", "color=black:s=640x360", "-frames:v", "1", str(png))
    return "black: nothing decodes"
