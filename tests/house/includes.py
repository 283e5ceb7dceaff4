#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A room includes what stands above it in the list, never what stands below.

Also: ioctl only in device/ (but for the size of the command line's window), libdvbv5 only in its
folder there, Asio only from runtime/ on, src/ never from include/, what programs include needs the
standard library alone.
"""
import pathlib
import re
import sys

ROOMS = ["base", "ts", "en50221", "ciplus", "policy", "device", "runtime", "daemon"]
# the programs stand beside each other: none includes another
MAY = {room: set(ROOMS[: i + 1]) for i, room in enumerate(ROOMS)}
MAY["receiver"] = set(ROOMS[: ROOMS.index("runtime") + 1]) | {"receiver"}
MAY["client"] = {"base", "client"}
MAY["cli"] = {"base", "ts", "en50221", "policy", "cli"}
MAY["sim"] = {"base", "ts", "en50221", "policy", "device", "sim"}
# what libcihost-receiver and libcihost-client show programs: the standard library alone
PLAIN = {"channel.hpp", "control_client.hpp", "log_record.hpp", "receiver.hpp", "receiver_error.hpp", "recording.hpp",
         "recording_gap.hpp", "tuning.hpp"}
PURE = {"base", "ts", "en50221", "ciplus", "policy"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def findings(root: pathlib.Path):
    for path in sorted([*(root / "src").rglob("*.[ch]pp"), *(root / "include").rglob("*.hpp")]):
        relative = path.relative_to(root)
        public = relative.parts[0] == "include"
        room = relative.parts[1]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            kind, target = match.groups()
            where = f"{relative}:{number}"
            parts = target.split("/")
            other = parts[0] if kind == '"' else None
            if parts[0] == "cihost" and len(parts) == 3:
                other = parts[1]  # <cihost/ROOM/…>
            if public and kind == '"':
                yield f"{where}: a public header includes a private one: {target}"
            # what stands in include/cihost itself belongs to base
            room_here = "base" if public and len(relative.parts) == 3 else relative.parts[2] if public else room
            if other is not None and other not in MAY.get(room_here, set()):
                yield f"{where}: {room_here}/ may not include {target}"
            if public and parts[0] not in ("cihost",) and len(parts) > 1 and not target.startswith("boost/system/"):
                yield f"{where}: a public header includes more than Boost.System: {target}"
            if public and path.name in PLAIN and len(relative.parts) == 3 and "/" in target and parts[-1] not in PLAIN:
                yield f"{where}: {path.name} includes more than the standard library: {target}"
            if "asio" in target and (public or room in PURE | {"device"}):
                yield f"{where}: Asio below runtime/: {target}"
            if path.name == "window_size.cpp" and room == "cli" and target == "sys/ioctl.h":
                continue
            if target in ("sys/ioctl.h", "linux/dvb/ca.h", "linux/dvb/frontend.h") and room != "device":
                yield f"{where}: ioctl outside device/: {target}"
            libdvbv5 = relative.parts[:3] == ("src", "device", "libdvbv5")
            if (parts[0] == "libdvbv5" or target.startswith("device/libdvbv5/")) and not libdvbv5:
                yield f"{where}: libdvbv5 outside device/libdvbv5/: {target}"
            if (public or room in PURE) and target in ("spdlog/spdlog.h", "thread", "mutex", "sys/socket.h"):
                yield f"{where}: a pure room does I/O, logs or locks: {target}"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    bad = list(findings(root))
    print("\n".join(bad) or "all includes point upwards")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
