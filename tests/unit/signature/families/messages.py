"""Reports that are a message only."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, said

__all__ = ["FAMILIES"]


def _values(name: str, values: list[str], *, file: str) -> Family:
    """Give every value in three sentences: one bug a sentence."""
    sentences = ("gave up on {} again", "the gateway answered {} instead", "ignoring {}")
    members: list[Member] = []
    for number, sentence in enumerate(sentences):
        members += [said(f"t{number}", sentence.format(value), file=file) for value in values]
    return Family(name=name, members=tuple(members))


_DATA = {
    "ipv6": ["::1", "2001:db8:85a3::8a2e:370:7334", "fe80::1", "[2001:db8::1]:443"],
    "mac": ["00:1b:44:11:3a:b7", "00-1B-44-11-3A-B8", "de:ad:be:ef:00:01"],
    "sha1": ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"],
    "sha256": [
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sha256:0b822cd15d6c15b0f00a08",
    ],
    "ulid": ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ"],
    "object_id": ["507f1f77bcf86cd799439011", "65a1f0c2e4b0a1b2c3d4e5f6"],
    "traceparent": [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    ],
    "jwt": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP", "eyJ0eXAiOiJKV1QifQ.eyJhIjoxfQ.x-_y"],
    "rfc2822": ["Mon, 02 Jan 2006 15:04:05 GMT", "Tue, 15 Nov 2026 08:12:31 +0100"],
    "ctime": ["Mon Jan  2 15:04:05 2006", "Thu Dec 31 23:59:59 2026"],
    "access_log_date": ["02/Jan/2006:15:04:05 -0700", "31/Dec/2026:23:59:59 +0000"],
    "compact_date": ["20260102T150405Z", "20261231T000000Z"],
    "epoch": ["1767312245", "1767312245.123", "1767312245123"],
    "sizes": ["10 MB", "512KiB", "1.5GB", "4096 bytes"],
    "percent": ["91%", "0.5%", "100 %"],
    "money": ["$12.50", "$1,299.00", "$0"],
    "windows_path": [r"C:\Users\ann\data.csv", r"D:\in\x.txt", r"\\share\in\y.log"],
    "relative_path": ["./in/feed.csv", "../data/2026/users.json", "~/x.db"],
    "quoted_words": ["'alice'", '"bob the builder"', "'x, y'", "''"],
    "list": ["[1, 2]", "[]", "['a', 'b', 'c']", "[{'a': 1}, {'a': 2}]"],
    "json": ['{"id": 1, "tags": ["a"]}', "{}", '{"id": 2, "tags": []}'],
    "tuple": ["(1, 'a')", "(2, 'b, c')"],
    "semver": ["1.2.3", "v2.0.0", "10.4.0-beta.1"],
    "pod": ["api-7d9f8b6c5-x2x4z", "api-6c6b8d7f4-aa0aa", "worker-3"],
    "queue_partition": ["orders-3", "orders-17"],
    "s3": ["s3://bucket-a/k/1.csv", "s3://other/z"],
    "arn": ["arn:aws:s3:::bucket/key", "arn:aws:iam::123456789012:role/x"],
    "host_port": ["db-1.internal:5432", "cache.example.com:6379", "localhost:8000"],
    "hostname": ["api.example.com", "mail.example.org", "db-2.prod.internal"],
    "phone": ["+1-202-555-0143", "+49 30 901820"],
    "base64_id": ["V1StGXR8_Z5jdHi6B-myT", "k9Mtd2gDcgG0aZ_1-QwEr"],
    "duration_words": ["30 seconds", "2 minutes", "1h30m", "450 ms"],
    "object_repr": ["<Order 7>", "<Order: Order object (12)>", "<shop.Order object at 0x7f9f1cb4d260>"],
    "decimal": ["Decimal('1.20')", "Decimal('300')"],
    "timedelta": ["datetime.timedelta(seconds=5)", "datetime.timedelta(days=1, seconds=7)"],
    "none_or_value": ["None", "17", "True"],
    "pair": ["user=ann", "user=bob", 'user="eve x"'],
    "isbn": ["978-3-16-148410-0", "0-306-40615-2"],
    "hex": ["0x1F", "0xdeadbeef"],
    "temp_name": ["/tmp/tmpab12cd", "/var/folders/zz/T/tmpx_9/y"],
}

_VALUES = tuple(
    _values(f"value_{name}", values, file=f"/opt/jobs/{name}.sh") for name, values in _DATA.items()
)

_WORDS = (
    Family(
        name="encodings_are_identity",
        members=(
            said("a", "cannot decode utf-8"),
            said("b", "cannot decode utf-16"),
            said("c", "cannot decode latin-1"),
            said("d", "cannot decode iso-8859-15"),
        ),
    ),
    Family(
        name="algorithms_are_identity",
        members=(
            said("a", "unsupported digest sha256"),
            said("b", "unsupported digest sha512"),
            said("c", "unsupported digest md5"),
        ),
    ),
    Family(
        name="http_status",
        members=(
            said("a", "billing api: HTTP 404 for /v1/invoices/7"),
            said("a", "billing api: HTTP 404 for /v1/invoices/8123"),
            said("b", "billing api: HTTP 500 for /v1/invoices/7"),
            said("c", "billing api: HTTP 429 for /v1/invoices/9"),
        ),
    ),
    Family(
        name="axios",
        members=(
            said("a", "AxiosError: Request failed with status code 404"),
            said("b", "AxiosError: Request failed with status code 401"),
            said("c", "AxiosError: Request failed with status code 500"),
        ),
    ),
    Family(
        name="curl",
        members=(
            said("a", "curl: (7) Failed to connect to db-1 port 5432 after 3 ms: Connection refused"),
            said("a", "curl: (7) Failed to connect to db-2 port 5433 after 12 ms: Connection refused"),
            said("b", "curl: (22) The requested URL returned error: 404"),
            said("c", "curl: (22) The requested URL returned error: 500"),
            said("d", "curl: (28) Operation timed out after 3001 milliseconds with 0 bytes received"),
            said("d", "curl: (28) Operation timed out after 10002 milliseconds with 512 bytes received"),
        ),
    ),
    Family(
        name="exit_codes",
        members=(
            said("a", "backup of web-1 exited with code 1"),
            said("a", "backup of web-2 exited with code 1"),
            said("b", "backup of web-1 exited with code 137"),
        ),
    ),
    Family(
        name="grpc",
        members=(
            said("a", "rpc error: code = NotFound desc = order 7 not found"),
            said("a", "rpc error: code = NotFound desc = order 991 not found"),
            said("b", "rpc error: code = Unavailable desc = order 7 not found"),
            said("c", "rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
        ),
    ),
    Family(
        name="errno_names",
        members=(
            said("a", "connect ECONNREFUSED 10.0.0.1:5432"),
            said("a", "connect ECONNREFUSED 10.0.0.9:5433"),
            said("b", "connect ETIMEDOUT 10.0.0.1:5432"),
        ),
    ),
    Family(
        name="os_error_numbers",
        members=(
            said("a", "cannot open /a/b.txt: Permission denied (os error 13)"),
            said("a", "cannot open /c.txt: Permission denied (os error 13)"),
            said("b", "cannot open /a/b.txt: No such file or directory (os error 2)"),
        ),
    ),
    Family(
        name="postgres",
        members=(
            said("a", 'ERROR: relation "orders" does not exist at character 15'),
            said("a", 'ERROR: relation "orders" does not exist at character 27'),
            said("b", 'ERROR: relation "users" does not exist at character 15'),
            said("c", 'ERROR: column "price" does not exist'),
            said(
                "d",
                'ERROR: duplicate key value violates unique constraint "users_email_key"\nDETAIL:'
                " Key (email)=(a@b.example) already exists.",
            ),
            said(
                "d",
                'ERROR: duplicate key value violates unique constraint "users_email_key"\nDETAIL:'
                " Key (email)=(carl@x.example) already exists.",
            ),
            said(
                "e",
                'ERROR: duplicate key value violates unique constraint "users_name_key"\nDETAIL: '
                "Key (name)=(carl) already exists.",
            ),
        ),
    ),
    Family(
        name="mysql",
        members=(
            said("a", "(1062, \"Duplicate entry 'ann@x.example' for key 'users.email'\")"),
            said("a", "(1062, \"Duplicate entry 'bob' for key 'users.email'\")"),
            said("b", "(1062, \"Duplicate entry 'bob' for key 'users.name'\")"),
            said("c", "(1146, \"Table 'shop.orders' doesn't exist\")"),
            said("d", "(1146, \"Table 'shop.carts' doesn't exist\")"),
            said("e", "(2006, 'MySQL server has gone away')"),
        ),
    ),
    Family(
        name="sqlstate",
        members=(
            said("a", "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.a' doesn't exist"),
            said(
                "b",
                "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry '7' for key 'PRIMARY'",
            ),
            said(
                "b",
                "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry '99' for k"
                "ey 'PRIMARY'",
            ),
        ),
    ),
    Family(
        name="oracle",
        members=(
            said("a", "ORA-00942: table or view does not exist"),
            said("b", "ORA-01017: invalid username/password; logon denied"),
        ),
    ),
    Family(
        name="json_lines",
        members=(
            said("a", '{"event": "sync failed", "shop": 7, "level": "error"}'),
            said("a", '{"event": "sync failed", "shop": 99, "level": "error", "took": 1.5}'),
            said("b", '{"event": "sync skipped", "shop": 7, "level": "error"}'),
        ),
    ),
    Family(
        name="logfmt",
        members=(
            said("a", 'level=error msg="order failed for 7" id=7 took=12ms'),
            said("a", 'level=error msg="order failed for 12" id=12 took=3s'),
            said("b", 'level=error msg="order rejected for 7" id=7 took=12ms'),
        ),
    ),
    Family(
        name="words_that_look_like_ids",
        members=(
            said("a", "i18n bundle is missing"),
            said("b", "x509 bundle is missing"),
            said("c", "Foo::bar() bundle is missing"),
            said("d", "Foo::baz() bundle is missing"),
        ),
    ),
    Family(
        name="plural",
        members=(
            said("a", "flush lost 1 row"),
            said("a", "flush lost 12 rows"),
            said("b", "flush kept 12 rows"),
        ),
    ),
    Family(
        name="several_lines",
        members=(
            said("a", "deploy failed\n\n  host: web-1\n  took: 3s\n  log: line 1\n"),
            said("a", "deploy failed\n\n  host: web-22\n  took: 9s\n  log: another thing\n"),
            said("b", "deploy cancelled\n\n  host: web-1\n  took: 3s\n"),
        ),
    ),
    Family(
        name="ansi",
        members=(
            said("a", "\x1b[31mquota of 7 exceeded\x1b[0m"),
            said("a", "quota of 12 exceeded"),
            said("b", "\x1b[31mquota of 7 reached\x1b[0m"),
        ),
    ),
    Family(
        name="same_words_elsewhere",
        members=(
            said("a", "lock is held", file="/opt/jobs/one.sh"),
            said("b", "lock is held", file="/opt/jobs/two.sh"),
            said("c", "lock is held", file="/opt/jobs/one.sh", function="release"),
            said("a", "lock is held", file="/srv/releases/20260102/jobs/one.sh", line=9),
        ),
    ),
)

FAMILIES: tuple[Family, ...] = (*_VALUES, *_WORDS)
