# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of the lab's machine: Debian's kernel as ELF, our module, an initramfs. Cached by version."""
import dataclasses
import gzip
import hashlib
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess

from . import cpio

PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "busybox": "busybox-static", "make": "make", "gcc": "gcc",
            "dpkg-deb": "dpkg", "apt-get": "apt"}
# what the guest needs before it sees the host's files, and the DVB core
MODULES = ["virtio_pci", "virtio_console", "9p", "9pnet_virtio", "overlay", "dvb-core"]


class Unavailable(Exception):
    """This machine cannot have a lab; says why."""


class Broken(Exception):
    """Something of ours does not build."""


@dataclasses.dataclass
class Parts:
    version: str
    kernel: pathlib.Path
    module: pathlib.Path
    initramfs: pathlib.Path


def run(*words: str, cwd: pathlib.Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(words, cwd=cwd, text=True, capture_output=True, stdin=subprocess.DEVNULL)


def newest_headers() -> str:
    """By the package that always names the newest; else by what is installed."""
    answer = run("dpkg-query", "-W", "-f", "${Depends}", "linux-headers-amd64")
    named = re.search(r"linux-headers-([\w.+~-]+)", answer.stdout)
    if answer.returncode == 0 and named and (pathlib.Path("/usr/src") / f"linux-headers-{named[1]}").is_dir():
        return named[1]
    found = [path.name.removeprefix("linux-headers-") for path in pathlib.Path("/usr/src").glob("linux-headers-*-amd64")]
    if not found:
        raise Unavailable("no kernel headers (package linux-headers-amd64)")
    return max(found, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])


def fetch_image(version: str, folder: pathlib.Path) -> pathlib.Path:
    """Unpacks Debian's image package, never installs it. Gives the unpacked root."""
    root = folder / "root"
    if (root / "boot" / f"vmlinuz-{version}").exists():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    problem = ""
    for package in (f"linux-image-{version}", f"linux-image-{version}-unsigned"):
        answer = run("apt-get", "download", package, cwd=folder)
        problem = problem or answer.stderr.strip()
        package_file = next(folder.glob(f"{package}_*.deb"), None)
        if not package_file:
            continue
        partial = folder / "root.partial"
        shutil.rmtree(partial, ignore_errors=True)
        answer = run("dpkg-deb", "-x", str(package_file), str(partial))
        package_file.unlink()
        if answer.returncode == 0:
            partial.rename(root)
            return root
        problem = answer.stderr.strip()
    last = problem.splitlines()[-1] if problem else "not in the package archive"
    raise Unavailable(f"linux-image-{version} cannot be downloaded: {last}")


def extract_elf(bzimage: bytes) -> bytes:
    """The vmlinux in a bzImage (Linux x86 boot protocol 2.08 on): decompressing here saves the guest seconds."""
    setup_sectors = bzimage[0x1f1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bzimage[start:start + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"\x1f\x8b"):
        return gzip.decompress(payload[:-4])
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        if not shutil.which("zstd"):
            raise Unavailable("this kernel is compressed with zstd (package zstd)")
        return subprocess.run(["zstd", "-dcq"], input=payload[:-4], capture_output=True, check=True).stdout
    raise Broken("the kernel image is compressed in a way that is not known here")


def module_file(name: str, modules: dict[str, pathlib.Path]) -> bytes:
    data = modules[name].read_bytes()
    return lzma.decompress(data) if modules[name].suffix == ".xz" else data


def in_order(modules: dict[str, pathlib.Path]) -> dict[str, bytes]:
    """Every module needed, after those it depends on (as its .modinfo says)."""
    ordered: dict[str, bytes] = {}

    def add(name: str):
        key = name.replace("-", "_")
        if key in ordered or key not in modules:  # what is not a module is built in
            return
        data = module_file(key, modules)
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in (depends[1].decode().split(",") if depends else []):
            if other:
                add(other)
        ordered[key] = data

    for name in MODULES:
        add(name)
    return ordered


def build_module(version: str, folder: pathlib.Path, here: pathlib.Path) -> pathlib.Path:
    sources = sorted((here / "module").iterdir()) + [here.parents[1] / "src" / "sim" / "lab" / "lab_protocol.h"]
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in sources)).hexdigest()
    module, stamp = folder / "cihost_lab.ko", folder / "stamp"
    if module.exists() and stamp.exists() and stamp.read_text() == digest:
        return module
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sources:
        shutil.copy(path, folder)
    headers = f"/usr/src/linux-headers-{version}"
    answer = run("make", "-C", headers, f"M={folder}", f"-j{os.cpu_count()}", "KCFLAGS=-Werror", "modules")
    if answer.returncode != 0 or not module.exists():
        raise Broken(f"the module does not build:\n{answer.stdout}{answer.stderr}")
    stamp.write_text(digest)
    return module


def build_initramfs(root: pathlib.Path, module: pathlib.Path, here: pathlib.Path, target: pathlib.Path):
    init = here / "init.sh"
    inputs = [module, init, pathlib.Path(__file__)]
    if target.exists() and all(target.stat().st_mtime > path.stat().st_mtime for path in inputs):
        return
    found = {path.name.split(".")[0].replace("-", "_"): path for path in (root / "lib" / "modules").rglob("*.ko*")}
    busybox = pathlib.Path(shutil.which("busybox") or "/bin/busybox").resolve()
    if b"/ld-linux" in busybox.read_bytes()[:4096]:
        raise Unavailable("busybox is not static (package busybox-static)")
    archive = cpio.Archive()
    for folder in ("bin", "dev", "modules"):
        archive.folder(folder)
    archive.device("dev/console", 5, 1)
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    archive.file("init", init.read_bytes(), 0o755)
    ordered = in_order(found)
    for name, data in ordered.items():
        archive.file(f"modules/{name}.ko", data)
    archive.file("modules/order", "".join(f"{name}.ko\n" for name in ordered).encode())
    archive.file("modules/cihost_lab.ko", module.read_bytes())
    target.write_bytes(archive.finish())


def prepare(build: pathlib.Path, here: pathlib.Path, version: str | None) -> Parts:
    machine = os.uname().machine
    if machine != "x86_64":
        raise Unavailable(f"only on x86_64, not on {machine}")
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            raise Unavailable(f"no {program} (package {package})")
    version = version or newest_headers()
    if not pathlib.Path(f"/usr/src/linux-headers-{version}").is_dir():
        raise Unavailable(f"no headers of kernel {version} (package linux-headers-{version})")
    folder = build / version
    root = fetch_image(version, folder)
    kernel = folder / "vmlinux"
    if not kernel.exists():
        partial = folder / "vmlinux.partial"
        partial.write_bytes(extract_elf((root / "boot" / f"vmlinuz-{version}").read_bytes()))
        partial.rename(kernel)
    module = build_module(version, folder / "module", here)
    initramfs = folder / "initramfs.cpio"
    build_initramfs(root, module, here, initramfs)
    return Parts(version, kernel, module, initramfs)
