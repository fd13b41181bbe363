"""A class on a Dask cluster: the same jobs, the same reports; a cluster that is gone is a sentence."""

import importlib.util
import json
import subprocess
import sys
import time

import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.grader.batch import cluster
from autograd_rnn.grader.spec import find
from tests.submissions import RIGHT
from tests.test_grader_files import zipped

HAS_DASK = importlib.util.find_spec("distributed") is not None
WRONG = RIGHT.replace("dz = (1 - next_h * next_h) * dnext_h", "dz = dnext_h")


@pytest.fixture
def work(tmp_path):
    """Submissions of every form."""
    folder = tmp_path / "work"
    (folder / "folder" / "inner").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "folder" / "inner" / "rnn_layers.py").write_text(WRONG)
    (folder / "right.py").write_text(RIGHT)
    (folder / "archive.zip").write_bytes(zipped({"a/rnn_layers.py": WRONG}))
    (folder / "link.py").symlink_to(folder / "right.py")
    (folder / "ends.py").write_text("def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    return 1 / 0\n")
    with (folder / "large.py").open("wb") as file:
        file.truncate(100_000_000)
    return folder


def test_a_submission_that_goes_over_is_graded_as_it_is_here(work):
    spec = find("cs231n-rnn")
    with grader.Grader(spec, 3) as here:
        for path in sorted(work.iterdir()):
            files = cluster.contents(path)
            assert cluster.graded(spec, 3, path.name, files) == here.grade(path).to_json()
            assert sum(len(data) for _, data, _ in files or ()) < 6_000_000
    for other in [*cluster._graders]:
        cluster._graders.pop(other).__exit__()


@pytest.mark.parametrize(
    "address, said",
    [("10.0.0.1", "is no address of a Dask cluster"), ("tcp://127.0.0.1:9", "there is no Dask cluster at 'tcp://127.0.0.1:9'")],
)
def test_a_cluster_that_is_not_there_is_a_sentence(address, said, work, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "WAIT", 1)
    assert main(["grade-all", "cs231n-rnn", str(work), "-o", str(work.parent / "out"), "--dask", address]) == 2
    error = capsys.readouterr().err
    assert (said if HAS_DASK else "pip install 'autograd-rnn[dask]'") in error and error.count("\n") == 1
    assert not (work.parent / "out").exists()


@pytest.mark.skipif(not HAS_DASK, reason="Dask is not installed")
def test_a_class_is_the_same_on_a_cluster_of_two(work, monkeypatch):
    """One of its submissions cannot be read here, another one not be laid out there: neither stops the class."""
    usual = cluster.contents

    def unreadable(path):
        if path.name == "ends.py":
            raise PermissionError("Permission denied")
        return usual(path)

    monkeypatch.setattr(cluster, "contents", unreadable)
    resource = pytest.importorskip("resource", reason="Windows limits no files")
    place = work.parent / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen([*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", place], **quiet)]
    try:
        while not place.exists() or not place.read_text().endswith("}"):
            assert processes[0].poll() is None
            time.sleep(0.1)
        address = json.loads(place.read_text())["address"]
        one = [*dask, "worker", address, "--nthreads", "2", "--no-dashboard", "--local-directory", str(work.parent)]
        limited = dict(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000,) * 2))
        processes += [subprocess.Popen(one, **quiet, **limited) for _ in range(2)]
        found = grader.grade_all("cs231n-rnn", work, work.parent / "there", seed=4, dask=address)
        assert found.graded == 7
        grader.grade_all("cs231n-rnn", work, work.parent / "here", seed=4, jobs=1)
        for page in ("grades.csv", "class.html"):
            assert (work.parent / "there" / page).read_bytes() == (work.parent / "here" / page).read_bytes()
        assert grader.grade_all("cs231n-rnn", work, work.parent / "there", dask=address).graded == 0
        monkeypatch.setattr(cluster, "graded", nobody)
        with pytest.raises(ValueError, match="a process of the Dask cluster cannot grade: "):
            grader.grade_all("cs231n-rnn", work, work.parent / "nowhere", dask=address)
        monkeypatch.undo()
        with cluster.connected(address) as client:
            coming = cluster.on_cluster(client, find("cs231n-rnn"), 4, grader_works(work))
            next(coming)
            processes[0].kill()
            with pytest.raises(ValueError, match="the Dask cluster is gone: run again"):
                list(coming)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def nobody(*_):
    raise TypeError("no such function in another version")


def grader_works(folder):
    """The same submissions again and again, so that some are waiting when the cluster goes."""
    from autograd_rnn.grader.batch.people import works

    return works(folder, folder)[0] * 20
