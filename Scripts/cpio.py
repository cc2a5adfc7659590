#!/usr/bin/env python3
"""Writes an initrd: Scripts/cpio.py ARCHIVE NAME=FILE... A FILE that ends in .xz is unpacked.

cpio is not everywhere where Python is, and it can make /dev/console only for root. The archive is not compressed:
an emulated processor would spend longer on unpacking it than QEMU spends on copying it.
"""

import lzma
import pathlib
import sys

FILE, FOLDER, DEVICE = 0o100000, 0o040000, 0o020000


class Archive:
    """The entries of a cpio archive of the kind "newc", which is what Linux takes."""

    def __init__(self):
        self.data = bytearray()
        self.count = 0
        self.folders = set()

    def add(self, name, mode, body=b"", device=(0, 0)):
        self.count += 1
        encoded = name.encode() + b"\0"
        # No times and no owners: the same files make the same archive.
        fields = (self.count, mode, 0, 0, 1, 0, len(body), 0, 0, *device, len(encoded), 0)
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.align()
        self.data += body
        self.align()

    def align(self):
        self.data += bytes(-len(self.data) % 4)

    def add_folders(self, name):
        for folder in reversed(pathlib.PurePath(name).parents[:-1]):
            if folder not in self.folders:
                self.folders.add(folder)
                self.add(str(folder), FOLDER | 0o755)


def main(target, *entries):
    archive = Archive()
    for entry in entries:
        name, _, file = entry.partition("=")
        body = pathlib.Path(file).read_bytes()
        archive.add_folders(name)
        archive.add(name, FILE | 0o755, lzma.decompress(body) if file.endswith(".xz") else body)
    # Without it the first process has nowhere to write to.
    archive.add_folders("dev/console")
    archive.add("dev/console", DEVICE | 0o600, device=(5, 1))
    archive.add("TRAILER!!!", 0)
    pathlib.Path(target).write_bytes(archive.data)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
