"""mount and umount on nodes: a share of the NFS server, by hand. Source: mount(8), umount(8), nfs(5)."""

SHARE = "192.168.100.22:/srv/nfs/storage"


def test_a_share_is_mounted_written_to_and_unmounted(console):
    before = console.ok("ssh worker-1 'touch /mnt/below; ls /mnt'")
    assert console.ok(f"ssh worker-1 mount -t nfs {SHARE} /mnt") == ""
    assert console.ok("ssh worker-1 'echo hello > /mnt/note; ls /mnt'") == "note\n"
    assert console.ok("ssh 192.168.100.22 cat /srv/nfs/storage/note") == "hello\n"
    assert console.ok("ssh worker-1 df -h /mnt").splitlines()[1].split()[:2] == [SHARE, "100G"]
    assert f"{SHARE} on /mnt type nfs4 (rw,relatime,vers=4.2," in console.ok("ssh worker-1 mount")
    assert "busy or already mounted" in console.fails(f"ssh worker-1 mount {SHARE} /mnt")
    assert console.fails("ssh worker-1 'cd /mnt; umount /mnt'") == "umount: /mnt: target is busy.\n"
    assert console.ok("ssh worker-1 'umount /mnt; ls /mnt'") == before
    assert console.fails("ssh worker-1 umount /mnt") == "umount: /mnt: not mounted.\n"
    assert console.fails("ssh worker-1 umount /nope") == "umount: /nope: no mount point specified.\n"


def test_what_cannot_be_mounted_says_why(console):
    assert console.run(f"ssh worker-1 mount -t nfs {SHARE} /nope").exit == 32
    told = console.fails(f"ssh worker-1 mount -t nfs {SHARE} /nope")
    assert told == "mount.nfs: mount point /nope does not exist\n"
    told = console.fails("ssh worker-1 mount -t nfs 192.168.100.22:/home /mnt")
    assert told == "mount.nfs: access denied by server while mounting 192.168.100.22:/home\n"
    console.ok("ssh 192.168.100.22 systemctl stop nfs-server")
    began = console.now
    told = console.fails(f"ssh worker-1 mount -t nfs {SHARE} /mnt")
    assert told == f"mount.nfs: Connection timed out for {SHARE} on /mnt\n" and console.now - began >= 120
    assert "only of NFS" in console.fails("ssh worker-1 mount /dev/sdb /mnt")


def test_a_share_is_seen_read_only_and_gone_after_a_boot(console):
    console.ok(f"ssh worker-1 mount -o ro {SHARE} /mnt")
    assert "Read-only file system" in console.fails("ssh worker-1 touch /mnt/note")
    console.run("ssh worker-1 reboot")
    console.advance(120)
    assert "nfs4" not in console.ok("ssh worker-1 mount")


def test_a_server_that_is_gone_leaves_an_error_where_the_share_was(console):
    console.ok(f"ssh worker-1 mount {SHARE} /mnt")
    console.ok("ssh 192.168.100.22 systemctl stop nfs-server")
    assert "Input/output error" in console.fails("ssh worker-1 ls /mnt")
    assert f"{SHARE} on /mnt" in console.ok("ssh worker-1 'df > /tmp/told; mount; umount -l /mnt'")
    assert "/mnt" not in console.ok("ssh worker-1 mount")
