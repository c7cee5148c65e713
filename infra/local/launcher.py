"""Runs a program whose life ends with its parent's: `launcher.py <parent pid> <plain|unprivileged> <program> ...`.

A separate, tiny program: it must run between fork and exec, where a process with threads may not run Python.
`unprivileged` gives the program a user namespace in which it is `nobody`, while its files stay the caller's: Postgres
refuses to run as root, and this needs no user account and no opened-up folders. Standard library only.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534


def _become_nobody(libc: ctypes.CDLL) -> None:
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER):
        reason = os.strerror(ctypes.get_errno())
        sys.exit(
            f"Cannot make a user namespace ({reason}), which is needed to run this program as root. "
            "Allow user namespaces, or run andon as an ordinary user."
        )
    for name, line in (("setgroups", "deny"), ("uid_map", f"{_NOBODY} {user} 1"), ("gid_map", f"{_NOBODY} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def main() -> None:
    parent, mode, *argv = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if mode == "unprivileged":
        _become_nobody(libc)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the line above
        sys.exit(1)
    os.execvp(argv[0], argv)  # noqa: S606  no shell is the point


if __name__ == "__main__":
    main()
