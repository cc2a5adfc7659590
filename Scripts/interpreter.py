#!/usr/bin/env python3
"""Copies the interpreter that runs this, and what a program of Python imports when it is loaded, into a new folder: for
a machine that has no Python. Modules are compiled, since an emulated processor would take long for it.

Usage: PYTHON Scripts/interpreter.py PROGRAM FOLDER

There: PYTHONHOME=FOLDER FOLDER/bin/python3 FOLDER/PROGRAM. What is imported later, by a function, is found only where it
belongs to one of PACKAGES. Libraries of C are the caller's business (ldd).
"""

import importlib
import os
import pathlib
import pkgutil
import py_compile
import runpy
import shutil
import sys

# Their modules are imported by functions, in part.
PACKAGES = ["asyncio", "encodings"]
# These ask for what is only elsewhere, or do something when they are imported.
FOREIGN = ["asyncio.__main__", "asyncio.windows_events", "asyncio.windows_utils", "encodings.mbcs", "encodings.oem"]


def place(module: object, name: str) -> "tuple[pathlib.Path, pathlib.Path] | None":
    """The file of a module, and where it belongs below the folder of the library; none for what is built in."""
    file = getattr(module, "__file__", None)
    # os.path is a name of another module.
    if file is None or name in ("__main__", "os.path"):
        return None
    source, parts = pathlib.Path(file), name.split(".")
    if source.suffix == ".so":
        return source, pathlib.Path("lib-dynload" if len(parts) == 1 else "", *parts[:-1], source.name)
    within = [*parts, "__init__"] if source.stem == "__init__" else parts
    return source, pathlib.Path(*within[:-1], within[-1] + ".pyc")


def main(program: str, folder: str) -> None:
    runpy.run_path(program, run_name="interpreter")
    for package in PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            if module.name not in FOREIGN:
                importlib.import_module(module.name)
    home = pathlib.Path(folder)
    library = home / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for name, module in list(sys.modules.items()):
        found = place(module, name)
        if found is None:
            continue
        target = library / found[1]
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".pyc":
            py_compile.compile(str(found[0]), cfile=str(target), doraise=True)
        else:
            shutil.copyfile(found[0], target)
    (home / "bin").mkdir()
    shutil.copy(os.path.realpath(sys.executable), home / "bin" / "python3")
    shutil.copyfile(program, home / pathlib.Path(program).name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
