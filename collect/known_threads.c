/* Names of kernel threads and of the work queues that kworker threads name.  Some of them carry what somebody
 * chose: the address of an NFS server (10.1.2.3-manager), a network interface, a DRBD resource, an md array.
 * So only names on this list are taken for the kernel's own. */
#include "collect/known_names.h"

#include <stdio.h>
#include <string.h>

#define PATTERN_BYTES 64
/* Letters that number the disks of a driver: sda, sdzz. */
#define DISK_LETTERS_MAX 3
/* TASK_COMM_LEN without its NUL: where the kernel cuts names of threads off, up to 5.16 in /proc too. */
#define THREAD_NAME_BYTES 15

/* '#' stands for digits, '@' for the name that the kernel gives to a block device. */
static const char threads[] =
	/* the scheduler, interrupts, RCU */
	"kthreadd kworker/#:# kworker/#:#H kworker/u#:# kworker/u#:#H kworker/dying pool_workqueue_release "
	"async/# backlog_napi/# cpuhp/# idle_inject/# irq_work/# ksoftirqd/# ktimers/# ktimersoftd/# "
	"migration/# posixcputmr/# stopper/# watchdog/# watchdogd rcu_bh rcu_exp_gp_kthread_worker "
	"rcu_exp_par_gp_kthread_worker/# rcu_gp rcu_par_gp rcu_preempt rcu_sched rcu_tasks_kthread "
	"rcu_tasks_rude_kthread rcu_tasks_trace_kthread rcub/# rcuc/# rcuob/# rcuog/# rcuop/# rcuos/# "
	/* memory */
	"kcompactd# kdamond.# khugepaged kmemleak ksmd kswapd# mm_percpu_wq oom_reaper pdflush "
	"slub_flushwq kvfree_rcu_reclaim vballoon vmmemctl vmstat writeback zswap-shrink zswap_shrink "
	/* the system's own queues and threads */
	"aio/# bioset blkcg_punt_bio cgroup_bpf_destroy cgroup_destroy cgroup_free cgroup_offline "
	"cgroup_pidlist_destroy cgroup_release charger_manager cpuset_migrate_mm cqueue cryptd crypto "
	"deferwq devfreq_wq edac-poller events events_bh events_bh_highpri events_freezable "
	"events_freezable_power_efficient events_freezable_pwr_efficient events_highpri events_long "
	"events_power_efficient events_pwr_efficient events_unbound fsnotify_mark hwrng inet_frag_wq "
	"ipv6_addrconf kacpi_hotplug kacpi_notify kacpid kauditd kblockd kblockd/# kdevtmpfs khelper "
	"khungtaskd khubd kintegrityd kondemand/# kpsmoused kseriod kstrp ksuspend_usbd kthrotld linkwatch "
	"livepatch mld netns pm pr/hvc# pr/legacy pr/tty# pr/ttyS# psimon quota_events_unbound sync_wq "
	"sync_supers tls-strp tpm_dev_wq usb_hub_wq usbhid_resumer acpi_thermal_pm "
	/* file systems */
	"btrfs-balance btrfs-cache btrfs-cleaner btrfs-compressed-write btrfs-delalloc btrfs-delayed-meta "
	"btrfs-discard btrfs-endio btrfs-endio-meta btrfs-endio-meta-write btrfs-endio-raid56 "
	"btrfs-endio-write btrfs-fixup btrfs-flush_delalloc btrfs-freespace-write btrfs-genwork "
	"btrfs-qgroup-rescan btrfs-readahead btrfs-rmw btrfs-scrub btrfs-submit btrfs-transaction btrfs-uuid "
	"btrfs-worker btrfs-worker-high cifs-dfscache cifsd cifsfileinfoput cifsiod cifsoplockd "
	"deferredclose delete_workqueue dio/@ dlm_astd dlm_callback dlm_recoverd dlm_recv dlm_scand dlm_send "
	"ecryptfs-kthread ext4-rsv-conversion ext4lazyinit f2fs_ckpt-@ f2fs_discard-@ f2fs_flush-@ f2fs_gc-@ "
	"flush-@ flush-btrfs-# fscache_object fscache_operation gfs2_freeze_recovery gfs2_recovery "
	"glock_workqueue jbd2/@ jbd2/@-# jffs2_gcd_mtd# jfsCommit jfsIO jfsSync kafsd kmmpd kmmpd-@ krxrpcd "
	"ksmbd-io lockd nfsd nfsd4 nfsd4_callbacks nfsiod nfsv4.#-svc nfsv#-svc o2net ocfs2_wq ocfs2cmt "
	"ocfs2dc "
	"ocfs2rec rpciod smb3decryptd ubi_bgt#d ubifs_bgt#_# user_dlm xfs-blockgc/@ xfs-buf/@ xfs-cil/@ "
	"xfs-conv/@ xfs-data/@ xfs-eofblocks/@ xfs-gc/@ xfs-inodegc/@ xfs-log/@ xfs-reclaim/@ xfs-sync/@ "
	"xfs_mru_cache xfsaild/@ xfsalloc xfsbufd/@ xfsconvertd xfsdatad xfslogd xfssyncd/@ xprtiod "
	/* ZFS */
	"arc_evict arc_flush arc_prune arc_reap arc_reclaim dbu_evict dbuf_evict dp_sync_taskq "
	"dp_zil_clean_taskq l2arc_feed metaslab_group_taskq mmp spl_delay_taskq spl_dynamic_taskq "
	"spl_kmem_cache spl_system_taskq txg_quiesce txg_sync z_checkpoint_discard z_cl_int z_cl_iss "
	"z_fr_int "
	"z_fr_int_# z_fr_iss z_fr_iss_# z_indirect_condense z_ioctl_int z_ioctl_iss z_livelist_condense "
	"z_livelist_destroy z_metaslab z_null_int z_null_iss z_prefetch z_rd_int z_rd_int_# z_rd_iss "
	"z_trim_int z_trim_iss z_unlinked_drain z_upgrade z_vdev_file z_wr_int z_wr_int_# z_wr_int_h "
	"z_wr_iss "
	"z_wr_iss_# z_wr_iss_h z_zvol zvol zvol_tq-# "
	/* disks */
	"ata/# ata_aux ata_sff bcache bcache_gc bch_btree_io bch_journal ceph-cap ceph-completion ceph-inode "
	"ceph-msgr dm-cache dm-thin dm_bufio_cache dmcrypt_write dmcrypt_write/@ fc_dl_# fc_wq_# "
	"fw_event_mpt3sas# iscsi_conn_cleanup iscsi_eh iscsi_np iscsi_q_# iscsi_trx iscsi_ttx kcopyd kcryptd "
	"kcryptd-@-# kcryptd/@ kcryptd_io kcryptd_io-@-# kcryptd_io/@ kdmflush kdmflush/@ kmirrord "
	"kmpath_handlerd kmpath_rdacd kmpathd ksnaphd kverityd loop# lpfc_worker_# md md#_raid0 md#_raid1 "
	"md#_raid10 md#_raid4 md#_raid5 md#_raid6 md#_recovery md#_reshape md#_resync md_misc mmc_complete "
	"mmcqd/# mpt/# mpt_poll_# mtdblock# nvme-auth-wq nvme-delete-wq nvme-reset-wq nvme-wq nvme_tcp_wq "
	"nvmet-buffered-io-wq nvmet-wq nvmet-zbd-wq nvmet_tcp_wq poll_mpt3sas#_status qla2xxx_wq_# raid5wq "
	"rbd rbd#-tasks scsi_eh_# scsi_tmf_# scsi_wq_# vmw_pvscsi_wq_# "
	/* network, graphics, virtual machines, platforms */
	"bnx2x bnxt_pf_wq card#-crtc# cfg80211 eehd hci# hd-audio# hv_balloon hv_pri_chan hv_sub_chan "
	"hv_vmbus_con hv_vmbus_rescind i40e i915/signal:# i915_flip iavf ib-comp-unb-wq ib-comp-wq ib_addr "
	"ib_cm ib_mcast ib_nl_sa_wq ice infiniband ipoib_wq irqbypass iw_cm_wq ixgbe kbnepd khvcd kipmi# "
	"kopald krdsd krfcommd kvm kvm-irqfd-cleanup kvm-nx-lpage-recovery kvm-nx-lpage-recovery-# kvm-pit/# "
	"mlx4_en mlx4_ib mlx5_esw_wq nv_open_q nv_queue phy# rdma_cm rtasd smc_close_wq smc_hs_wq spi# ttm "
	"ttm_swap vfio-irqfd-cleanup vhost-# virtio_vsock xenbus xenbus_probe xenwatch "
	/* threads of interrupts, behind irq/NUMBER- */
	"ACPI:Ged AMD-Vi acpi aerdrv dmar# mei_me mmc# nvme#q# pcie-dpc pciehp xhci_hcd";

/* What stands before the '-' or '+' behind which a thread says whom it works for. */
static const char heads[] = "irq/# kworker/#:# kworker/#:#H kworker/R kworker/u#:# kworker/u#:#H";

/* Names of block devices; '%' stands for the letters of a disk.  An array that was given a name, md_NAME, is
 * none of them. */
static const char *const devices[] = {
	"#:#",    "bcache#",   "bcache#p#", "dasd%",     "dasd%#", "dm-#",    "drbd#",     "hd%",
	"hd%#",   "loop#",     "loop#p#",   "md#",       "md#p#",  "mmcblk#", "mmcblk#p#", "nbd#",
	"nbd#p#", "nvme#c#n#", "nvme#n#",   "nvme#n#p#", "pmem#",  "ram#",    "rbd#",      "rbd#p#",
	"sd%",    "sd%#",      "sr#",       "vd%",       "vd%#",   "xvd%",    "xvd%#",     "zram#",
};

static bool fits(const char *pattern, const char *name, const char *end, bool may_be_cut);

/* Some device, and then the rest of the pattern. */
static bool fits_device(const char *rest, const char *name, const char *end, bool may_be_cut)
{
	char pattern[PATTERN_BYTES];

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s%s", devices[i], rest);
		if (fits(pattern, name, end, may_be_cut))
			return true;
	}
	return false;
}

static size_t filler_bytes(char placeholder, const char *name, size_t length_bytes)
{
	if (placeholder == '#')
		return mr_span(name, length_bytes, "0123456789");
	return mr_span(name, length_bytes < DISK_LETTERS_MAX ? length_bytes : DISK_LETTERS_MAX,
		       "abcdefghijklmnopqrstuvwxyz");
}

/* @may_be_cut  the end of the name may be missing */
static bool fits(const char *pattern, const char *name, const char *end, bool may_be_cut)
{
	for (; name < end && *pattern; pattern++) {
		if (*pattern == '@')
			return fits_device(pattern + 1, name, end, may_be_cut);
		bool is_placeholder = *pattern == '#' || *pattern == '%';
		size_t bytes = is_placeholder ? filler_bytes(*pattern, name, (size_t)(end - name))
					      : *pattern == *name;
		if (!bytes)
			return false;
		name += bytes;
	}
	return name == end && (!*pattern || may_be_cut);
}

static bool is_listed(const char *list, const char *name, size_t length_bytes, bool may_be_cut)
{
	const char *list_end = list + strlen(list), *word;
	char pattern[PATTERN_BYTES];
	size_t word_bytes;

	while ((word_bytes = mr_next_word(&list, list_end, &word))) {
		snprintf(pattern, sizeof(pattern), "%.*s", (int)word_bytes, word);
		if (fits(pattern, name, name + length_bytes, may_be_cut))
			return true;
	}
	return false;
}

size_t mr_kernel_thread_known_bytes(const char *name, size_t length_bytes)
{
	bool may_be_cut = length_bytes == THREAD_NAME_BYTES;
	size_t head_bytes = 0;

	if (is_listed(threads, name, length_bytes, may_be_cut))
		return length_bytes;
	while (head_bytes < length_bytes && name[head_bytes] != '-' && name[head_bytes] != '+')
		head_bytes++;
	if (head_bytes == length_bytes || !is_listed(heads, name, head_bytes, false))
		return 0;
	head_bytes++;
	return is_listed(threads, name + head_bytes, length_bytes - head_bytes, may_be_cut) ? length_bytes
											    : head_bytes;
}
