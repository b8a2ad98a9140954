/* The lists behind --anonymize.  Whatever is on none of them becomes a token, so a name that is missing here
 * costs readability, never secrecy. */
#include "collect/known_names.h"

#include <string.h>

#include "schema/base/text.h"
#include "schema/catalog.h"

/* Processes (at most 15 bytes of their names) and units.  Products that a customer may have chosen are among
 * them only where nearly every fleet has them; --anonymize=all hides these too. */
static const char system_programs[] =
	"(sd-pam) NetworkManager accounts-daemon agetty apache2 atd audisp auditd bash chrony chronyd "
	"containerd containerd-shim coredns cron crond dash dbus dbus-broker dbus-broker-lau "
	"dbus-daemon dhclient docker docker-proxy dockerd etcd firewalld getty gssproxy haproxy httpd "
	"init irqbalance java kube-apiserver kube-controller kube-proxy kube-scheduler kubelet "
	"libvirtd login lvmetad mariadbd memcached memreckon-colle memreckon-collect modprobe mongod "
	"multipathd mysqld networkd-dispat networkd-dispatcher nginx node node_exporter ntpd pause "
	"perl php-fpm polkit polkitd postgres postgresql prometheus python python2 python3 qemu-kvm "
	"qemu-system-x86 redis-server rngd rpcbind rsyslog rsyslogd ruby runc sh snapd ssh sshd sssd "
	"sudo syslog-ng systemd systemd-journal systemd-journald systemd-logind systemd-machine "
	"systemd-machined systemd-network systemd-networkd systemd-oomd systemd-resolve "
	"systemd-resolved systemd-timesyn systemd-timesyncd systemd-udevd systemd-userdbd "
	"systemd-userwor tuned udisks2 udisksd unattended-upgr unattended-upgrades upowerd virtlogd "
	"wpa_supplicant zsh";

/* A '#' stands for digits: numbers of users and sessions. */
static const char cgroup_structure[] =
	". .. -.mount -.slice app.slice background.slice besteffort burstable docker "
	"dev-hugepages.mount dev-mqueue.mount garden init init.scope k8s.io kubepods "
	"kubepods-besteffort.slice kubepods-burstable.slice kubepods.slice libpod_parent lxc machine "
	"machine.slice session-#.scope session-c#.scope session.slice system system-getty.slice "
	"system-modprobe.slice system.slice user user-#.slice user-runtime-dir@#.service user.slice "
	"user@#.service";

static const char mount_structure[] =
	"sys fs cgroup cgroup2 unified hybrid systemd dev mnt run host hostfs rootfs";

static const char controllers[] =
	"blkio cpu cpuacct cpuset debug devices freezer hugetlb io irq memory misc net_cls net_prio "
	"perf_event pids rdma";

/* Files of a cgroup: the scalars have rows in the fields of their tables, the others literal rows in
 * sources.def. */
static const char *const cgroup_scalars[] = {
#define FIELD(key, column, unit, kind, since, meaning, source) key,
#define IGNORED(key, meaning) key,
#define PATH_KEY(key, column, unit, meaning)
#include "schema/fields/cgroup1_memory.def"
#include "schema/fields/cgroup2_memory.def"
#undef FIELD
#undef IGNORED
#undef PATH_KEY
};

/* Of sources.def's {cgroup2}/cgroup.{file} and {cgroup2}/{resource}.pressure. */
static const char cgroup_others[] =
	"cgroup.controllers cgroup.freeze cgroup.kill cgroup.max.depth cgroup.max.descendants "
	"cgroup.subtree_control cgroup.type cpu.pressure io.pressure irq.pressure memory.pressure";

/* '*' stands for small letters, digits and '_'; '#' for what kmalloc's sizes are written with.
 * File systems, drivers and protocols of the kernel itself, and ZFS; caches of other modules are not listed,
 * nor are names that a device or pool gives (raid5-NAME). */
static const char slab_caches[] =
	"AF_VSOCK Acpi-Namespace Acpi-Operand Acpi-Parse Acpi-ParseExt Acpi-State DCCP DCCPv6 L2TP/IP "
	"L2TP/IPv6 MPTCP MPTCPv6 PCI_DMA_region_tables PING PINGv6 RAW RAWv6 SCTP SCTPv6 SMC SMC6 TCP "
	"TCPv6 TLS UDP UDP-Lite UDPLITEv6 UDPLite UDPv6 UNIX UNIX-STREAM XDP abd_* aio_kiocb anon_vma "
	"anon_vma_chain arc_* arp_cache asd_sas_event audit_buffer audit_tree_mark avc_* avtab_* "
	"backing_aio bdev_cache bfilp bfq_* bio-# bio_crypt_ctx bio_fallback_crypt_ctx "
	"bio_integrity_payload bio_post_read_ctx biovec-# blkdev_ioc blkdev_queue blkdev_requests "
	"bridge_fdb_cache bsg_cmd btree_node btrfs_* buffer_head can_gw ceph_* cfq_* cifs_* "
	"configfs_dir_cache cred cred_jar damon_region dax_cache debug_objects_cache "
	"debugfs_inode_cache dentry dio dlm_* dm_bio_prison_cell dm_bio_prison_cell_v2 "
	"dm_bufio_buffer-# dm_clone_io dm_dirty_log_flush_entry dm_exception dm_mpath_io "
	"dm_old_clone_request dm_rq_clone_bio_info dm_rq_target_io dm_snap_pending_exception "
	"dm_target_io dm_thin_endio_hook dm_thin_new_mapping dm_uevent dm_verity_fec_buffers "
	"dma-kmalloc-# dmaengine-unmap-# dmu_* dnode_t dnotify_mark dnotify_struct dquot "
	"drm_buddy_block drm_i915_gem_object drm_i915_gem_request drm_sched_fence dtl ebitmap_node "
	"ecryptfs_* ep_head epitem erofs_* erofs_pcluster-# eventpoll_epi eventpoll_pwq exfat_* "
	"ext2_* ext3_* ext4_* extent_status f2fs_* fanotify_* fasync_cache fat_* fib6_node fib6_nodes "
	"file_lease_cache file_lock_cache file_lock_ctx files_cache filp flow_cache fs_cache "
	"fs_struct fscache_* fscrypt_* fsnotify_* fsverity_* ftrace_event_field fuse_* gfs2_* "
	"gfs2_glock(aspace) hashtab_node hfs_* hfsplus_* hugetlbfs_* i915_* idr_layer_cache "
	"iint_cache ima_* inet_peer_cache inode_cache inotify_* io io_buffer io_kiocb iommu_* "
	"ip4-frags ip6-frags ip6_dst_cache ip6_mrt_cache ip_dst_cache ip_fib_* ip_mrt_cache ip_vs_* "
	"isofs_inode_cache jbd2_* jffs2_* jfs_* journal_handle journal_head kcf_* kcopyd_job kernfs_* "
	"key_jar khugepaged_* kiocb kioctx kmalloc-# kmalloc-cg-# kmalloc-node kmalloc-rcl-# "
	"kmalloc-rnd-# kmalloc_buckets kmem_cache kmem_cache_node ksm_* kvm_* lsm_* lz4_cache "
	"maple_node mb_cache_entry mbcache mem_cgroup mem_cgroup_per_node memdup_user-# mlx5_* "
	"mm_slot mm_struct mnt_cache mptcp_* mqueue_inode_cache msg_msg-# names_cache ndisc_cache "
	"net_namespace netfs_* nf-frags nf_conncount_* nf_conntrack nf_conntrack_# "
	"nf_conntrack_expect nfs4_* nfs_* nfsd4_* nfsd_* nmi_save_areas nsproxy ntfs_* numa_policy "
	"nvme_* ocfs2_* ovl_* page->ptl pde_opener pending_reservation perf_event pgd_cache "
	"pgtable-2^# pid pid_# pid_namespace pidfs_* pool_workqueue posix_timers_cache proc_dir_entry "
	"proc_inode_cache pte_list_desc ptlock_cache qdio_q qla2xxx_srbs radix_tree_node "
	"range_seg_cache reiser_inode_cache request_queue request_queue_srcu request_sock_TCP "
	"request_sock_TCPv6 request_sock_subflow request_sock_subflow_v4 request_sock_subflow_v6 "
	"revoke_record revoke_table rpc_* sa_cache sas_task scsi_* sctp_* sd_ext_cdb se_sess_cache "
	"secpath_cache selinux_* seq_file sgpool-# shared_policy_node shmem_inode_cache sighand_cache "
	"signal_cache sigqueue sio_cache_# size-# size-#(DMA) skbuff_* slabinfo sock_inode_cache "
	"spl_* squashfs_inode_cache sw_flow sw_flow_stats sysfs_dir_cache sysfs_inode_cache t10_* "
	"task_delay_info task_group task_struct task_xstate taskstats tcp_bind2_bucket "
	"tcp_bind_bucket thread_info thread_stack trace_event_field trace_event_file tracefs_* ttm_* "
	"tw_sock_TCP tw_sock_TCPv6 ubifs_* udf_inode_cache uhci_urb_priv uid_cache user_namespace "
	"userfaultfd_ctx_cache uts_namespace v9fs_* virtio_scsi_cmd vm_area_struct vma_lock vmap_area "
	"x86_* xfrm6_* xfrm_* xfs_* xt_hashlimit zcrypt_* zfs_* zil_* zio_* zs_handle zs_handle-zram# "
	"zs_handle-zswap# zspage zspage-zram# zspage-zswap# zswap_*";

/* What settings are made of, beside numbers. */
static const char plain_words[] =
	"Default Node Zone advise always default defer defer+madvise deny domain force inherit "
	"invalid kB madvise max min never none node scan-time threaded within_size zone";

static bool is_listed(const char *list, const char *name, size_t length_bytes)
{
	const char *end = list + strlen(list), *word;
	size_t word_bytes;

	while ((word_bytes = mr_next_word(&list, end, &word)))
		if (word_bytes == length_bytes && !memcmp(word, name, length_bytes))
			return true;
	return false;
}

size_t mr_span(const char *text, size_t length_bytes, const char *characters)
{
	size_t i = 0;

	while (i < length_bytes && text[i] && strchr(characters, text[i]))
		i++;
	return i;
}

/* A pattern in which the first '#' or '*' stands for one or more of these characters. */
static bool matches(const char *pattern, size_t pattern_bytes, const char *characters, const char *name,
		    size_t length_bytes)
{
	size_t before_bytes = 0;

	while (before_bytes < pattern_bytes && pattern[before_bytes] != '#' && pattern[before_bytes] != '*')
		before_bytes++;
	if (before_bytes == pattern_bytes)
		return length_bytes == pattern_bytes && !memcmp(pattern, name, length_bytes);
	const char *after = pattern + before_bytes + 1;
	size_t after_bytes = pattern_bytes - before_bytes - 1;
	if (length_bytes <= before_bytes + after_bytes || memcmp(pattern, name, before_bytes) != 0 ||
	    memcmp(after, name + length_bytes - after_bytes, after_bytes) != 0)
		return false;
	size_t middle_bytes = length_bytes - before_bytes - after_bytes;
	return mr_span(name + before_bytes, middle_bytes, characters) == middle_bytes;
}

/* Of a list of patterns: @of_hash and @of_star are what '#' and '*' stand for. */
static bool is_matched(const char *list, const char *of_hash, const char *of_star, const char *name,
		       size_t length_bytes)
{
	const char *end = list + strlen(list), *word;
	size_t word_bytes;

	while ((word_bytes = mr_next_word(&list, end, &word)))
		if (matches(word, word_bytes, memchr(word, '#', word_bytes) ? of_hash : of_star, name,
			    length_bytes))
			return true;
	return false;
}

bool mr_is_system_program(const char *name, size_t length_bytes)
{
	return is_listed(system_programs, name, length_bytes);
}

bool mr_is_cgroup_structure(const char *name, size_t length_bytes)
{
	return is_matched(cgroup_structure, "0123456789", "", name, length_bytes);
}

/* {cgroup1}/NAME or {cgroup2}/NAME in sources.def, without another placeholder. */
static bool is_literal_row(const char *pattern, const char *name, size_t length_bytes)
{
	size_t prefix_bytes = strlen("{cgroupN}/");

	return !strncmp(pattern, "{cgroup", strlen("{cgroup")) &&
	       mr_text_is(name, length_bytes, pattern + prefix_bytes);
}

bool mr_is_cgroup_file(const char *name, size_t length_bytes)
{
	/* the name of a placeholder is no name of a file */
	if (memchr(name, '{', length_bytes))
		return false;
	for (size_t i = 0; i < mr_source_count; i++)
		if (is_literal_row(mr_sources[i].pattern, name, length_bytes))
			return true;
	for (size_t i = 0; i < sizeof(cgroup_scalars) / sizeof(cgroup_scalars[0]); i++)
		if (mr_text_is(name, length_bytes, cgroup_scalars[i]))
			return true;
	return is_listed(cgroup_others, name, length_bytes);
}

/* "memory", or several: "cpu,cpuacct". */
static bool is_controllers(const char *name, size_t length_bytes)
{
	const char *end = name + length_bytes;

	for (;;) {
		const char *comma = memchr(name, ',', (size_t)(end - name));

		if (!is_listed(controllers, name, (size_t)((comma ? comma : end) - name)))
			return false;
		if (!comma)
			return true;
		name = comma + 1;
	}
}

bool mr_is_mount_structure(const char *name, size_t length_bytes)
{
	return is_listed(mount_structure, name, length_bytes) || is_controllers(name, length_bytes);
}

bool mr_is_kernel_slab_cache(const char *name, size_t length_bytes)
{
	return is_matched(slab_caches, "0123456789kKMG-^max", "abcdefghijklmnopqrstuvwxyz0123456789_", name,
			  length_bytes);
}

size_t mr_next_word(const char **at, const char *end, const char **ret_word)
{
	while (*at < end && (!**at || strchr(" \t\r\n", **at)))
		(*at)++;
	*ret_word = *at;
	while (*at < end && **at && !strchr(" \t\r\n", **at))
		(*at)++;
	return (size_t)(*at - *ret_word);
}

/* 12, -1, 0.25, 0-3,8, 1/234, 0x1f, 95%, 2048kB: begins with a digit, perhaps behind a sign. */
static bool is_number(const char *word, size_t length_bytes)
{
	size_t sign_bytes = word[0] == '-' || word[0] == '+';

	if (length_bytes > 2 && !memcmp(word + length_bytes - 2, "kB", 2))
		length_bytes -= 2;
	return length_bytes > sign_bytes && word[sign_bytes] >= '0' && word[sign_bytes] <= '9' &&
	       mr_span(word, length_bytes, "0123456789abcdefABCDEFx.,:/+-%") == length_bytes;
}

bool mr_is_plain(const char *text, size_t length_bytes)
{
	const char *end = text + length_bytes, *word;
	size_t word_bytes;

	while ((word_bytes = mr_next_word(&text, end, &word))) {
		/* the setting in force stands in brackets */
		if (word_bytes > 2 && word[0] == '[' && word[word_bytes - 1] == ']') {
			word++;
			word_bytes -= 2;
		}
		if (!is_number(word, word_bytes) && !is_listed(plain_words, word, word_bytes) &&
		    !is_listed(controllers, word, word_bytes))
			return false;
	}
	return true;
}
