# SPDX-License-Identifier: LGPL-2.1-or-later
"""An initramfs: the kernel's "newc" cpio format (Documentation/driver-api/early-userspace/buffer-format)."""


class Archive:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        # ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.align()
        self.data += content
        self.align()

    def align(self):
        self.data += bytes(-len(self.data) % 4)

    def folder(self, name: str):
        self.add(name, 0o040755)

    def file(self, name: str, content: bytes, mode: int = 0o644):
        self.add(name, 0o100000 | mode, content)

    def device(self, name: str, major: int, minor: int):
        self.add(name, 0o020600, device=(major, minor))

    def finish(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self.data)
