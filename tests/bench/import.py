#!/usr/bin/env python3
"""import.py DATABASE ARCHIVE...: what one would write in an hour to have captures in SQLite: tarfile, regular
expressions, sqlite3.  Seven files: meminfo and vmstat, stat, statm, status and smaps_rollup of processes, memory.stat of
groups; a wide table for each, a column for each key, one transaction for each archive.  No digests, no index, no
checks, no issues; a key that is new gets a column.
"""
import re
import sqlite3
import sys
import tarfile

KEY_KB = re.compile(rb"^([\w()]+):\s+(\d+)(?: kB)?$", re.M)
KEY_COUNT = re.compile(rb"^(\w+) (\d+)$", re.M)
STAT = re.compile(rb"^(\d+) \((.*)\) (\S) (.*)$", re.S)
STATM = ("size", "resident", "shared", "text", "lib", "data", "dirty")


def pairs(pattern, text):
    return [(key.decode(), int(value)) for key, value in pattern.findall(text)]


def stat(text):
    _, name, state, rest = STAT.match(text).groups()
    # beyond 63 bits are the limits that mean none
    numbers = [(f"field_{i}", value if value < 1 << 63 else None) for i, value in enumerate(map(int, rest.split()), 4)]
    return [("name", name.decode("utf-8", "replace")), ("state", state.decode())] + numbers


# path below the top directory, table, parser of the file
FILES = [
    (re.compile(r"proc/meminfo$"), "meminfo", lambda text: pairs(KEY_KB, text)),
    (re.compile(r"proc/vmstat$"), "vmstat", lambda text: pairs(KEY_COUNT, text)),
    (re.compile(r"proc/(\d+)/stat$"), "stat", stat),
    (re.compile(r"proc/(\d+)/statm$"), "statm", lambda text: list(zip(STATM, map(int, text.split())))),
    (re.compile(r"proc/(\d+)/status$"), "status", lambda text: pairs(KEY_KB, text)),
    (re.compile(r"proc/(\d+)/smaps_rollup$"), "smaps_rollup", lambda text: pairs(KEY_KB, text)),
    (re.compile(r"sys/fs/cgroup/(.*?)/?memory\.stat$"), "memory_stat", lambda text: pairs(KEY_COUNT, text)),
]


class Database:
    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.columns = {}

    def insert(self, table, row):
        if table not in self.columns:
            self.connection.execute(
                f'CREATE TABLE IF NOT EXISTS {table} (snapshot INTEGER, key TEXT, PRIMARY KEY (snapshot, key))'
                ' WITHOUT ROWID')
            info = self.connection.execute(f"PRAGMA table_info({table})")
            self.columns[table] = {column[1] for column in info}
        for name, _ in row:
            if name not in self.columns[table]:
                self.connection.execute(f'ALTER TABLE {table} ADD COLUMN "{name}"')
                self.columns[table].add(name)
        names = ",".join(f'"{name}"' for name, _ in row)
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({','.join('?' * len(row))})",
                                [value for _, value in row])


def import_archive(database, number, path):
    rows = 0
    with tarfile.open(path, "r:gz") as archive:
        database.connection.execute("BEGIN")
        for member in archive:
            name = member.name.partition("/")[2]
            for pattern, table, parse in FILES:
                match = pattern.match(name)
                if match:
                    key = match.group(1) if match.groups() else ""
                    row = parse(archive.extractfile(member).read())
                    database.insert(table, [("snapshot", number), ("key", key)] + row)
                    rows += 1
                    break
        database.connection.execute("COMMIT")
    return rows


def main():
    database = Database(sys.argv[1])
    print(sum(import_archive(database, number, path) for number, path in enumerate(sys.argv[2:], 1)), "rows")


main()
