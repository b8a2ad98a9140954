#!/usr/bin/env python3
"""encoding.py DATABASE: how large a database is beside the bytes of its rows in SQLite's own encoding.

Of each row the header (a varint for each column) and the bodies of its values, as https://sqlite.org/fileformat.html
section 2.1 has them; nothing for pages, cells and indexes.  Prints a line for each table of some size, then the whole.
"""
import sqlite3
import sys

SMALL_SHARE = 0.01  # of the file; tables below it are in the sum only


def length_of(column):
    """SQL: bytes of the body.  A whole number in a REAL column is written as the integer that it is."""
    return f"""CASE WHEN "{column}" IS NULL THEN 0
        WHEN typeof("{column}") = 'real' AND "{column}" <> CAST("{column}" AS INTEGER) THEN 8
        WHEN typeof("{column}") IN ('integer', 'real') THEN CASE WHEN "{column}" IN (0, 1) THEN 0
            WHEN "{column}" BETWEEN -128 AND 127 THEN 1 WHEN "{column}" BETWEEN -32768 AND 32767 THEN 2
            WHEN "{column}" BETWEEN -8388608 AND 8388607 THEN 3
            WHEN "{column}" BETWEEN -2147483648 AND 2147483647 THEN 4
            WHEN "{column}" BETWEEN -140737488355328 AND 140737488355327 THEN 6 ELSE 8 END
        ELSE length(CAST("{column}" AS BLOB)) END"""


def type_length_of(column):
    """SQL: bytes of the varint in the header; longer than one only for texts from 58 bytes on."""
    return f"""CASE WHEN typeof("{column}") IN ('text', 'blob')
        THEN CASE WHEN length(CAST("{column}" AS BLOB)) < 58 THEN 1 WHEN length(CAST("{column}" AS BLOB)) < 8186 THEN 2
             ELSE 3 END ELSE 1 END"""


def encoded_bytes(connection, table):
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    bodies = "+".join(length_of(column) for column in columns)
    # the length of the header itself is a varint, too
    header = "+".join(type_length_of(column) for column in columns) + (" + 1" if len(columns) < 127 else " + 2")
    return connection.execute(f'SELECT count(*), coalesce(sum({header} + {bodies}), 0) FROM "{table}"').fetchone()


def used_pages(connection):
    """Bytes of all pages of each table or index, and of these the unused ones; nothing where SQLite lacks dbstat."""
    try:
        rows = connection.execute("SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name")
        return {name: (pages, unused) for name, pages, unused in rows}
    except sqlite3.OperationalError:
        return {}


def main():
    connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    pages = used_pages(connection)
    file_bytes = connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    total_rows = total_bytes = 0
    print(f"{'table':28} {'rows':>10} {'encoded':>12} {'pages':>12} {'ratio':>6} {'unused':>7}")
    for table in tables:
        rows, encoded = encoded_bytes(connection, table)
        in_pages, unused = pages.get(table, (0, 0))
        total_rows += rows
        total_bytes += encoded
        if max(encoded, in_pages) >= SMALL_SHARE * file_bytes and in_pages:
            print(f"{table:28} {rows:10} {encoded:12} {in_pages:12} {in_pages / max(encoded, 1):6.3f} {unused / in_pages:7.3f}")
    indexes = sum(size for name, (size, _) in pages.items() if name not in tables and name != "sqlite_schema")
    print(f"{'indexes beside the tables':28} {'':10} {'':12} {indexes:12}")
    print(f"{'file':28} {total_rows:10} {total_bytes:12} {file_bytes:12} {file_bytes / total_bytes:6.3f}")


main()
