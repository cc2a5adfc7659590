"""What it shows: as much of libbaton for Python as a script needs that watches a migration.

Structs and functions as in baton.h, by ctypes. Everything that belongs to a loop is used by the
thread that made it. Callbacks are kept by who is called: ctypes forgets those that nobody has.
"""
import ctypes
from ctypes import c_char, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from ctypes import CFUNCTYPE, POINTER, byref

OK, REFUSED, ADOPTS = 0, -1, 1
COMPLETED, FAILED, CANCELLED = 7, 8, 3
WRONG_STATE = 22
# The release that this was written for.
VERSION = (0, 1)


class Struct(ctypes.Structure):
    """A struct of the library's; one that begins with its size has it set (BATON_INIT)."""

    def __init__(self, **members):
        super().__init__(**members)
        if hasattr(self, "size"):
            self.size = ctypes.sizeof(self)


class Value(Struct):
    c_name = "baton_value"
    _fields_ = [("kind", c_uint32), ("reserved", c_uint32), ("number", c_uint64),
                ("name", c_char * 32)]


class Why(Struct):
    c_name = "baton_refusal"
    _fields_ = [("size", c_uint32), ("cause", c_int32), ("field", c_uint32), ("call", c_uint32),
                ("error", c_int32), ("reserved", c_uint32), ("subject", c_char * 32),
                ("here", Value), ("there", Value), ("call_name", c_char * 32),
                ("text", c_char * 320)]


class Region(Struct):
    c_name = "baton_region"
    _fields_ = [("guest_address", c_uint64), ("byte_count", c_uint64)]


class Parameters(Struct):
    c_name = "baton_parameters"
    _fields_ = [("size", c_uint32), ("transfers", c_uint32), ("patience_ms", c_uint64),
                ("switch_ms", c_uint64), ("pauses", c_uint32), ("leaves_paused", c_uint32),
                ("has_peer_user", c_uint32), ("peer_user", c_uint32)]


class Stamps(Struct):
    c_name = "baton_stamps"
    names = ("begun", "stopped", "quiesced", "saved", "received", "loaded", "taken", "applied",
             "started")
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), *((name, c_uint64) for name in names)]


Call = CFUNCTYPE(None, c_void_p)
Asked = CFUNCTYPE(c_int, c_void_p)
Refusing = CFUNCTYPE(c_int, POINTER(Why), c_void_p)
Writing = CFUNCTYPE(c_int, c_void_p, POINTER(Why), c_void_p)
Reading = CFUNCTYPE(c_int, POINTER(c_char), c_size_t, POINTER(Why), c_void_p)
Inspecting = CFUNCTYPE(c_int, POINTER(c_char), c_size_t, POINTER(c_int), c_size_t, POINTER(Why),
                       c_void_p)
Lending = CFUNCTYPE(c_size_t, POINTER(c_int), c_size_t, c_void_p)


class GuestCalls(Struct):
    c_name = "baton_guest_calls"
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("is_running", Asked), ("stop", Call),
                ("start", Call), ("pause", Call), ("adopt", Writing), ("discard", Call),
                ("release", Call)]


class DeviceCalls(Struct):
    c_name = "baton_device_calls"
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("describe", Writing),
                ("lend", Lending), ("quiesce", Refusing), ("save", Writing),
                ("inspect", Inspecting), ("load", Reading), ("take", Refusing), ("activate", Call),
                ("discard", Call), ("restore", Refusing), ("withdraw", Call), ("release", Call),
                ("mutating_calls", CFUNCTYPE(c_uint64, c_void_p))]


class MigrationCalls(Struct):
    c_name = "baton_migration_calls"
    _fields_ = [("size", c_uint32), ("reserved", c_uint32),
                ("status", CFUNCTYPE(None, c_int, c_void_p)),
                ("warning", CFUNCTYPE(None, POINTER(Why), c_void_p))]


class Refused(Exception):
    """Why something was not done; `why` has the parts."""

    def __init__(self, why):
        super().__init__(why.text.decode())
        self.why = why


class Library:
    """libbaton, by the name or the path of the library; functions without `baton_`."""

    # What functions answer that answer no int.
    _answers = {"version": c_char_p, "version_number": c_uint32, "status_name": c_char_p,
                "trace_json": c_size_t}

    def __init__(self, path="libbaton.so.0"):
        self._library = ctypes.CDLL(path)
        number = self.version_number()
        if (number // 1_000_000, number // 1_000 % 1_000) != VERSION:
            raise RuntimeError(f"{path} is of {self.version().decode()}, which this is not for")

    def __getattr__(self, name):
        function = getattr(self._library, "baton_" + name)
        function.restype = self._answers.get(name, c_int)
        setattr(self, name, function)
        return function

    def ask(self, name, *words):
        """Calls a function that says why not."""
        why = Why()
        answer = getattr(self, name)(*words, byref(why))
        if answer < 0:
            raise Refused(why)
        return answer

    def make(self, name, *words, says_why=True):
        """A new handle."""
        handle = c_void_p()
        if says_why:
            self.ask(name + "_create", *words, byref(handle))
        elif getattr(self, name + "_create")(*words, byref(handle)) != OK:
            raise RuntimeError(f"baton_{name}_create: misuse")
        return handle

    def end(self, name, handle):
        if getattr(self, name + "_destroy")(handle) != OK:
            raise RuntimeError(f"baton_{name}_destroy: misuse")


def refusing(library, answer=OK):
    """For methods that may refuse. ctypes would print an exception and answer 0, which is yes."""
    def wrap(method):
        def call(*words):
            try:
                method(*words[:-2])
                return answer
            except Exception as error:  # whatever it is, it is a refusal
                print(f"{method.__name__}: {error}")
                library.refuse(words[-2], WRONG_STATE, 0, c_uint64(0), c_uint64(0), 0)
                return REFUSED
        return call
    return wrap


def layouts():
    """Sizes of structs and places of members, as Scripts/libbaton/layouts.txt has them."""
    for kind in Struct.__subclasses__():
        yield f"{kind.c_name} {ctypes.sizeof(kind)}"
        yield from (f"  {name} {getattr(kind, name).offset}" for name, _ in kind._fields_)
