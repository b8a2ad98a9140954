# The kernel's own structures beside the snapshot: every memory cgroup, the
# removed ones too, and the owner of some pages.  Boot with --mem 3500
# --scratch 64 --packages "python3 python3-drgn @dbg" (downloads 280 MB and
# more, needs 3 GB of disk while the package image is made).
. /vm/lib.sh
set -e
PFNS=1
load live live1 anon 6 nothp + shm /dev/shm/live 2
cg_new gone
cg_exec gone memload -t 1 cache /scratch/gone.dat 5 + shm /dev/shm/gone 3 >/dev/null
rmdir $CG/gone
settle
snap /out/snap
cat >/tmp/memcg.py << 'X'
import drgn
from drgn.helpers.linux.cgroup import cgroup_path
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import pfn_to_page

p = drgn.program_from_kernel()
try:
    p.load_default_debug_info()
except drgn.MissingDebugInfoError:
    pass  # modules have none here
CSS_ONLINE = 1 << 1


def show(css):
    memcg = drgn.container_of(css, "struct mem_cgroup", "css")
    state = "online" if css.flags & CSS_ONLINE else "removed"
    print("memcg", hex(memcg), state, "inode", css.cgroup.kn.id.value_(),
          "pages", memcg.memory.usage.counter.value_(), cgroup_path(css.cgroup).decode())
    # drgn's own walk leaves the removed ones out
    for child in list_for_each_entry("struct cgroup_subsys_state",
                                     css.children.address_of_(), "sibling"):
        show(child)


show(p["root_mem_cgroup"].css.address_of_())
owners = {}
for line in open("/out/truth/live1.pfns"):
    name, i, state, pfn = line.split()
    if state == "present":
        memcg = pfn_to_page(p, int(pfn)).memcg_data.value_() & ~3
        key = (name, hex(memcg))
        owners[key] = owners.get(key, 0) + 1
print("owners", owners)
X
deb python3 /tmp/memcg.py | tee /out/memcg
grep -c . /out/snap/cgroup-dirs
grep memory /proc/cgroups
