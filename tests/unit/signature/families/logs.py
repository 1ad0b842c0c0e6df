"""Lines that well-known programs write into their logs, as a watching shell script would report them."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, said

__all__ = ["FAMILIES"]


def _seen(label: str, line: str) -> Member:
    return said(label, line, file="/opt/watch/logs.sh")


FAMILIES = (
    Family(
        name="log_apache",
        members=(
            _seen(
                "a",
                "[Tue Nov 03 07:15:22.481923 2026] [proxy:error] [pid 8812:tid 139] (111)Connection "
                "refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (localhost) failed",
            ),
            _seen(
                "a",
                "[Wed Nov 04 17:01:02.000001 2026] [proxy:error] [pid 12:tid 7] (111)Connection refused: "
                "AH00957: HTTP: attempt to connect to 10.1.2.3:9000 (app.internal) failed",
            ),
            _seen(
                "b",
                "[Tue Nov 03 07:15:22.481923 2026] [core:error] [pid 8812] (13)Permission denied: "
                "[client 203.0.113.9:51234] AH00035: access to /private/ denied because search "
                "permissions are missing on a component of the path",
            ),
            _seen(
                "b",
                "[Mon Nov 02 01:00:00.111111 2026] [core:error] [pid 1] (13)Permission denied: [client "
                "198.51.100.7:4] AH00035: access to /x/y denied because search permissions are missing "
                "on a component of the path",
            ),
            _seen(
                "c",
                "[Tue Nov 03 07:15:22.481923 2026] [authz_core:error] [pid 8812] [client "
                "203.0.113.9:51234] AH01630: client denied by server configuration: /var/www/html/.env",
            ),
        ),
    ),
    Family(
        name="log_haproxy",
        members=(
            _seen(
                "a",
                'Server be_app/web1 is DOWN, reason: Layer4 connection problem, info: "Connection '
                'refused", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 '
                "requeued, 0 remaining in queue.",
            ),
            _seen(
                "a",
                'Server be_app/web17 is DOWN, reason: Layer4 connection problem, info: "Connection '
                'refused", check duration: 12ms. 0 active and 2 backup servers left. 14 sessions active, '
                "3 requeued, 1 remaining in queue.",
            ),
            _seen(
                "b",
                'Server be_app/web1 is DOWN, reason: Layer7 wrong status, code: 503, info: "Service '
                'Unavailable", check duration: 3ms. 1 active and 0 backup servers left. 0 sessions '
                "active, 0 requeued, 0 remaining in queue.",
            ),
            _seen(
                "c",
                'Server be_app/web1 is DOWN, reason: Layer7 wrong status, code: 404, info: "Not Found", '
                "check duration: 3ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, "
                "0 remaining in queue.",
            ),
            _seen(
                "d",
                "Server be_app/web1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms. "
                "2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
            ),
        ),
    ),
    Family(
        name="log_redis",
        members=(
            _seen(
                "a",
                "OOM command not allowed when used memory > 'maxmemory'.",
            ),
            _seen(
                "a",
                "OOM command not allowed when used memory > 'maxmemory'.",
            ),
            _seen(
                "b",
                "MISCONF Redis is configured to save RDB snapshots, but it is currently not able to "
                "persist on disk.",
            ),
            _seen(
                "c",
                "MOVED 3999 127.0.0.1:6381",
            ),
            _seen(
                "c",
                "MOVED 12182 10.0.0.9:6379",
            ),
            _seen(
                "d",
                "READONLY You can't write against a read only replica.",
            ),
            _seen(
                "e",
                "WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            _seen(
                "f",
                "NOAUTH Authentication required.",
            ),
        ),
    ),
    Family(
        name="log_docker",
        members=(
            _seen(
                "a",
                "Error response from daemon: No such container: 3f2b8c1e9a4d",
            ),
            _seen(
                "a",
                "Error response from daemon: No such container: web-1",
            ),
            _seen(
                "b",
                "Error response from daemon: driver failed programming external connectivity on endpoint "
                "web (5f2e8c1e9a4d4e6f8b21): Bind for 0.0.0.0:8080 failed: port is already allocated",
            ),
            _seen(
                "b",
                "Error response from daemon: driver failed programming external connectivity on endpoint "
                "api-2 (aa2e8c1e9a4d4e6f8b21): Bind for 0.0.0.0:443 failed: port is already allocated",
            ),
            _seen(
                "c",
                'Error response from daemon: conflict: unable to remove repository reference "shop:1.2" '
                "(must force) - container 3f2b8c1e9a4d is using its referenced image 88aa77bb66cc",
            ),
            _seen(
                "c",
                'Error response from daemon: conflict: unable to remove repository reference "api:7" '
                "(must force) - container 99ab8c1e9a4d is using its referenced image 00aa77bb66cc",
            ),
            _seen(
                "d",
                'OCI runtime exec failed: exec failed: unable to start container process: exec: "bash": '
                "executable file not found in $PATH: unknown",
            ),
            _seen(
                "d",
                'OCI runtime exec failed: exec failed: unable to start container process: exec: "zsh": '
                "executable file not found in $PATH: unknown",
            ),
        ),
    ),
    Family(
        name="log_postfix",
        members=(
            _seen(
                "a",
                "4F3C21A0B1: to=<ann@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1.2, "
                "delays=0.1/0/0.5/0.6, dsn=5.1.1, status=bounced (host mx.example.com[203.0.113.5] said: "
                "550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown (in reply to RCPT "
                "TO command))",
            ),
            _seen(
                "a",
                "AA99887766: to=<bob@other.org>, relay=mail.other.org[198.51.100.3]:25, delay=33, "
                "delays=0.2/0.1/30/2.7, dsn=5.1.1, status=bounced (host mail.other.org[198.51.100.3] "
                "said: 550 5.1.1 <bob@other.org>: Recipient address rejected: User unknown (in reply to "
                "RCPT TO command))",
            ),
            _seen(
                "b",
                "4F3C21A0B1: to=<ann@example.com>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, "
                "status=deferred (connect to mx.example.com[203.0.113.5]:25: Connection timed out)",
            ),
            _seen(
                "b",
                "BB3C21A0B1: to=<x@y.io>, relay=none, delay=31, delays=0/0/31/0, dsn=4.4.1, "
                "status=deferred (connect to mx1.y.io[198.51.100.8]:25: Connection timed out)",
            ),
            _seen(
                "c",
                "4F3C21A0B1: to=<ann@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1.2, "
                "delays=0.1/0/0.5/0.6, dsn=4.2.2, status=deferred (host mx.example.com[203.0.113.5] "
                "said: 452 4.2.2 <ann@example.com>: Mailbox full (in reply to RCPT TO command))",
            ),
        ),
    ),
    Family(
        name="log_sshd",
        members=(
            _seen(
                "a",
                "Failed password for invalid user admin from 203.0.113.9 port 51234 ssh2",
            ),
            _seen(
                "a",
                "Failed password for invalid user oracle from 198.51.100.2 port 22 ssh2",
            ),
            _seen(
                "b",
                "Failed password for root from 203.0.113.9 port 51234 ssh2",
            ),
            _seen(
                "b~",
                "Failed password for lena from 203.0.113.9 port 51234 ssh2",
            ),
            _seen(
                "c",
                "Connection closed by authenticating user root 203.0.113.9 port 51234 [preauth]",
            ),
            _seen(
                "c",
                "Connection closed by authenticating user root 198.51.100.77 port 9 [preauth]",
            ),
            _seen(
                "d",
                "error: kex_exchange_identification: Connection closed by remote host",
            ),
            _seen(
                "e",
                "error: kex_exchange_identification: read: Connection reset by peer",
            ),
        ),
    ),
    Family(
        name="log_git",
        members=(
            _seen(
                "a",
                "fatal: unable to access 'https://git.example.com/shop/app.git/': Could not resolve "
                "host: git.example.com",
            ),
            _seen(
                "a",
                "fatal: unable to access 'https://code.example.org/x.git/': Could not resolve host: "
                "code.example.org",
            ),
            _seen(
                "b",
                "fatal: unable to access 'https://git.example.com/shop/app.git/': The requested URL "
                "returned error: 403",
            ),
            _seen(
                "c",
                "fatal: unable to access 'https://git.example.com/shop/app.git/': The requested URL "
                "returned error: 502",
            ),
            _seen(
                "d",
                "error: Your local changes to the following files would be overwritten by "
                "merge:\n\tsrc/app.py\nPlease commit your changes or stash them before you merge.",
            ),
            _seen(
                "d",
                "error: Your local changes to the following files would be overwritten by "
                "merge:\n\tREADME.md\n\tsetup.cfg\nPlease commit your changes or stash them before you "
                "merge.",
            ),
            _seen(
                "e",
                "fatal: not a git repository (or any of the parent directories): .git",
            ),
            _seen(
                "f",
                "error: failed to push some refs to 'git@git.example.com:shop/app.git'",
            ),
            _seen(
                "f",
                "error: failed to push some refs to 'git@code.example.org:x/y.git'",
            ),
            _seen(
                "g",
                "fatal: couldn't find remote ref feature/login-7",
            ),
            _seen(
                "g",
                "fatal: couldn't find remote ref main",
            ),
        ),
    ),
    Family(
        name="log_npm",
        members=(
            _seen(
                "a",
                "npm ERR! 404 Not Found - GET https://registry.example.com/left-padd - Not found",
            ),
            _seen(
                "a",
                "npm ERR! 404 Not Found - GET https://registry.example.com/@shop%2fui - Not found",
            ),
            _seen(
                "b",
                "npm ERR! 403 Forbidden - PUT https://registry.example.com/shop - You cannot publish "
                "over the previously published versions: 1.2.3.",
            ),
            _seen(
                "b",
                "npm ERR! 403 Forbidden - PUT https://registry.example.com/api - You cannot publish over "
                "the previously published versions: 0.9.11.",
            ),
            _seen(
                "c",
                "npm ERR! code ERESOLVE",
            ),
            _seen(
                "d",
                "npm ERR! code ELIFECYCLE",
            ),
            _seen(
                "e",
                "npm ERR! code EACCES",
            ),
        ),
    ),
    Family(
        name="log_pip",
        members=(
            _seen(
                "a",
                "ERROR: Could not find a version that satisfies the requirement djang==4.2 (from "
                "versions: none)",
            ),
            _seen(
                "a",
                "ERROR: Could not find a version that satisfies the requirement flsk>=2 (from versions: "
                "none)",
            ),
            _seen(
                "b",
                "ERROR: No matching distribution found for djang==4.2",
            ),
            _seen(
                "b",
                "ERROR: No matching distribution found for flsk>=2",
            ),
        ),
    ),
    Family(
        name="log_oracle",
        members=(
            _seen(
                "a",
                "ORA-00001: unique constraint (SHOP.ORDERS_PK) violated",
            ),
            _seen(
                "a",
                "ORA-00001: unique constraint (SHOP.ORDERS_PK) violated",
            ),
            _seen(
                "b",
                "ORA-00942: table or view does not exist",
            ),
            _seen(
                "c",
                "ORA-12154: TNS:could not resolve the connect identifier specified",
            ),
            _seen(
                "d",
                'ORA-01555: snapshot too old: rollback segment number 11 with name "_SYSSMU11_3412$" too '
                "small",
            ),
            _seen(
                "d",
                'ORA-01555: snapshot too old: rollback segment number 4 with name "_SYSSMU4_99$" too small',
            ),
        ),
    ),
    Family(
        name="log_mssql",
        members=(
            _seen(
                "a",
                "Msg 2627, Level 14, State 1, Server db1, Procedure add_user, Line 12: Violation of "
                "PRIMARY KEY constraint 'PK_users'. Cannot insert duplicate key in object 'dbo.users'. "
                "The duplicate key value is (42).",
            ),
            _seen(
                "a",
                "Msg 2627, Level 14, State 1, Server db2, Procedure add_user, Line 99: Violation of "
                "PRIMARY KEY constraint 'PK_users'. Cannot insert duplicate key in object 'dbo.users'. "
                "The duplicate key value is (1007).",
            ),
            _seen(
                "b",
                "Msg 1205, Level 13, State 51, Line 3: Transaction (Process ID 57) was deadlocked on "
                "lock resources with another process and has been chosen as the deadlock victim. Rerun "
                "the transaction.",
            ),
            _seen(
                "b",
                "Msg 1205, Level 13, State 51, Line 8: Transaction (Process ID 112) was deadlocked on "
                "lock resources with another process and has been chosen as the deadlock victim. Rerun "
                "the transaction.",
            ),
            _seen(
                "c",
                "Login failed for user 'shop'. (Microsoft SQL Server, Error: 18456)",
            ),
            _seen(
                "c",
                "Login failed for user 'lena'. (Microsoft SQL Server, Error: 18456)",
            ),
        ),
    ),
    Family(
        name="log_mongo",
        members=(
            _seen(
                "a",
                "E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "
                '"ann@example.com" }',
            ),
            _seen(
                "a",
                "E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "
                '"bob@x.org" }',
            ),
            _seen(
                "b",
                'E11000 duplicate key error collection: shop.users index: login_1 dup key: { login: "ann" }',
            ),
            _seen(
                "c",
                "MongoServerSelectionError: connect ECONNREFUSED 127.0.0.1:27017",
            ),
            _seen(
                "c",
                "MongoServerSelectionError: connect ECONNREFUSED 10.2.3.4:27018",
            ),
            _seen(
                "d",
                "MongoServerSelectionError: connect ETIMEDOUT 10.2.3.4:27017",
            ),
            _seen(
                "e",
                "WriteConflict error: this operation conflicted with another operation. Please retry "
                "your operation or multi-document transaction.",
            ),
        ),
    ),
    Family(
        name="log_elastic",
        members=(
            _seen(
                "a",
                "[es_rejected_execution_exception] rejected execution of "
                "org.elasticsearch.transport.TransportService$7@5f3c2a1b on EsThreadPoolExecutor[name = "
                "node-1/write, queue capacity = 200, active threads = 8, queued tasks = 200, completed "
                "tasks = 88123]",
            ),
            _seen(
                "a",
                "[es_rejected_execution_exception] rejected execution of "
                "org.elasticsearch.transport.TransportService$7@99aa11bb on EsThreadPoolExecutor[name = "
                "node-3/write, queue capacity = 200, active threads = 16, queued tasks = 201, completed "
                "tasks = 1]",
            ),
            _seen(
                "b",
                "index_not_found_exception: no such index [logs-2026.11.03]",
            ),
            _seen(
                "b",
                "index_not_found_exception: no such index [logs-2026.10.30]",
            ),
            _seen(
                "c",
                "cluster_block_exception: index [orders] blocked by: [TOO_MANY_REQUESTS/12/disk usage "
                "exceeded flood-stage watermark, index has read-only-allow-delete block];",
            ),
            _seen(
                "c",
                "cluster_block_exception: index [carts-v2] blocked by: [TOO_MANY_REQUESTS/12/disk usage "
                "exceeded flood-stage watermark, index has read-only-allow-delete block];",
            ),
        ),
    ),
    Family(
        name="log_rabbit",
        members=(
            _seen(
                "a",
                "CHANNEL_ERROR - expected 'channel.open'",
            ),
            _seen(
                "b",
                "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'mail' in vhost '/': "
                "received 'false' but current is 'true'",
            ),
            _seen(
                "b",
                "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'jobs' in vhost '/shop': "
                "received 'true' but current is 'false'",
            ),
            _seen(
                "c",
                "NOT_FOUND - no queue 'mail' in vhost '/'",
            ),
            _seen(
                "c",
                "NOT_FOUND - no queue 'jobs-eu' in vhost '/shop'",
            ),
            _seen(
                "d",
                "NOT_FOUND - no exchange 'mail' in vhost '/'",
            ),
            _seen(
                "e",
                "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details "
                "see the broker logfile.",
            ),
        ),
    ),
    Family(
        name="log_gcc",
        members=(
            _seen(
                "a",
                "src/main.c:12:5: error: implicit declaration of function 'frobnicate' "
                "[-Werror=implicit-function-declaration]",
            ),
            _seen(
                "a",
                "src/main.c:99:1: error: implicit declaration of function 'frobnicate' "
                "[-Werror=implicit-function-declaration]",
            ),
            _seen(
                "b",
                "src/main.c:12:5: error: implicit declaration of function 'frob' "
                "[-Werror=implicit-function-declaration]",
            ),
            _seen(
                "c",
                "src/main.c:12:5: error: expected ';' before '}' token",
            ),
            _seen(
                "c",
                "src/main.c:77:9: error: expected ';' before '}' token",
            ),
        ),
    ),
    Family(
        name="log_cron",
        members=(
            _seen(
                "a",
                "backup of /var/lib/shop failed with exit status 2 after 12m33s",
            ),
            _seen(
                "a",
                "backup of /srv/data failed with exit status 2 after 3s",
            ),
            _seen(
                "b",
                "backup of /var/lib/shop failed with exit status 137 after 12m33s",
            ),
            _seen(
                "c",
                "backup of /var/lib/shop skipped: another backup has been running since 03:00",
            ),
            _seen(
                "c",
                "backup of /srv/x skipped: another backup has been running since 23:15",
            ),
        ),
    ),
    Family(
        name="log_disk",
        members=(
            _seen(
                "a",
                "/dev/sda1 is 91% full (9.1G of 10G used)",
            ),
            _seen(
                "a",
                "/dev/nvme0n1p2 is 97% full (470G of 480G used)",
            ),
            _seen(
                "b",
                "/dev/sda1 has 0 free inodes",
            ),
            _seen(
                "b",
                "/dev/sdb has 12 free inodes",
            ),
            _seen(
                "c",
                "Device: /dev/sda [SAT], 8 Currently unreadable (pending) sectors",
            ),
            _seen(
                "c",
                "Device: /dev/sdb [SAT], 112 Currently unreadable (pending) sectors",
            ),
            _seen(
                "d",
                "Device: /dev/sda [SAT], 8 Offline uncorrectable sectors",
            ),
        ),
    ),
    Family(
        name="log_tls",
        members=(
            _seen(
                "a",
                "SSL_do_handshake() failed (SSL: error:0A000416:SSL routines::ssl/tls alert certificate "
                "unknown:SSL alert number 46) while SSL handshaking, client: 203.0.113.9, server: "
                "0.0.0.0:443",
            ),
            _seen(
                "a",
                "SSL_do_handshake() failed (SSL: error:0A000416:SSL routines::ssl/tls alert certificate "
                "unknown:SSL alert number 46) while SSL handshaking, client: 198.51.100.1, server: "
                "0.0.0.0:8443",
            ),
            _seen(
                "b",
                "SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while "
                "SSL handshaking, client: 203.0.113.9, server: 0.0.0.0:443",
            ),
            _seen(
                "c",
                "x509: certificate signed by unknown authority",
            ),
            _seen(
                "d",
                "x509: certificate has expired or is not yet valid: current time 2026-11-03T07:15:22Z is "
                "after 2026-11-01T00:00:00Z",
            ),
            _seen(
                "d",
                "x509: certificate has expired or is not yet valid: current time 2026-12-24T17:00:00Z is "
                "after 2026-12-01T23:59:59Z",
            ),
            _seen(
                "e",
                "x509: certificate is valid for *.example.com, not api.shop.test",
            ),
            _seen(
                "e",
                "x509: certificate is valid for www.other.org, other.org, not x.y.dev",
            ),
        ),
    ),
    Family(
        name="log_grpc",
        members=(
            _seen(
                "a",
                "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            ),
            _seen(
                "b",
                'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while '
                'dialing: dial tcp 10.0.0.7:50051: connect: connection refused"',
            ),
            _seen(
                "b",
                'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while '
                'dialing: dial tcp 10.9.9.9:443: connect: connection refused"',
            ),
            _seen(
                "c",
                "rpc error: code = PermissionDenied desc = caller orders-svc may not call ListUsers",
            ),
            _seen(
                "c~",
                "rpc error: code = PermissionDenied desc = caller cart-svc may not call GetUser",
            ),
            _seen(
                "d",
                "rpc error: code = NotFound desc = user 42 not found",
            ),
            _seen(
                "d",
                "rpc error: code = NotFound desc = user 8a9c01aa-c898-444f-9504-edfc65c19fc7 not found",
            ),
        ),
    ),
    Family(
        name="log_http",
        members=(
            _seen(
                "a",
                "POST https://api.example.com/v1/charges failed: 402 Payment Required (request req_8a7b6c5d)",
            ),
            _seen(
                "a",
                "POST https://api.example.com/v1/charges failed: 402 Payment Required (request req_00aa99bb)",
            ),
            _seen(
                "b",
                "POST https://api.example.com/v1/charges failed: 429 Too Many Requests (request "
                "req_8a7b6c5d)",
            ),
            _seen(
                "c",
                "webhook delivery to https://hooks.example.org/x/9 got HTTP 500 after 3 attempts",
            ),
            _seen(
                "c",
                "webhook delivery to https://a.example.net/hook?id=7 got HTTP 500 after 5 attempts",
            ),
            _seen(
                "d",
                "webhook delivery to https://hooks.example.org/x/9 got HTTP 410 after 1 attempts",
            ),
        ),
    ),
    Family(
        name="log_win",
        members=(
            _seen(
                "a",
                "The process cannot access the file 'C:\\Users\\lena\\report.xlsx' because it is being "
                "used by another process. (0x80070020)",
            ),
            _seen(
                "a",
                "The process cannot access the file 'D:\\share\\q3\\x.docx' because it is being used by "
                "another process. (0x80070020)",
            ),
            _seen(
                "b",
                "Access to the path 'C:\\Program Files\\Shop\\app.log' is denied.",
            ),
            _seen(
                "b",
                "Access to the path 'E:\\logs\\x.txt' is denied.",
            ),
            _seen(
                "c",
                "The RPC server is unavailable. (Exception from HRESULT: 0x800706BA)",
            ),
            _seen(
                "d",
                "The remote procedure call failed. (Exception from HRESULT: 0x800706BE)",
            ),
        ),
    ),
    Family(
        name="log_jvm",
        members=(
            _seen(
                "a",
                "java.lang.OutOfMemoryError: Java heap space",
            ),
            _seen(
                "b",
                "java.lang.OutOfMemoryError: Metaspace",
            ),
            _seen(
                "c",
                "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or "
                "process/resource limits reached",
            ),
            _seen(
                "d",
                "# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) "
                "at pc=0x00007f1c22c1e1f3, pid=8812, tid=8813",
            ),
            _seen(
                "d",
                "# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) "
                "at pc=0x00007faa11111111, pid=12, tid=99",
            ),
        ),
    ),
    Family(
        name="log_names",
        members=(
            _seen(
                "a",
                "user ann is locked until 2026-11-03 08:00",
            ),
            _seen(
                "a",
                "user bob.lee is locked until 2026-12-24 17:30",
            ),
            _seen(
                "b",
                "user ann has no mailbox",
            ),
            _seen(
                "b",
                "user bob.lee has no mailbox",
            ),
            _seen(
                "c",
                "job nightly-report did not start within 300 s",
            ),
            _seen(
                "c",
                "job cleanup_7 did not start within 20 s",
            ),
            _seen(
                "d",
                "feature flag new-checkout is unknown",
            ),
            _seen(
                "d",
                "feature flag dark_mode is unknown",
            ),
        ),
    ),
    Family(
        name="log_dns",
        members=(
            _seen(
                "a",
                "lookup db.internal on 10.0.0.2:53: no such host",
            ),
            _seen(
                "a",
                "lookup cache-7.svc.cluster.local on 10.96.0.10:53: no such host",
            ),
            _seen(
                "b",
                "lookup db.internal on 10.0.0.2:53: server misbehaving",
            ),
            _seen(
                "c",
                "getaddrinfo ENOTFOUND api.example.com",
            ),
            _seen(
                "c",
                "getaddrinfo ENOTFOUND db7.shop.internal",
            ),
            _seen(
                "d",
                "getaddrinfo EAI_AGAIN api.example.com",
            ),
        ),
    ),
    Family(
        name="log_spark",
        members=(
            _seen(
                "a",
                "Lost executor 7 on 10.0.0.9: Container killed by YARN for exceeding memory limits. 5.5 "
                "GB of 5.5 GB physical memory used.",
            ),
            _seen(
                "a",
                "Lost executor 12 on worker-3.example.net: Container killed by YARN for exceeding memory "
                "limits. 11.2 GB of 11 GB physical memory used.",
            ),
            _seen(
                "b",
                "Lost executor 7 on 10.0.0.9: Remote RPC client disassociated.",
            ),
            _seen(
                "c",
                "Job aborted due to stage failure: Task 3 in stage 7.0 failed 4 times, most recent "
                "failure: Lost task 3.3 in stage 7.0 (TID 91, 10.0.0.9, executor 2): ExecutorLostFailure",
            ),
            _seen(
                "c",
                "Job aborted due to stage failure: Task 12 in stage 1.0 failed 4 times, most recent "
                "failure: Lost task 12.3 in stage 1.0 (TID 7, 10.0.0.4, executor 11): "
                "ExecutorLostFailure",
            ),
        ),
    ),
    Family(
        name="log_logfmt",
        members=(
            _seen(
                "a",
                'level=error ts=2026-11-03T07:15:22.481Z caller=main.go:42 msg="failed to scrape target" '
                'target=http://10.0.0.9:9100/metrics err="context deadline exceeded"',
            ),
            _seen(
                "a",
                'level=error ts=2026-11-04T01:00:00.000Z caller=main.go:57 msg="failed to scrape target" '
                'target=http://10.1.1.1:8080/metrics err="context deadline exceeded"',
            ),
            _seen(
                "b",
                'level=error ts=2026-11-03T07:15:22.481Z caller=main.go:42 msg="failed to scrape target" '
                'target=http://10.0.0.9:9100/metrics err="server returned HTTP status 503 Service '
                'Unavailable"',
            ),
            _seen(
                "c",
                'level=error ts=2026-11-03T07:15:22.481Z caller=tsdb.go:9 msg="compaction failed" '
                'err="no space left on device"',
            ),
        ),
    ),
    Family(
        name="log_syslogp",
        members=(
            _seen(
                "a",
                "Nov  3 07:15:22 web1 shop[8812]: ERROR checkout: card 4111 declined for order 77",
            ),
            _seen(
                "a",
                "Nov 14 23:00:01 web-17 shop[12]: ERROR checkout: card 9999 declined for order 1",
            ),
            _seen(
                "b",
                "Nov  3 07:15:22 web1 shop[8812]: ERROR checkout: no card for order 77",
            ),
            _seen(
                "c",
                "<11>1 2026-11-03T07:15:22.481Z web1 shop 8812 - - checkout: stock of 12 items is negative",
            ),
            _seen(
                "c",
                "<11>1 2026-11-13T17:00:00.000Z db-2 shop 1 - - checkout: stock of 3 items is negative",
            ),
        ),
    ),
    Family(
        name="log_l4j",
        members=(
            _seen(
                "a",
                "2026-11-03 07:15:22,481 ERROR [http-nio-8080-exec-7] c.e.shop.OrderService - cannot "
                "charge order 77: card expired",
            ),
            _seen(
                "a",
                "2026-11-04 17:00:00,001 ERROR [http-nio-8080-exec-12] c.e.shop.OrderService - cannot "
                "charge order 1: card expired",
            ),
            _seen(
                "b",
                "2026-11-03 07:15:22,481 ERROR [http-nio-8080-exec-7] c.e.shop.OrderService - cannot "
                "charge order 77: no card",
            ),
            _seen(
                "c",
                "2026-11-03 07:15:22,481 ERROR [main] c.e.shop.CartService - cannot charge order 77: "
                "card expired",
            ),
        ),
    ),
    Family(
        name="log_py",
        members=(
            _seen(
                "a",
                "[2026-11-03 07:15:22 +0000] [8812] [CRITICAL] WORKER TIMEOUT (pid:8813)",
            ),
            _seen(
                "a",
                "[2026-11-13 17:15:22 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:99)",
            ),
            _seen(
                "b",
                "[2026-11-03 07:15:22 +0000] [8812] [ERROR] Worker (pid:8813) was sent SIGKILL! Perhaps "
                "out of memory?",
            ),
            _seen(
                "b",
                "[2026-12-03 01:15:22 +0000] [7] [ERROR] Worker (pid:12) was sent SIGKILL! Perhaps out "
                "of memory?",
            ),
            _seen(
                "c",
                "Task shop.tasks.mail[3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123] raised unexpected: "
                "TimeoutError()",
            ),
            _seen(
                "c",
                "Task shop.tasks.mail[aaaaaaaa-9a4d-4e6f-8b21-0c5d7e9fa123] raised unexpected: "
                "TimeoutError()",
            ),
            _seen(
                "d",
                "Task shop.tasks.mail[3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123] raised unexpected: KeyError('x')",
            ),
            _seen(
                "e",
                "Task shop.tasks.bill[3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123] raised unexpected: "
                "TimeoutError()",
            ),
        ),
    ),
    Family(
        name="log_amounts",
        members=(
            _seen(
                "a",
                "invoice 2026-0017 over 1.234,56 EUR is unpaid for 31 days",
            ),
            _seen(
                "a",
                "invoice 2025-9 over 7,00 EUR is unpaid for 1 day",
            ),
            _seen(
                "a",
                "invoice A/77 over €12,345.67 is unpaid for 90 days",
            ),
            _seen(
                "b",
                "invoice 2026-0017 over 1.234,56 EUR was paid twice",
            ),
            _seen(
                "b",
                "invoice X-1 over $3 was paid twice",
            ),
            _seen(
                "c",
                "temperature of probe 7 is -12.5 °C, below -10 °C",
            ),
            _seen(
                "c",
                "temperature of probe 12 is 3 °C, below 4.5 °C",
            ),
            _seen(
                "d",
                "load average 12.31, 9.88, 7.02 is above 8",
            ),
            _seen(
                "d",
                "load average 9, 8.5, 1 is above 4.5",
            ),
        ),
    ),
    Family(
        name="log_openvpn",
        members=(
            _seen(
                "a",
                "TLS Error: TLS key negotiation failed to occur within 60 seconds (check your network "
                "connectivity)",
            ),
            _seen(
                "a",
                "TLS Error: TLS key negotiation failed to occur within 30 seconds (check your network "
                "connectivity)",
            ),
            _seen(
                "b",
                "AUTH: Received control message: AUTH_FAILED",
            ),
        ),
    ),
    Family(
        name="log_zfs",
        members=(
            _seen(
                "a",
                "pool 'tank' has encountered an uncorrectable I/O failure and has been suspended.",
            ),
            _seen(
                "a",
                "pool 'backup2' has encountered an uncorrectable I/O failure and has been suspended.",
            ),
            _seen(
                "b",
                "cannot import 'tank': one or more devices is currently unavailable",
            ),
            _seen(
                "b",
                "cannot import 'vault': one or more devices is currently unavailable",
            ),
            _seen(
                "c",
                "cannot import 'tank': no such pool available",
            ),
        ),
    ),
    Family(
        name="log_md",
        members=(
            _seen(
                "a",
                "md/raid1:md0: Disk failure on sdb1, disabling device.",
            ),
            _seen(
                "a",
                "md/raid1:md127: Disk failure on nvme1n1p3, disabling device.",
            ),
            _seen(
                "b",
                "md0: bitmap file is out of date, doing full recovery",
            ),
            _seen(
                "b",
                "md3: bitmap file is out of date, doing full recovery",
            ),
        ),
    ),
    Family(
        name="log_certbot",
        members=(
            _seen(
                "a",
                "Challenge failed for domain www.example.com",
            ),
            _seen(
                "a",
                "Challenge failed for domain api.other.org",
            ),
            _seen(
                "b",
                "Attempting to renew cert (www.example.com) from "
                "/etc/letsencrypt/renewal/www.example.com.conf produced an unexpected error: Problem "
                "binding to port 80: Could not bind to IPv4 or IPv6.. Skipping.",
            ),
            _seen(
                "b",
                "Attempting to renew cert (shop.test) from /etc/letsencrypt/renewal/shop.test.conf "
                "produced an unexpected error: Problem binding to port 80: Could not bind to IPv4 or "
                "IPv6.. Skipping.",
            ),
        ),
    ),
    Family(
        name="log_ldap",
        members=(
            _seen(
                "a",
                "ldap_bind: Invalid credentials (49)",
            ),
            _seen(
                "b",
                "ldap_search_ext: No such object (32) matched DN: dc=example,dc=com",
            ),
            _seen(
                "b",
                "ldap_search_ext: No such object (32) matched DN: ou=staff,dc=other,dc=org",
            ),
            _seen(
                "c",
                "ldap_bind: Can't contact LDAP server (-1)",
            ),
        ),
    ),
    Family(
        name="log_ffmpeg",
        members=(
            _seen(
                "a",
                "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0c8a3e2c0] moov atom not found",
            ),
            _seen(
                "a",
                "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x7f11aa22bb33] moov atom not found",
            ),
            _seen(
                "c",
                "Unknown encoder 'libx265'",
            ),
            _seen(
                "c~",
                "Unknown encoder 'libvpx'",
            ),
        ),
    ),
    Family(
        name="log_wget",
        members=(
            _seen(
                "a",
                "wget: unable to resolve host address ‘files.example.com’",
            ),
            _seen(
                "a",
                "wget: unable to resolve host address ‘cdn7.other.org’",
            ),
            _seen(
                "b",
                "curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received",
            ),
            _seen(
                "b",
                "curl: (28) Operation timed out after 5000 milliseconds with 812 bytes received",
            ),
            _seen(
                "c",
                "curl: (7) Failed to connect to api.example.com port 443 after 12 ms: Connection refused",
            ),
            _seen(
                "c",
                "curl: (7) Failed to connect to 10.0.0.9 port 8080 after 3 ms: Connection refused",
            ),
            _seen(
                "d",
                "curl: (6) Could not resolve host: api.example.com",
            ),
            _seen(
                "e",
                "curl: (22) The requested URL returned error: 404",
            ),
            _seen(
                "f",
                "curl: (22) The requested URL returned error: 503",
            ),
        ),
    ),
    Family(
        name="log_tar",
        members=(
            _seen(
                "a",
                "tar: backup/2026-11-03.tar.gz: Cannot open: No such file or directory",
            ),
            _seen(
                "a",
                "tar: /mnt/x/y.tgz: Cannot open: No such file or directory",
            ),
            _seen(
                "b",
                "tar: Error is not recoverable: exiting now",
            ),
            _seen(
                "c",
                "gzip: stdin: unexpected end of file",
            ),
            _seen(
                "d",
                "tar: /srv/data: file changed as we read it",
            ),
            _seen(
                "d",
                "tar: /home/lena/mail: file changed as we read it",
            ),
        ),
    ),
    Family(
        name="log_pg2",
        members=(
            _seen(
                "a",
                'FATAL:  password authentication failed for user "shop"',
            ),
            _seen(
                "a",
                'FATAL:  password authentication failed for user "lena"',
            ),
            _seen(
                "b",
                'FATAL:  database "shop" does not exist',
            ),
            _seen(
                "b~",
                'FATAL:  database "crm" does not exist',
            ),
            _seen(
                "c",
                "FATAL:  sorry, too many clients already",
            ),
            _seen(
                "d",
                "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
            ),
            _seen(
                "e",
                "ERROR:  could not serialize access due to concurrent update",
            ),
            _seen(
                "f",
                'ERROR:  null value in column "email" of relation "users" violates not-null constraint',
            ),
            _seen(
                "g",
                'ERROR:  null value in column "login" of relation "users" violates not-null constraint',
            ),
            _seen(
                "h",
                "ERROR:  value too long for type character varying(40)",
            ),
            _seen(
                "h~",
                "ERROR:  value too long for type character varying(80)",
            ),
            _seen(
                "i",
                'ERROR:  invalid input syntax for type integer: "4x"',
            ),
            _seen(
                "i",
                'ERROR:  invalid input syntax for type integer: "hello"',
            ),
        ),
    ),
    Family(
        name="log_aws2",
        members=(
            _seen(
                "b",
                "2026-11-03T07:15:22.481Z 3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123 Task timed out after "
                "15.02 seconds",
            ),
            _seen(
                "b",
                "2026-11-13T17:15:22.001Z aaaaaaaa-9a4d-4e6f-8b21-0c5d7e9fa123 Task timed out after 3.00 "
                "seconds",
            ),
            _seen(
                "c",
                "RequestId: 3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123 Error: Runtime exited with error: "
                "signal: killed",
            ),
            _seen(
                "c",
                "RequestId: bbbbbbbb-9a4d-4e6f-8b21-0c5d7e9fa123 Error: Runtime exited with error: "
                "signal: killed",
            ),
            _seen(
                "d",
                "RequestId: 3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123 Error: Runtime exited with error: exit "
                "status 1",
            ),
        ),
    ),
    Family(
        name="log_prom",
        members=(
            _seen(
                "a",
                "FIRING: HighMemory instance=10.0.0.9:9100 job=node severity=page value=0.93",
            ),
            _seen(
                "a",
                "FIRING: HighMemory instance=web3.internal:9100 job=node severity=page value=0.99",
            ),
            _seen(
                "b",
                "FIRING: DiskFull instance=10.0.0.9:9100 job=node severity=page value=0.93",
            ),
        ),
    ),
    Family(
        name="log_shop",
        members=(
            _seen(
                "a",
                "could not reserve 3 of SKU-4711 in warehouse Oslo",
            ),
            _seen(
                "a",
                "could not reserve 12 of ZX-9 in warehouse Rotterdam",
            ),
            _seen(
                "b",
                "could not ship 3 of SKU-4711 from warehouse Oslo",
            ),
            _seen(
                "c",
                "payment of $12.50 by ann@example.com was declined: insufficient funds",
            ),
            _seen(
                "c",
                "payment of $1,299.00 by bo@x.org was declined: insufficient funds",
            ),
            _seen(
                "d",
                "payment of $12.50 by ann@example.com was declined: card expired",
            ),
            _seen(
                "e",
                "customer Ann Lee has no shipping address",
            ),
            _seen(
                "e",
                "customer Müller GmbH has no shipping address",
            ),
            _seen(
                "f",
                "coupon SUMMER26 is expired since 2026-09-01",
            ),
            _seen(
                "f",
                "coupon X7 is expired since 2026-10-31",
            ),
        ),
    ),
    Family(
        name="log_sensors",
        members=(
            _seen(
                "a",
                'Sensor "greenhouse 2" reported 81.4 °C (limit 60 °C)',
            ),
            _seen(
                "a",
                'Sensor "north wall" reported 99 °C (limit 85.5 °C)',
            ),
            _seen(
                "b",
                'Sensor "greenhouse 2" has been silent for 15 min',
            ),
            _seen(
                "b",
                'Sensor "roof" has been silent for 2 h',
            ),
            _seen(
                "c",
                "battery of tracker 0A:1B:2C:3D:4E:5F at 4%",
            ),
            _seen(
                "c",
                "battery of tracker 99:88:77:66:55:44 at 11%",
            ),
        ),
    ),
    Family(
        name="log_ci",
        members=(
            _seen(
                "a",
                "Job #8812 failed in stage deploy after 3m 12s: exit code 1",
            ),
            _seen(
                "a",
                "Job #12 failed in stage deploy after 58s: exit code 1",
            ),
            _seen(
                "b",
                "Job #8812 failed in stage deploy after 3m 12s: exit code 137",
            ),
            _seen(
                "c",
                "Pipeline 77 for commit 3f2b8c1e9a4d was canceled by lena",
            ),
            _seen(
                "c",
                "Pipeline 1201 for commit 00aa11bb22cc was canceled by ove",
            ),
        ),
    ),
    Family(
        name="log_jsonl",
        members=(
            _seen(
                "a",
                '{"level":"error","time":"2026-11-03T07:15:22Z","msg":"cannot load '
                'tenant","tenant":"acme","err":"timeout"}',
            ),
            _seen(
                "a",
                '{"level":"error","time":"2026-11-04T17:15:22Z","msg":"cannot load '
                'tenant","tenant":"globex","err":"timeout"}',
            ),
            _seen(
                "b",
                '{"level":"error","time":"2026-11-03T07:15:22Z","msg":"cannot save '
                'tenant","tenant":"acme","err":"timeout"}',
            ),
        ),
    ),
    Family(
        name="log_xmls",
        members=(
            _seen(
                "a",
                "<Error><Code>NoSuchKey</Code><Message>The specified key does not "
                "exist.</Message><Key>a/b.png</Key><RequestId>4442587FB7D0A2F9</RequestId></Error>",
            ),
            _seen(
                "a",
                "<Error><Code>NoSuchKey</Code><Message>The specified key does not "
                "exist.</Message><Key>x.txt</Key><RequestId>99AA</RequestId></Error>",
            ),
            _seen(
                "b",
                "<Error><Code>AccessDenied</Code><Message>Access "
                "Denied</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>",
            ),
        ),
    ),
)
