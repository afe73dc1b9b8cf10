"""findmnt: mounts as a tree, and what one looks for among them, in the form of util-linux on a real machine."""

SHARE = "192.168.100.22:/srv/nfs/storage"


def shared(console):
    console.ok(f"ssh worker-1 'mkdir /mnt/share && mount -t nfs {SHARE} /mnt/share'")


def test_it_shows_what_lies_in_what(console):
    assert console.ok("ssh nfs-server findmnt -o TARGET,FSTYPE").splitlines() == [
        "TARGET            FSTYPE",
        "/                 ext4",
        "├─/proc           proc",
        "│ └─/proc/fs/nfsd nfsd",
        "└─/run            tmpfs",
    ]


def test_it_finds_by_directory_device_path_and_type(console):
    shared(console)
    found = f"/mnt/share {SHARE} nfs4\n"
    for words in ("/mnt/share", SHARE, "-M /mnt/share", f"-S {SHARE}", "-T /mnt/share"):
        assert console.ok(f"ssh worker-1 findmnt -n -o TARGET,SOURCE,FSTYPE {words}") == found
    assert console.ok("ssh worker-1 findmnt -t nfs4,ext4 -no TARGET") == "/\n└─/mnt/share\n"
    assert console.ok("ssh worker-1 findmnt -lt nfs4,ext4 -no TARGET") == "/\n/mnt/share\n"
    assert console.fails("ssh worker-1 findmnt /nowhere") == ""


def test_what_it_does_not_know_it_says(console):
    assert console.fails("findmnt -o NONSENSE") == "findmnt: unknown column: NONSENSE\n"
    assert console.fails("findmnt --json") == "findmnt: option '--json' is not simulated in KubeLab\n"
