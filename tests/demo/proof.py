# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the demo proves, and why what it saw may not be enough.

No control word leaves the simulator: what the daemon wrote, said and holds is searched.

The simulator lists every control word it used. Each is looked for raw, as hex and as base64 in every
file and message of the daemon and in its memory. The simulator's own memory is the counter-test: a
search that does not find them there would prove nothing.
"""
import base64
import ctypes
import errno
import json
import os
import pathlib

LIBC = ctypes.CDLL(None, use_errno=True)
PAGE = os.sysconf("SC_PAGE_SIZE")
# A daemon at work has many times that in memory; a search of less has missed it.
LEAST_MEMORY = 1 << 20
# seconds between what the clock says of a recording and what its packets say
SLACK = 1.5


class _Vec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def control_words(file: pathlib.Path) -> list[bytes]:
    words = {bytes.fromhex(json.loads(line)["cw"]) for line in file.read_text().splitlines() if line.strip()}
    return sorted(words)


def patterns(word: bytes) -> list[bytes]:
    """Raw, hex (also with separators), base64 at each of the three alignments."""
    digits = word.hex()
    forms = [word]
    for text in (digits, " ".join(f"{b:02x}" for b in word), ":".join(f"{b:02x}" for b in word)):
        forms += [text.encode(), text.upper().encode()]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + word)
        # characters that hold bits of the neighbours depend on them: leave those out
        whole = (shift + len(word)) * 8 // 6
        forms.append(encoded[0 if shift == 0 else shift + 1 : whole])
    return forms


def _read(pid: int, at: int, size: int) -> bytes:
    """What process_vm_readv gives from there: less than asked for in front of a page that is not to be read."""
    buffer = ctypes.create_string_buffer(size)
    local, remote = _Vec(ctypes.addressof(buffer), size), _Vec(at, size)
    got = LIBC.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if got < 0 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS, errno.ESRCH):
        raise PermissionError(f"the memory of process {pid} could not be read ({os.strerror(ctypes.get_errno())})")
    return buffer.raw[:max(got, 0)]


def memory(pid: int, read=_read):
    """Every region of a process that it can have written to, in pieces."""
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, flags, *_ = line.split()
        if not flags.startswith("rw"):
            continue
        start, end = (int(x, 16) for x in span.split("-"))
        step = 64 << 20
        for at in range(start, end, step):
            last = at + min(step + 64, end - at)  # overlap: a word on the seam is found too
            place = at
            while place < last:
                data = read(pid, place, last - place)
                if data:
                    yield f"{place:x}", data
                # after a short read: on behind the page that cannot be read
                place += len(data)
                if place < last:
                    place += PAGE - place % PAGE


def search(words: list[bytes], where: str, data: bytes) -> list[str]:
    return [f"{where} holds {word.hex()} as {form!r}"
            for word in words for form in patterns(word) if data.find(form) >= 0]


def without_zero_pages(data: bytes):
    """The runs of pages that were ever written to, each with a little of what follows: most of a stack is untouched."""
    zeros, begin = bytes(PAGE), None
    for at in range(0, len(data) + PAGE, PAGE):
        page = data[at : at + PAGE]
        if page and page != zeros[: len(page)]:
            begin = at if begin is None else begin
        elif begin is not None:
            yield data[begin : at + 64]
            begin = None


def count_in_memory(words: list[bytes], pid: int) -> int:
    """How many of the words, raw, are in a process's memory."""
    left = set(words)
    for _, data in memory(pid):
        left -= {word for word in left if data.find(word) >= 0}
    return len(words) - len(left)


def search_memory(words: list[bytes], pid: int) -> tuple[list[str], int]:
    findings, size = [], 0
    for where, data in memory(pid):
        size += len(data)
        for used in without_zero_pages(data):
            findings += search(words, f"memory of process {pid} at {where}", used)
    return findings, size


def search_files(words: list[bytes], files: list[pathlib.Path]) -> tuple[list[str], int]:
    findings, size = [], 0
    for file in files:
        data = file.read_bytes()
        size += len(data)
        findings += search(words, str(file), data)
    return findings, size


def pmt_change_problems(events: list[dict], program: int) -> list[str]:
    """Why the simulator's events do not show that a service's new ECM PID took over before the old one ended."""
    moves = [e for e in events if e["event"] == "ecm_pid" and e["program_number"] == program]
    if not moves:
        return ["its ECMs never moved to another PID"]
    new, moved, ends = moves[-1]["new"], moves[-1]["t"], moves[-1]["old_ends"]
    problems = []
    if not any(e["event"] == "ca_pmt" and e["program"] == program and new in e["ecm_pids"]
               and moved <= e["t"] < ends for e in events):
        problems.append(f"no CA_PMT told the CAM of the new ECM PID {new:04X} before the old one ended")
    if not any(e["event"] == "first_keys" and e["ecm_pid"] == new and moved <= e["t"] < ends for e in events):
        problems.append(f"ECMs of the new PID {new:04X} gave the CAM no keys before the old one ended")
    return problems


def recording_problems(final: dict, service: dict, verified: dict, seconds: float, tail: float,
                       skipped: float = 0) -> list[str]:
    """Why a recording is not whole: identical from its first packet to its last says nothing of one that broke off.

    final, service: as the daemon reports them; verified: as cihost-sim does; seconds: from the first clear packet to
    the stop; tail: from the stop to the end of the source, which is another one for each recording; skipped: what the
    head-end left out because the machine stood still.
    """
    slack = SLACK + skipped
    tests = [
        (final["state"] == "stopped", f"its recording ended as '{final['state']}': {final['reason']}"),
        (final["dropped_packets"] == 0, f"{final['dropped_packets']} packets dropped on the way to the disk"),
        (abs(verified["seconds"] - seconds) <= slack, f"{verified['seconds']:.1f} s were recorded, but {seconds:.1f} s"
         " passed from the first clear packet to the stop"),
        (abs(verified["tail_seconds"] - tail) <= slack, f"it ends {verified['tail_seconds']:.1f} s before the source, but"
         f" was stopped {tail:.1f} s before"),
        (service["crypto_periods"] >= 1, "no crypto period was seen: nothing shows that keys changed"),
        (service["ecms"] > 0, "no ECM was seen")]
    return [sentence for well, sentence in tests if not well]


def decoding_problems(source: dict[str, int], before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Why the frames that decode, by codec_type, do not show that the module made the difference."""
    problems = []
    if not sum(source.values()):
        problems.append("nothing decodes from the clear source.ts, so that nothing decodes from scrambled.ts proves nothing")
    if sum(before.values()):
        problems.append(f"decodes from scrambled.ts: {before}")
    if not sum(after.values()):
        problems.append("nothing decodes from its recording")
    return problems


def self_test_of_recordings() -> None:
    final = {"state": "stopped", "reason": "", "dropped_packets": 0}
    service = {"crypto_periods": 2, "ecms": 40}
    verified = {"seconds": 10.2, "tail_seconds": 5.1}
    assert recording_problems(final, service, verified, 10.5, 5) == []
    assert recording_problems(final, service, verified, 12.5, 5, skipped=1.2) == []
    for arguments in ((final | {"state": "failed"}, service, verified, 10.5, 5),
                      (final | {"dropped_packets": 1}, service, verified, 10.5, 5),
                      (final, service | {"crypto_periods": 0}, verified, 10.5, 5),
                      (final, service | {"ecms": 0}, verified, 10.5, 5),
                      (final, service, verified, 12.5, 5), (final, service, verified, 8, 5),
                      (final, service, verified, 10.5, 3)):
        assert len(recording_problems(*arguments)) == 1, arguments
    none, some = {"video": 0, "audio": 0}, {"video": 0, "audio": 7}
    assert decoding_problems(some, none, some) == []
    for frames in ((none, none, some), (some, some, some), (some, none, none)):
        assert len(decoding_problems(*frames)) == 1, frames


def self_test_of_memory() -> None:
    word = os.urandom(8)
    for at in (0, PAGE - 3, 2 * PAGE, 10 * PAGE - 8):
        sparse = bytearray(10 * PAGE)
        sparse[at : at + 8] = word
        assert any(word in run for run in without_zero_pages(bytes(sparse))), at
    assert not list(without_zero_pages(bytes(10 * PAGE)))
    held = ctypes.create_string_buffer(4 << 20)  # kept alive: what is to be found
    held[3 << 20:(3 << 20) + 8] = word
    assert count_in_memory([word], os.getpid()) == 1

    def with_a_hole(pid: int, at: int, size: int) -> bytes:
        """As if the page in the middle of `held` could not be read."""
        hole = (ctypes.addressof(held) + (1 << 20)) // PAGE * PAGE
        if hole <= at < hole + PAGE:
            return b""
        return _read(pid, at, min(size, hole - at) if at < hole else size)

    # there, not only in the object `word`
    behind = ctypes.addressof(held) + (3 << 20)
    assert any(int(where, 16) + data.find(word) == behind for where, data in memory(os.getpid(), with_a_hole))

    def refused(pid: int, at: int, size: int) -> bytes:
        raise PermissionError("not permitted")

    try:
        list(memory(os.getpid(), refused))
    except PermissionError:
        return
    raise AssertionError("a refused search passed")


def self_test_of_pmt_change() -> None:
    move = {"t": 5.0, "event": "ecm_pid", "program_number": 1, "old": 0x30, "new": 0x31, "old_ends": 7.0}
    told = {"t": 5.2, "event": "ca_pmt", "program": 1, "ecm_pids": [0x31]}
    keys = {"t": 5.5, "event": "first_keys", "ecm_pid": 0x31, "elementary_pids": [0x101]}
    assert pmt_change_problems([move, told, keys], 1) == []
    for wrong in ([], [told, keys], [move, keys], [move, told], [move, told | {"program": 2}, keys],
                  [move, told | {"ecm_pids": [0x30]}, keys], [move, told, keys | {"ecm_pid": 0x30}],
                  [move, told, keys | {"t": 7.1}], [move, told | {"t": 4.9}, keys]):
        assert pmt_change_problems(wrong, 1), wrong


def self_test() -> None:
    word = os.urandom(8)
    for form in (word, word.hex().encode(), base64.b64encode(b"x" + word), base64.b64encode(b"xy" + word + b"z"),
                 word.hex(" ").upper().encode()):
        assert search([word], "self-test", b"\0" * 5 + form + b"\0"), form
    assert not search([word], "self-test", os.urandom(4096))


if __name__ == "__main__":
    self_test()
    self_test_of_memory()
    self_test_of_pmt_change()
    self_test_of_recordings()
    print("the search finds what it should find, and the judges see what is wrong")
