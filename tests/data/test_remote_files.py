"""Files by URL, from servers on this machine: HTTP with and without ranges, S3 by moto, and XRootD."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.data import cached_files, local_files, read
from netwright.errors import DataError, ExperimentError, MissingExtraError
from netwright.file_names import check_url
from netwright.readers import RemoteState, remote_state
from netwright.readers.remote import download as downloading
from netwright.readers.remote import server as asking
from netwright.workflow._rows_to_score import outputs_of_files


class Site:
    """Files of a web server, and what it does with them."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.version = 1
        self.ranges = True
        self.break_after: int | None = None  # bytes of an answer, after which the connection is closed
        self.breaks = 10**9  # how often
        self.wait = 0.0  # seconds before that
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.login: str | None = None  # what has to be in the header of a request


class Handler(BaseHTTPRequestHandler):
    """Serve the files of a site."""

    site: Site

    def log_message(self, *_) -> None:
        """Be quiet."""

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self._answer()

    def do_GET(self) -> None:
        """Answer with the file, or a part of it."""
        body = self._answer()
        site = self.site
        if site.break_after is not None and len(body) > site.break_after and site.breaks > 0:
            site.breaks -= 1
            self.wfile.write(body[: site.break_after])
            self.wfile.flush()
            time.sleep(site.wait)  # until the client has them
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _answer(self) -> bytes:
        site, path = self.site, unquote(urlsplit(self.path).path)
        wanted = self.headers.get("Range")
        site.asked.append((self.command, path, wanted))
        status, more = site.answers.get(path, (200 if path in site.files else 404, {}))
        if site.login is not None and self.headers.get("Authorization") != site.login:
            status = 401
        body = site.files.get(path, b"") if status == 200 else b""
        if site.ranges and wanted and status == 200:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            more = more | {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            body, status = body[start:], 206
        self.send_response(status)
        more = {"Content-Type": "application/octet-stream", "ETag": f'"{site.version}"'} | more
        for name, value in (more | {"Content-Length": str(len(body)), "Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()
        return body


@pytest.fixture
def site(monkeypatch):
    """A web server; attempts follow each other at once."""
    pytest.importorskip("aiohttp")
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfSite", (Handler,), {"site": site}))
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setattr(asking, "_WAITS", (0.0, 0.0))
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def jets(tmp_path) -> bytes:
    """The bytes of an npz file of 1 MB."""
    np.savez(tmp_path / "jets.npz", x=np.random.default_rng(1).normal(size=120_000))
    return (tmp_path / "jets.npz").read_bytes()


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def leftovers(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.suffix == ".part"]


def test_a_file_is_downloaded_once_and_named_by_its_url(site, jets, cache):
    site.files["/a b/jets.npz"] = jets
    data = read(f"{site.url}/a%20b/jets.npz?download=1", cache=cache)
    assert data.rows == 120_000
    assert data.named_sources() == f"{site.url}/a%20b/jets.npz"
    assert data.sources[0].path.read_bytes() == jets
    downloads = [one for one in site.asked if one[0] == "GET"]
    assert read(f"{site.url}/a%20b/jets.npz?download=1", cache=cache).rows == 120_000
    assert [one for one in site.asked if one[0] == "GET"] == downloads
    assert {path.source for path in cached_files(cache)} == {f"{site.url}/a%20b/jets.npz"}
    assert list(
        outputs_of_files(local_files(f"{site.url}/a%20b/jets.npz?download=1", cache=cache), Path("s")).values()
    ) == [Path("s/jets.npz")]
    with pytest.raises(DataError, match=rf'^{site.url}/a%20b/jets.npz: there is no column "y"'):
        data.column("y")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_lost_connection_is_taken_up_again(site, jets, cache, ranges, monkeypatch):
    monkeypatch.setattr(downloading, "_BLOCK_BYTES", 2**16)
    site.files["/jets.npz"], site.break_after, site.breaks, site.ranges = jets, 300_000, 2, ranges
    site.wait = 0.3
    assert read(f"{site.url}/jets.npz", cache=cache).sources[0].path.read_bytes() == jets
    starts = [wanted for command, _, wanted in site.asked if command == "GET"]
    assert len(starts) == 3
    if ranges:
        assert any(int(start[6:-1]) > 0 for start in starts[1:] if start)


def test_a_connection_that_fails_each_time_is_an_error_and_leaves_nothing(site, jets, cache):
    site.files["/jets.npz"], site.break_after = jets, 0
    with pytest.raises(DataError, match=r"/jets.npz: the connection failed 3 times, at last with .* Check the network"):
        read(f"{site.url}/jets.npz", cache=cache)
    assert not leftovers(cache)
    assert not cached_files(cache)
    with pytest.raises(DataError, match=r"^http://127.0.0.1:1/jets.npz: the connection failed 3 times"):
        read("http://127.0.0.1:1/jets.npz", cache=cache)


def test_a_file_that_changed_at_its_source_is_read_again(site, jets, cache, tmp_path):
    site.files["/jets.npz"] = jets
    read(f"{site.url}/jets.npz", cache=cache)
    np.savez(tmp_path / "jets.npz", x=-np.random.default_rng(1).normal(size=120_000))
    before, site.version = site.files["/jets.npz"], 2
    site.files["/jets.npz"] = (tmp_path / "jets.npz").read_bytes()
    assert len(before) == len(site.files["/jets.npz"])
    assert read(f"{site.url}/jets.npz", cache=cache).sources[0].path.read_bytes() == site.files["/jets.npz"]

    def change(*_, **__) -> None:
        site.version += 1

    site.version = 3
    with pytest.raises(DataError, match=r"/jets.npz: changed while it was downloaded. Wait until it is complete"):
        read(f"{site.url}/jets.npz", cache=cache, progress=change)
    assert not leftovers(cache)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, {}), "there is no such file on the server. Check the URL"),
        ((403, {}), r"may not be read \(.*403.*\). Log in as this server asks it"),
        ((400, {}), r"the server does not give the file \(.*400"),
        ((302, {"Location": "file:///etc/passwd"}), "the server does not give the file .*Redirect"),
        ((200, {"Content-Type": "text/html"}), "the server answers with a web page and not with a file"),
        ((302, {"Location": "/again.npz?X-Amz-Signature=abc"}), r"there is no such file"),
    ],
)
def test_what_a_server_says_is_said(site, jets, cache, answer, message):
    site.answers["/jets.npz"], site.files["/jets.npz"] = answer, jets
    with pytest.raises(DataError, match=message) as raised:
        read(f"{site.url}/jets.npz", cache=cache)
    assert "X-Amz" not in str(raised.value)
    assert len(site.asked) <= 4  # not attempted again


def test_credentials_are_those_of_the_system(site, jets, cache, tmp_path, monkeypatch):
    site.files["/jets.npz"], site.login = jets, f"Basic {base64.b64encode(b'me:secret').decode()}"
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(DataError, match=r"/jets.npz: may not be read \(.*401.*\). Log in as this server asks it"):
        read(f"{site.url}/jets.npz", cache=cache)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    (tmp_path / "netrc").chmod(0o600)
    assert read(f"{site.url}/jets.npz", cache=cache).rows == 120_000
    assert not [
        path for path in cache.rglob("*.json") if "secret" in path.read_text(encoding="utf-8", errors="replace")
    ]


def test_a_busy_server_is_asked_again(site, cache):
    site.answers["/jets.npz"] = (503, {})
    with pytest.raises(
        DataError, match=r"the server answered with an error 3 times, at last with .*503.*Try again later"
    ):
        read(f"{site.url}/jets.npz", cache=cache)


def test_all_files_that_a_server_does_not_give_are_named_before_the_first_is_downloaded(site, jets, cache):
    site.files["/a.npz"], site.answers["/c.npz"] = jets, (403, {})
    files = [f"{site.url}/{name}.npz" for name in "abc"]
    with pytest.raises(DataError, match=r"2 of 3 files .*:\n.*/b\.npz: there is no such file.*\n.*/c\.npz: may not be"):
        read(files, cache=cache)
    assert not list(cache.rglob("*.npz"))
    site.answers["/a.npz"] = (503, {})
    with pytest.raises(
        DataError, match=r"^\S+/a\.npz: the server answered with an error 3 times"
    ):  # the others are not tried
        read(files, cache=cache)


def test_folders_and_patterns_on_a_server(site, jets, cache):
    pages = {"Content-Type": "text/html"}
    links = '<a href="b.npz">b</a> <a href="a.npz">a</a> <a href="notes.md">notes</a> <a href="http://elsewhere/c.npz">'
    site.files |= {"/d/": links.encode(), "/d/a.npz": jets, "/d/b.npz": jets}
    site.answers["/d/"] = (200, pages)
    for name in ("/d/*.npz", "/d/"):
        data = read(site.url + name, cache=cache)
        assert [source.path.name for source in data.sources] == ["a.npz", "b.npz"]
    site.files["/e/"], site.answers["/e/"] = b"nothing", (200, pages)
    with pytest.raises(DataError, match=r"/e/: has no file that ends with .npz.*or the server does not list"):
        read(f"{site.url}/e/", cache=cache)
    with pytest.raises(DataError, match=r"/e/\*.h5: no file matches"):
        read(f"{site.url}/e/*.h5", cache=cache)


def test_a_list_that_leads_to_another_server_is_refused(site, cache, monkeypatch):
    class Strange:
        def invalidate_cache(self) -> None:
            pass

        def ls(self, path, *, detail):
            assert detail
            return [{"name": "http://elsewhere/c.npz", "type": "file"}, {"name": path + "x", "type": "directory"}]

        def unstrip_protocol(self, name):
            return name

    monkeypatch.setattr("netwright.readers.remote.listing.server_of", lambda url: (Strange(), url))
    with pytest.raises(DataError, match=r"its list of files leads to another server \(http://elsewhere/c.npz\)"):
        read(f"{site.url}/d/", cache=cache)


def test_files_that_differ_are_named_by_their_urls(site, jets, cache, tmp_path):
    np.savez(tmp_path / "b.npz", y=np.ones(5))
    site.files |= {"/a.npz": jets, "/b.npz": (tmp_path / "b.npz").read_bytes(), "/c.npz": jets[:1000]}
    with pytest.raises(DataError, match=rf"^{site.url}/b.npz: has other columns than {site.url}/a.npz: x in a.npz"):
        read([f"{site.url}/a.npz", f"{site.url}/b.npz"], cache=cache)
    with pytest.raises(DataError, match=rf"^{site.url}/c.npz: cannot be read as npz"):
        read(f"{site.url}/c.npz", cache=cache)
    with pytest.raises(DataError, match=r"no reader|endings|suffix|format"):
        read(f"{site.url}/a.unknown", cache=cache)


def test_a_stream_that_ends_early_is_a_lost_connection():
    with pytest.raises(ConnectionError, match="the stream ended after 3 of 5 bytes"):
        downloading._check_end(3, RemoteState(5, ""))
    downloading._check_end(3, RemoteState(None, ""))


def test_a_full_disk_is_no_lost_connection(site, jets, cache, monkeypatch):
    def full(*_) -> None:
        raise downloading._DiskError(OSError(28, "No space left on device"))

    site.files["/jets.npz"] = jets
    monkeypatch.setattr(downloading, "_write", full)
    with pytest.raises(DataError, match=r"the cache cannot be written \(.*No space left on device\)"):
        read(f"{site.url}/jets.npz", cache=cache)
    assert not leftovers(cache)

    class Full:
        def write(self, _) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.undo()
    with pytest.raises(downloading._DiskError, match="No space left"):
        downloading._write(Full(), b"1")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "file:///etc/passwd.csv",
            "URLs may begin with https.* Received: file:. Name a file of this machine by its path",
        ),
        ("gs://bucket/a.npz", "URLs may begin with https.* Received: gs:. Copy the file"),
        ("simplecache::file:///a.npz", "Received: simplecache:"),
        ("https:///a.npz", "names no host"),
        ("https://[a.npz", "is not a valid URL"),
        ("https://me:pa55@host/a.npz", "^https://host/a.npz: holds a user name or password.*~/.netrc"),
        ("https://pa55@host/a.npz", "^https://host/a.npz: holds a user name"),
        ("s3://bucket/a.npz?X-Amz-Signature=pa55", '^s3://bucket/a.npz: holds the parameter "X-Amz-Signature"'),
        ("root://host//a.npz?authz=pa55", 'holds the parameter "authz"'),
    ],
)
def test_urls_that_are_refused(url, message):
    with pytest.raises(DataError, match=message) as raised:
        check_url(url)
    assert "pa55" not in str(raised.value)
    with pytest.raises(DataError, match=message):
        local_files(url)
    content = {"name": "a", "data": {"files": url}, "inputs": {}, "targets": {}}
    content |= {"inputs": {"x": {"kind": "numeric", "columns": ["x"]}}}
    content |= {"targets": {"y": {"kind": "classes", "column": "y", "classes": {"a": 0, "b": 1}}}}
    with pytest.raises(ExperimentError) as refused:
        parse_experiment(content)
    assert "pa55" not in str(refused.value)


def test_a_path_that_was_a_url_gets_a_hint():
    with pytest.raises(DataError, match=r'Give a URL as text, not as a path: "https://host/a.npz"'):
        read(Path("https://host/a.npz"))


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("http://h/a.npz", "aiohttp", "http"),
        ("s3://b/a.npz", "botocore.session", "s3"),
        ("root://h//a.npz", "", "xrootd"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(url, module, extra, monkeypatch):
    if module:
        monkeypatch.setitem(__import__("sys").modules, module, None)
    else:
        monkeypatch.setattr("fsspec.core.url_to_fs", lambda *_, **__: (_ for _ in ()).throw(ImportError("XRootD")))
    with pytest.raises(MissingExtraError, match=rf'{url}: reading .*:// needs the extra "{extra}": pip install'):
        remote_state(url)


@pytest.fixture
def bucket(monkeypatch):
    """An S3 server with one empty bucket."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    import boto3

    for name, value in (("ACCESS_KEY_ID", "me"), ("SECRET_ACCESS_KEY", "it"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    server = moto.ThreadedMotoServer(port=0)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
    client.create_bucket(Bucket="jets")
    yield client
    server.stop()


def test_s3(bucket, jets, cache):
    for name in ("run/a.npz", "run/b.npz", "run/notes.md"):
        bucket.put_object(Bucket="jets", Key=name, Body=jets)
    data = read("s3://jets/run/*.npz", cache=cache)
    assert [source.label for source in data.sources] == ["s3://jets/run/a.npz", "s3://jets/run/b.npz"]
    assert data.rows == 240_000
    assert read("s3://jets/run/", cache=cache).rows == 240_000
    bucket.put_object(Bucket="jets", Key="run/a.npz", Body=jets[:1000])
    with pytest.raises(DataError, match=r"^s3://jets/run/a.npz: cannot be read as npz"):
        read("s3://jets/run/a.npz", cache=cache)
    with pytest.raises(DataError, match=r"s3://jets/run/c.npz: there is no such file on the server"):
        read("s3://jets/run/c.npz", cache=cache)
    bucket.put_object(Bucket="jets", Key="run.npz/a.npz", Body=jets)
    with pytest.raises(DataError, match=r"s3://jets/run.npz: is a folder. Let its name end with /"):
        read("s3://jets/run.npz", cache=cache)


@pytest.fixture
def xrootd(tmp_path):
    """The folder of an XRootD server, and its address."""
    pytest.importorskip("fsspec_xrootd")
    program = shutil.which("xrootd")
    if program is None:
        pytest.skip("the program xrootd is not there (Debian: xrootd-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder, admin = tmp_path / "store", tmp_path / "x"
    folder.mkdir()
    admin.mkdir()
    settings = tmp_path / "xrootd.cfg"
    settings.write_text(
        f"all.export /\noss.localroot {folder}\nall.adminpath {admin}\nall.pidpath {admin}\n"
        f"xrd.port {port}\nxrootd.chksum max 2 adler32\n"
    )
    user = ["-R", "daemon"] if os.getuid() == 0 else []
    for path in (tmp_path, folder, admin) if user else ():
        shutil.chown(path, "daemon")
    if user:  # the folders above belong to root alone
        for path in tmp_path.parents:
            if path.stat().st_uid == 0 and path.name.startswith("pytest-"):
                path.chmod(0o755)
    command = [program, "-c", str(settings), "-l", str(tmp_path / "xrootd.log"), *user]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=admin)
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                break
        if process.poll() is not None:
            break
        time.sleep(0.1)
    (folder / "run").mkdir()
    yield folder / "run", f"root://127.0.0.1:{port}//run"
    process.terminate()
    process.wait()


def test_xrootd(xrootd, jets, cache, monkeypatch):
    folder, address = xrootd
    for name in ("a.npz", "b.npz"):
        (folder / name).write_bytes(jets)
    data = read(f"{address}/*.npz", cache=cache)
    assert [source.path.name for source in data.sources] == ["a.npz", "b.npz"]
    assert data.rows == 240_000
    (folder / "a.npz").write_bytes(jets[:1000])
    with pytest.raises(DataError, match=rf"^{address}/a.npz: cannot be read as npz"):
        read(f"{address}/a.npz", cache=cache)
    with pytest.raises(DataError, match=r"c.npz: there is no such file on the server"):
        read(f"{address}/c.npz", cache=cache)
    (folder / "d.npz").write_bytes(jets)
    monkeypatch.setattr(downloading, "_check_sum", _with_a_flipped_byte(downloading._check_sum))
    with pytest.raises(DataError, match=r"d.npz: the download has another checksum \(adler32 [0-9a-f]{8}\) than"):
        read(f"{address}/d.npz", cache=cache)


def _with_a_flipped_byte(check):
    def after(url, system, path, part) -> None:
        content = bytearray(part.read_bytes())
        content[500] ^= 1
        part.write_bytes(content)
        check(url, system, path, part)

    return after
