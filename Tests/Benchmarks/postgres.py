"""A PostgreSQL server of the benchmark's own: loopback, a free port, a temporary folder, stopped by its process id."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import measure


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not found:
        raise SystemExit("PostgreSQL is not installed; run 'make setup'")
    return os.path.dirname(found[-1])


class Server:
    def __enter__(self):
        self.bin = binaries()
        self.folder = tempfile.mkdtemp(prefix="headrace-pg-")
        self.demote = None
        if os.geteuid() == 0:
            # The server refuses to run as root.
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.demote = lambda: (os.setgid(user.pw_gid), os.setuid(user.pw_uid))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        data = f"{self.folder}/data"
        self._run([f"{self.bin}/initdb", "-D", data, "-U", "bench", "--auth=trust", "-E", "UTF8"])
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}",
                    "shared_buffers=512MB", "fsync=off", "max_wal_size=4GB"]
        command = [f"{self.bin}/postgres", "-D", data] + [part for s in settings for part in ("-c", s)]
        self.log = open(f"{self.folder}/log", "wb")
        self.process = subprocess.Popen(command, preexec_fn=self.demote, stdout=self.log, stderr=self.log)
        for _ in range(200):
            if subprocess.run([f"{self.bin}/pg_isready", "-h", "127.0.0.1", "-p", str(self.port)],
                              capture_output=True).returncode == 0:
                return self
            time.sleep(0.1)
        raise SystemExit("PostgreSQL did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} user=bench dbname=postgres"

    @property
    def uri(self):
        return f"postgresql://bench@127.0.0.1:{self.port}/postgres"

    def _run(self, command):
        subprocess.run(command, preexec_fn=self.demote, check=True, capture_output=True)

    def psql(self, sql):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", self.uri, "-c", sql], check=True)

    def copy(self, sql):
        """What the server can give at most: its own binary COPY into nothing."""
        return measure.run(["psql", "-qX", self.uri, "-c", sql])
