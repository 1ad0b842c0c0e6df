"""Reports of shell scripts."""

from __future__ import annotations

from tests.unit.signature.families import Family, at

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family, ...] = (
    Family(
        name="sh_commands",
        members=(
            at(
                "a",
                "tar: /data/in/2026: Cannot open: No such file or directory",
                "  at main (/srv/jobs/pack.sh:7)",
                file="/srv/jobs/pack.sh",
                line=4,
            ),
            at(
                "a",
                "tar: /data/x.tgz: Cannot open: No such file or directory",
                "  at main (/opt/rel-7/pack.sh:17)",
                file="/opt/rel-7/pack.sh",
                line=14,
            ),
            at(
                "b",
                "tar: /data/in/2026: Cannot open: Permission denied",
                "  at main (/srv/jobs/pack.sh:7)",
                file="/srv/jobs/pack.sh",
                line=4,
            ),
            at(
                "c",
                "tar: /data/in/2026: Cannot open: No such file or directory",
                "  at main (/srv/jobs/send.sh:7)",
                file="/srv/jobs/send.sh",
                line=4,
            ),
        ),
    ),
    Family(
        name="sh_functions",
        members=(
            at("a", "upload of 7 failed", "", file="/srv/up.sh", line=4, function="upload"),
            at("a", "upload of 9 failed", "", file="/opt/up.sh", line=14, function="upload"),
            at("b", "upload of 7 failed", "", file="/srv/up.sh", line=9, function="retry_upload"),
        ),
    ),
    Family(
        name="sh_caller",
        members=(
            at(
                "a",
                "disk 7 is full",
                "4 check /srv/disk.sh\n9 main /srv/disk.sh",
                file="/srv/disk.sh",
                line=4,
            ),
            at(
                "a",
                "disk 8 is full",
                "14 check /opt/disk.sh\n19 main /opt/disk.sh",
                file="/opt/disk.sh",
                line=14,
            ),
            at(
                "b",
                "disk 7 is full",
                "6 sweep /srv/disk.sh\n9 main /srv/disk.sh",
                file="/srv/disk.sh",
                line=6,
            ),
        ),
    ),
    Family(
        name="sh_status",
        members=(
            at("a", "command failed (1): rsync -a /in/7 host:/out", "", file="/srv/r.sh", line=2),
            at("a", "command failed (1): rsync -a /in/9 host:/out", "", file="/srv/r.sh", line=2),
            at("b", "command failed (137): rsync -a /in/7 host:/out", "", file="/srv/r.sh", line=2),
            at("c", "command failed (1): gzip -9 /in/7", "", file="/srv/r.sh", line=3),
        ),
    ),
    Family(
        name="sh_bash_says",
        members=(
            at("a", "./run.sh: line 12: kubctl: command not found", "", file="./run.sh", line=12),
            at("a", "./run.sh: line 22: kubctl: command not found", "", file="./run.sh", line=22),
            at("b", "./run.sh: line 12: helmm: command not found", "", file="./run.sh", line=12),
            at("c", "./run.sh: line 12: TOKEN: unbound variable", "", file="./run.sh", line=12),
        ),
    ),
)
