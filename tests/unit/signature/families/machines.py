"""Stacks of compiled programs and of phones, and of languages that print a function beside a place."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _phone(label: str, error: str, *frames: str) -> Member:
    lines = [f"{number:<4}{frame}" for number, frame in enumerate(frames)]
    return at(label, error, "\n".join(["Thread 0 Crashed:", *lines]))


def _android(label: str, error: str, *frames: str) -> Member:
    lines = [f"      #{number:02} pc {frame}" for number, frame in enumerate(frames)]
    return at(label, error, "\n".join([error, "backtrace:", *lines]))


def _native(label: str, message: str, *frames: str) -> Member:
    header = f"kotlin.IllegalStateException: {message}"
    lines = [f"    at {number:<3} {frame}" for number, frame in enumerate(frames)]
    return at(label, header, "\n".join([f"Uncaught Kotlin exception: {header}", *lines]))


def _cpp(label: str, message: str, *frames: str) -> Member:
    lines = [f"{number:2}# {frame}" for number, frame in enumerate(frames)]
    return at(label, message, "\n".join([message, *lines]))


def _lines(label: str, error: str, *lines: str) -> Member:
    return at(label, error, "\n".join(lines))


_UIKIT = (
    "UIKitCore                      0x00000001a2b3c4d5 -[UIApplication sendAction:to:from:forEvent:] + 100"
)
_LIBC = "0000000000051234  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164)"
_GLIBC = "__libc_start_main in /lib/x86_64-linux-gnu/libc.so.6"

FAMILIES = (
    Family(
        name="machine_phone",
        members=(
            _phone(
                "a",
                "EXC_BAD_ACCESS (SIGSEGV)",
                "Atelier         0x0000000104a2c3f8 LoomView.weave(_:) + 120 (LoomView.swift:42)",
                "Atelier         0x0000000104a2b111 LoomView.start() + 44 (LoomView.swift:17)",
                _UIKIT,
            ),
            _phone(
                "a",
                "EXC_BAD_ACCESS (SIGSEGV)",
                "libswiftCore.dylib             0x00000001937a0b1c swift_unknownObjectRetain + 28",
                "Atelier         0x0000000204b2c3f8 closure #1 in LoomView.weave(_:) + 96"
                " (LoomView.swift:51)",
                _UIKIT,
            ),
            _phone(
                "b",
                "EXC_BAD_ACCESS (SIGSEGV)",
                "Atelier         0x0000000104a2c3f8 LoomView.unravel(_:) + 120 (LoomView.swift:42)",
                _UIKIT,
            ),
            _phone(
                "c",
                "EXC_CRASH (SIGABRT)",
                "Atelier         0x0000000104a2c3f8 LoomView.weave(_:) + 120 (LoomView.swift:42)",
                _UIKIT,
            ),
        ),
    ),
    Family(
        name="machine_objective_c",
        members=(
            _phone(
                "a",
                "NSRangeException: index 7 beyond bounds [0 .. 2]",
                "CoreFoundation                      0x00007fff2043a6fb __exceptionPreprocess + 242",
                "libobjc.A.dylib                     0x00007fff20177e78 objc_exception_throw + 48",
                "Atelier                             0x0000000100003c1e -[YarnView pick:] + 62",
                "Atelier                             0x0000000100003d2f main + 31",
            ),
            _phone(
                "a",
                "NSRangeException: index 12 beyond bounds [0 .. 11]",
                "CoreFoundation                      0x00007fff3043a6fb __exceptionPreprocess + 242",
                "Atelier                             0x0000000200003c1e -[YarnView pick:] + 62",
            ),
            _phone(
                "b",
                "NSRangeException: index 12 beyond bounds [0 .. 11]",
                "CoreFoundation                      0x00007fff3043a6fb __exceptionPreprocess + 242",
                "Atelier                             0x0000000200003c1e -[YarnView drop:] + 62",
            ),
        ),
    ),
    Family(
        name="machine_android",
        members=(
            _android(
                "a",
                "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------",
                _LIBC,
                "0000000000012345  /data/app/~~x==/lib/arm64/libyarn.so (yarn::spin(int)+28)",
                "0000000000012399  /data/app/~~x==/lib/arm64/libyarn.so (main+20)",
            ),
            _android(
                "a",
                "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------",
                "00000000000a9876  /system/lib64/libc++.so (std::terminate()+8)",
                "0000000000045678  /data/app/~~y==/lib/arm64/libyarn.so (yarn::spin(int)+60) (BuildId: 7d1f)",
            ),
            _android(
                "b",
                "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------",
                _LIBC,
                "0000000000012345  /data/app/~~x==/lib/arm64/libyarn.so (yarn::dye(int)+28)",
            ),
            _android(
                "c",
                "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0",
                "0000000000012345  /data/app/~~x==/lib/arm64/libyarn.so (yarn::spin(int)+28)",
            ),
        ),
    ),
    Family(
        name="machine_kotlin_native",
        members=(
            _native(
                "a",
                "spool 7 is empty",
                "mill.kexe  0x000000010a kfun:kotlin.Throwable#<init>(kotlin.String?){} + 96 ",
                "mill.kexe  0x000000011b kfun:mill.Spool#turn(kotlin.Int){} + 120 (/srv/mill/Spool.kt:12:9)",
                "mill.kexe  0x000000012c kfun:#main(){} + 12 (/srv/mill/Main.kt:4:3)",
            ),
            _native(
                "a",
                "spool north is empty",
                "mill.kexe  0x000000020a kfun:kotlin.Throwable#<init>(kotlin.String?){} + 96 ",
                "mill.kexe  0x000000021b kfun:mill.Spool#turn(kotlin.Int){} + 120 (/opt/mill/Spool.kt:31:9)",
            ),
            _native(
                "b",
                "spool 7 is empty",
                "mill.kexe  0x000000020a kfun:kotlin.Throwable#<init>(kotlin.String?){} + 96 ",
                "mill.kexe  0x000000021b kfun:mill.Spool#stop(){} + 120 (/opt/mill/Spool.kt:31:9)",
            ),
        ),
    ),
    Family(
        name="machine_cpp",
        members=(
            _cpp(
                "a",
                "cog 7 is loose",
                "cog::turn(int) at /srv/cog/cog.cpp:12",
                "main at /srv/cog/main.cpp:4",
                _GLIBC,
            ),
            _cpp("a", "cog 12 is loose", "cog::turn(int) at /opt/cog-2/cog.cpp:30", _GLIBC),
            _cpp("b", "cog 12 is loose", "cog::stop(int) at /opt/cog-2/cog.cpp:30", _GLIBC),
            _cpp("c", "cog 12 is lost", "cog::turn(int) at /opt/cog-2/cog.cpp:30", _GLIBC),
        ),
    ),
    Family(
        name="machine_ocaml",
        members=(
            _lines(
                "a",
                'Failure("reel 7 is torn")',
                'Fatal error: exception Failure("reel 7 is torn")',
                'Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33',
                'Called from Reel.wind in file "reel.ml", line 4, characters 2-20',
                'Called from Dune__exe__Main in file "main.ml", line 9, characters 1-9',
            ),
            _lines(
                "a",
                'Failure("reel 12 is torn")',
                'Fatal error: exception Failure("reel 12 is torn")',
                'Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33',
                'Called from Reel.wind in file "src/reel.ml", line 40, characters 2-20',
            ),
            _lines(
                "b",
                'Failure("reel 12 is torn")',
                'Fatal error: exception Failure("reel 12 is torn")',
                'Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33',
                'Called from Reel.stop in file "src/reel.ml", line 40, characters 2-20',
            ),
        ),
    ),
    Family(
        name="machine_crystal_and_zig",
        members=(
            _lines(
                "a",
                "bobbin 7 is bent (Exception)",
                "Unhandled exception: bobbin 7 is bent (Exception)",
                "  from src/bobbin.cr:3:5 in 'wind'",
                "  from src/main.cr:9:1 in '__crystal_main'",
            ),
            _lines(
                "a",
                "bobbin 12 is bent (Exception)",
                "Unhandled exception: bobbin 12 is bent (Exception)",
                "  from /usr/share/crystal/src/array.cr:31:5 in 'each'",
                "  from src/bobbin.cr:33:5 in 'wind'",
            ),
            _lines(
                "b",
                "bobbin 12 is bent (Exception)",
                "Unhandled exception: bobbin 12 is bent (Exception)",
                "  from src/bobbin.cr:33:5 in 'stop'",
            ),
            _lines(
                "c",
                "index out of bounds: index 7, len 3",
                "thread 8812 panic: index out of bounds: index 7, len 3",
                "/srv/bobbin/src/bobbin.zig:12:9: 0x1033b1 in wind (bobbin)",
                "    return x[i];",
                "        ^",
                "/srv/bobbin/src/main.zig:4:3: 0x1033c2 in main (bobbin)",
            ),
            _lines(
                "c",
                "index out of bounds: index 70, len 30",
                "thread 9 panic: index out of bounds: index 70, len 30",
                "/opt/bobbin/src/bobbin.zig:22:9: 0x2033b1 in wind (bobbin)",
            ),
            _lines(
                "d",
                "index out of bounds: index 70, len 30",
                "thread 9 panic: index out of bounds: index 70, len 30",
                "/opt/bobbin/src/bobbin.zig:22:9: 0x2033b1 in stop (bobbin)",
            ),
        ),
    ),
    Family(
        name="machine_hermes",
        members=(
            _lines(
                "a",
                "Error: shuttle 7 is lost",
                "Error: shuttle 7 is lost",
                "    at throwShuttle (address at index.android.bundle:1:123456)",
                "    at start (address at index.android.bundle:1:99)",
            ),
            _lines(
                "a",
                "Error: shuttle 12 is lost",
                "Error: shuttle 12 is lost",
                "    at throwShuttle (address at index.android.bundle:1:654321)",
            ),
            _lines(
                "b",
                "Error: shuttle 12 is lost",
                "Error: shuttle 12 is lost",
                "    at catchShuttle (address at index.android.bundle:1:654321)",
            ),
        ),
    ),
)
