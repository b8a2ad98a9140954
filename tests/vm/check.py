"""check.py OUT.tar: compare a snapshot of scenarios/basic.sh with what the
load programs say they made (out/truth).  Reads the stand-in snapshot
(out/snap) and prints one line a check; exit status 1 when one fails.

It also states the facts other checks can build on: byte order, page size,
which pages of a load carry which flags, and what kpagecgroup holds."""
import collections
import struct
import sys
import tarfile

FLAGS = """LOCKED ERROR REFERENCED UPTODATE DIRTY LRU ACTIVE SLAB WRITEBACK RECLAIM
BUDDY MMAP ANON SWAPCACHE SWAPBACKED COMPOUND_HEAD COMPOUND_TAIL HUGE UNEVICTABLE
HWPOISON NOPAGE KSM THP OFFLINE ZERO_PAGE IDLE PGTABLE""".split()
BIT = {n: i for i, n in enumerate(FLAGS)}

tar = tarfile.open(sys.argv[1])
names = set(tar.getnames())


def data(name):
    return tar.extractfile(name).read()


def text(name):
    return data(name).decode(errors="replace")


info = dict(l.split("=", 1) for l in text("vm/info").splitlines() if "=" in l)
order = ">" if info["machine"] == "s390x" else "<"
S = "out/snap"


def words(name):
    b = data(name)
    return struct.unpack(f"{order}{len(b) // 8}Q", b)


flags = words(S + "/proc/kpageflags")
counts = words(S + "/proc/kpagecount")
cgs = words(S + "/proc/kpagecgroup")
inode = {}
for line in text(S + "/cgroup-inodes").splitlines():
    n, path = line.split(" ", 1)
    inode[path] = int(n)
base = "/sys/fs/cgroup/memory" if info["cgroup"] in ("v1", "hybrid") else "/sys/fs/cgroup"
failed = 0


def check(ok, what):
    global failed
    failed += not ok
    print(("ok    " if ok else "FAILED"), what)


def status(pid, key):
    for line in text(f"{S}/proc/{pid}/status").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return None


print(f"{info['package']} {info['machine']} {order}endian, {len(flags)} page frames,",
      sum(1 for f in flags if f >> BIT["NOPAGE"] & 1), "without a page,",
      "flags", len(flags), "count", len(counts), "cgroup", len(cgs))
for t in sorted(n for n in names if n.startswith("out/truth/") and "." not in n.rsplit("/", 1)[1]):
    lines = [l.split("=", 1) for l in text(t).splitlines()]
    d = dict(lines)
    page = int(d["page_size"])
    cg = base + d["cgroup"]
    pid = d["pid"]
    want = collections.Counter()
    for k, v in lines:
        if k.endswith("_bytes"):
            want[k] += int(v)
    regions = collections.defaultdict(list)
    if t + ".pfns" in names:
        for line in text(t + ".pfns").splitlines():
            r, i, state, pfn = line.split()
            regions[r].append((state, int(pfn)))
    for r, pages in regions.items():
        pres = [p for s, p in pages if s == "present"]
        swapped = sum(s == "swapped" for s, _ in pages)
        c = collections.Counter()
        for p in pres:
            for n, i in BIT.items():
                if flags[p] >> i & 1:
                    c[n] += 1
        top = " ".join(f"{n}:{v}" for n, v in c.most_common(9))
        # only the first page of a compound page has an owner
        whole = [p for p in pres if not flags[p] >> BIT["COMPOUND_TAIL"] & 1]
        owners = collections.Counter(cgs[p] for p in whole)
        own = owners.get(inode.get(cg), 0)
        maps = collections.Counter(counts[p] for p in pres)
        print(f"       {d['name']}/{r}: {len(pres)} present {swapped} swapped; {top}; "
              f"own cgroup {own}; mapcount {dict(maps.most_common(3))}")
        if r in ("anon", "mlock", "cow"):
            check(c["ANON"] >= 0.98 * len(pages), f"{d['name']}/{r}: pages are ANON")
        if r in ("file", "shm", "sysv", "memfd", "sharedanon"):
            check(c["MMAP"] >= 0.98 * len(pages), f"{d['name']}/{r}: pages are MMAP")
        if r == "mlock":
            check(c["UNEVICTABLE"] >= 0.98 * len(pages), f"{d['name']}/{r}: pages are UNEVICTABLE")
        if r == "pageout":
            check(swapped * page >= 0.95 * want["swap_bytes"], f"{d['name']}: {swapped} pages swapped")
        if r in ("anon", "mlock", "cow", "file", "shm", "sysv", "memfd", "sharedanon"):
            check(own >= 0.98 * len(whole), f"{d['name']}/{r}: kpagecgroup is the inode of {d['cgroup']}")
    if f"{S}/proc/{pid}/status" in names:
        anon, file, shm, swap = (status(pid, k) for k in ("RssAnon", "RssFile", "RssShmem", "VmSwap"))
        slack = 600 + 128 * page // 1024
        if want["anon_bytes"]:
            made = want["anon_bytes"] // 1024
            check(abs(anon - made) <= slack, f"{d['name']}: RssAnon {anon} kB, made {made}")
        if want["file_bytes"]:
            made = want["file_bytes"] // 1024
            check(0 <= file - made <= 3000, f"{d['name']}: RssFile {file} kB, made {made}")
        if want["shmem_bytes"]:
            made = want["shmem_bytes"] // 1024
            check(abs(shm - made) <= slack, f"{d['name']}: RssShmem {shm} kB, made {made}")
        if want["swap_bytes"]:
            made = want["swap_bytes"] // 1024
            check(abs(swap - made) <= slack, f"{d['name']}: VmSwap {swap} kB, made {made}")
ksm = [counts[p] for p, f in enumerate(flags) if f >> BIT["KSM"] & 1]
print("       KSM pages:", len(ksm), "mapped", sum(ksm), "times")
check(bool(ksm), "there are KSM pages (more mappings than pages)")
known = set(inode.values()) | {0}
gone = collections.Counter(c for c in cgs if c not in known)
check(not gone, "kpagecgroup names only cgroups that have a folder")
num = [l.split() for l in text(S + "/proc/cgroups").splitlines() if l[0] != "#"]
num = {l[0]: int(l[2]) for l in num}.get("memory", 0)
folders = sum(1 for p in inode if p == base or p.startswith(base + "/"))
print(f"       /proc/cgroups: {num} memory cgroups, {folders} folders")
if info["cgroup"] == "v1":
    check(num > folders, "the removed cgroup 'dead' is counted in /proc/cgroups")
print(f"{failed} failed")
sys.exit(failed != 0)
