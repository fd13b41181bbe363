"""The one writer of files: whole or not at all, and never in place of what is not a file."""

import os
import random
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

from autograd_rnn import writing
from autograd_rnn.visible import visible
from autograd_rnn.writing import replacing, writable, write

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither these modes, pipes nor signals")


def test_what_was_there_stays_when_writing_fails(tmp_path):
    write(tmp_path / "x", b"first")
    for error in (KeyError, KeyboardInterrupt, OSError):
        with pytest.raises(ValueError if error is OSError else error), replacing(tmp_path / "x") as file:
            file.write(b"half")
            raise error
    assert (tmp_path / "x").read_bytes() == b"first" and os.listdir(tmp_path) == ["x"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a file that was just opened is closed by nobody but Python
@pytest.mark.parametrize("there", [True, False])
def test_an_interrupt_at_any_moment_leaves_the_old_or_the_new_file_and_nothing_beside_it(tmp_path, there):
    """The moment is a line of the writer, each in turn, where the error is raised as if it had come from there."""
    target, code = tmp_path / "x", []

    def trace(frame, event, argument):
        nonlocal count
        if frame.f_code.co_filename != writing.__file__:
            return None
        if event == "line":
            count += 1
            if count == at:
                code.append(frame.f_code.co_name)
                raise KeyboardInterrupt
        return trace

    for at in range(1, 500):
        count = 0
        target.write_bytes(b"old") if there else target.unlink(missing_ok=True)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            write(target, b"new")
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)  # it stays another where the very line that puts it back is interrupted
        left = {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)}
        assert left in ({"x": b"new"}, {"x": b"old"} if there else {}), (at, code[-1], left)
        if count < at:
            break
    assert count < at and {"replacing", "_beside", "ended_in_order"} <= set(code)


@posix
def test_links_are_followed_and_stay_links(tmp_path):
    (tmp_path / "far").mkdir()
    for there in (True, False):
        target, link = tmp_path / "far" / f"target-{there}", tmp_path / f"link-{there}"
        if there:
            target.write_bytes(b"old")
        link.symlink_to(target)
        (tmp_path / f"again-{there}").symlink_to(link.name)
        write(tmp_path / f"again-{there}", b"new")
        assert link.is_symlink() and target.read_bytes() == b"new"
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(ValueError, match="cannot save to .*circle: .*choose another place"):
        write(tmp_path / "circle", b"")


@posix
def test_what_is_not_a_file_is_refused_by_what_it_is_and_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket has little room
    os.mkfifo("pipe")
    os.mkdir("folder")
    server = socket.socket(socket.AF_UNIX)
    server.bind("socket")
    for kind in ("pipe", "folder", "socket"):
        os.symlink(kind, f"link-to-{kind}")
        for name in (kind, f"link-to-{kind}"):
            before = os.stat(name)
            with pytest.raises(ValueError, match=f"cannot save to {name}: it is a {kind}; give a file name"):
                write(name, b"")
            assert os.stat(name) == before
    server.close()
    read, written = os.pipe()
    with pytest.raises(ValueError, match=f"cannot save to /dev/fd/{written}: it is a pipe"):  # whose name leads nowhere
        writable(f"/dev/fd/{written}")
    os.close(read), os.close(written)
    with pytest.raises(ValueError, match="it is a device"):
        writable(os.devnull)  # asked only: this may run as root
    with pytest.raises(ValueError, match="that names a folder"):
        writable("new/")


@posix
def test_mode_and_owner_are_kept_and_nothing_is_readable_to_others_meanwhile(tmp_path, random_seed):
    rng = random.Random(random_seed)
    umask = os.umask(0o027)
    try:
        for mode in (0o600, 0o644, *(0o200 | rng.randrange(0o1000) for _ in range(20))):
            target = tmp_path / f"{mode:o}"
            target.touch()
            if os.geteuid() == 0:  # else nobody else's file can be had
                os.chown(target, 12345, 23456)
            elif not mode & 0o400:
                continue
            target.chmod(mode)
            with replacing(target) as file:
                (part,) = (entry for entry in os.scandir(tmp_path) if entry.name.startswith("."))
                assert stat.S_IMODE(part.stat().st_mode) == 0o600
                file.write(b"x")
            now = target.stat()
            assert stat.S_IMODE(now.st_mode) == mode and now.st_size == 1
            assert os.geteuid() or (now.st_uid, now.st_gid) == (12345, 23456)
        write(tmp_path / "new", b"")
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640  # as any new file
    finally:
        os.umask(umask)


def test_a_read_only_file_is_respected(tmp_path):
    (tmp_path / "x").write_bytes(b"kept")
    (tmp_path / "x").chmod(0o444)
    with pytest.raises(ValueError, match="cannot save to .*x: it is read-only; choose another place"):
        write(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"kept"
    (tmp_path / "x").chmod(0o644)


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "\U0001f40d" * 63])
def test_names_may_be_as_long_as_the_disk_takes_them(tmp_path, name):
    if os.name == "nt":
        name = name[:120]
    write(tmp_path / name, b"long")
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(ValueError, match="choose another place"):
        write(tmp_path / (name + "xyzzy"), b"longer")


def test_writers_of_one_file_never_mix(tmp_path):
    failed = []

    def work(letter):
        try:
            for _ in range(25):
                write(tmp_path / "x", letter * 100_000)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=work, args=(letter,)) for letter in (b"a", b"b", b"c", b"d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = (tmp_path / "x").read_bytes()
    assert not failed and len(content) == 100_000 and len(set(content)) == 1 and os.listdir(tmp_path) == ["x"]


WRITER = """
import sys, time
from autograd_rnn.writing import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


@posix
def test_a_terminated_writer_leaves_nothing_and_a_killed_one_only_until_the_next(tmp_path):
    (tmp_path / "x").write_bytes(b"whole")

    def start():
        child = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert child.stdout.readline() == b"writing\n"
        return child

    killed, living = start(), start()
    for asked in (signal.SIGTERM, signal.SIGHUP):
        terminated = start()
        terminated.send_signal(asked)
        assert terminated.communicate() == (b"", b"") and terminated.returncode == 128 + asked
    killed.kill()
    killed.communicate()
    assert len(os.listdir(tmp_path)) == 3  # the file, and a part of each of the others
    write(tmp_path / "y", b"also whole")
    assert len(os.listdir(tmp_path)) == 3  # what the killed one left has gone, the living one's part has not
    living.send_signal(signal.SIGTERM)
    living.communicate()
    assert sorted(os.listdir(tmp_path)) == ["x", "y"] and (tmp_path / "x").read_bytes() == b"whole"


@pytest.mark.parametrize("path", [3, None, 1.5, [], object(), "", b"", "a\0b", "\ud800", "no/such/folder/x", "a\nb\x1b[2J/x"])
def test_junk_in_place_of_a_name_is_one_sentence(path):
    with pytest.raises((ValueError, TypeError)) as caught:
        write(path, b"")
    said = str(caught.value)
    assert said.isprintable() and any(words in said for words in ("cannot save to", "a file is named by", "names no file"))


def test_whatever_acts_on_a_terminal_is_shown_instead(random_seed):
    rng = random.Random(random_seed)
    acting = [*range(32), *range(127, 160), 0x200E, 0x200F, 0x2028, 0x2029, 0x202E, 0x2066, 0xFEFF, 0xFFFE, 0xD800, 0xDFFF]
    for _ in range(200):
        text = "".join(chr(rng.choice(acting) if rng.random() < 0.4 else rng.randrange(0x20, 0xD7FF)) for _ in range(20))
        assert not set(visible(text)) & {chr(code) for code in acting}
        assert set(visible(text, lines=True)) & {chr(code) for code in acting} <= {"\n", "\t"}
        assert visible(visible(text)) == visible(text)
    assert visible("W_hh é 漢 \U0001f40d h′") == "W_hh é 漢 \U0001f40d h′"
