"""Lines that scripts and services of many trades write when something fails."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, said

__all__ = ["FAMILIES"]


def _seen(label: str, line: str) -> Member:
    return said(label, line, file="/opt/watch/jobs.sh")


FAMILIES = (
    Family(
        name="job_zk",
        members=(
            _seen(
                "a",
                "Session 0x18f2c3a4b5c6d7e8 for server zk1.internal/10.0.0.4:2181, unexpected error, "
                "closing socket connection and attempting reconnect",
            ),
            _seen(
                "a",
                "Session 0x0 for server zk3/10.0.0.9:2181, unexpected error, closing socket connection "
                "and attempting reconnect",
            ),
            _seen(
                "b",
                "Session 0x18f2c3a4b5c6d7e8 has expired",
            ),
            _seen(
                "b",
                "Session 0x99 has expired",
            ),
        ),
    ),
    Family(
        name="job_cass",
        members=(
            _seen(
                "a",
                "Cassandra timeout during read query at consistency LOCAL_QUORUM (2 responses were "
                "required but only 1 replica responded)",
            ),
            _seen(
                "a",
                "Cassandra timeout during read query at consistency LOCAL_QUORUM (3 responses were "
                "required but only 0 replica responded)",
            ),
            _seen(
                "b",
                "Cassandra timeout during write query at consistency LOCAL_QUORUM (2 responses were "
                "required but only 1 acknowledged the write)",
            ),
            _seen(
                "c",
                "All host(s) tried for query failed (tried: /10.0.0.4:9042 "
                "(com.datastax.driver.core.exceptions.TransportException: Cannot connect))",
            ),
            _seen(
                "c",
                "All host(s) tried for query failed (tried: /10.0.0.7:9042 "
                "(com.datastax.driver.core.exceptions.TransportException: Cannot connect))",
            ),
        ),
    ),
    Family(
        name="job_vault",
        members=(
            _seen(
                "a",
                "Error making API request. URL: GET https://vault.internal:8200/v1/secret/data/shop "
                "Code: 403. Errors: * permission denied",
            ),
            _seen(
                "a",
                "Error making API request. URL: GET https://vault.internal:8200/v1/secret/data/crm/db "
                "Code: 403. Errors: * permission denied",
            ),
            _seen(
                "b",
                "Error making API request. URL: GET https://vault.internal:8200/v1/secret/data/shop "
                "Code: 503. Errors: * Vault is sealed",
            ),
        ),
    ),
    Family(
        name="job_ansible",
        members=(
            _seen(
                "a",
                'fatal: [web1.example.com]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect '
                'to the host via ssh: Connection timed out", "unreachable": true}',
            ),
            _seen(
                "a",
                'fatal: [10.0.0.9]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the '
                'host via ssh: Connection timed out", "unreachable": true}',
            ),
            _seen(
                "b",
                'fatal: [web1.example.com]: FAILED! => {"changed": false, "msg": "No package matching '
                "'nginx' is available\"}",
            ),
            _seen(
                "b~",
                'fatal: [web2.example.com]: FAILED! => {"changed": true, "msg": "No package matching '
                "'httpd' is available\"}",
            ),
        ),
    ),
    Family(
        name="job_airflow",
        members=(
            _seen(
                "a",
                "Task failed with exception: dag_id=etl_orders, task_id=load, "
                "run_id=scheduled__2026-11-03T00:00:00+00:00, try_number=2",
            ),
            _seen(
                "a",
                "Task failed with exception: dag_id=etl_orders, task_id=load, "
                "run_id=manual__2026-11-04T07:15:22+00:00, try_number=1",
            ),
            _seen(
                "b",
                "DAG etl_orders timed out after 3600 s",
            ),
            _seen(
                "b",
                "DAG crm_sync timed out after 60 s",
            ),
        ),
    ),
    Family(
        name="job_hdfs",
        members=(
            _seen(
                "a",
                "Could not obtain block: BP-1234-10.0.0.1-1500:blk_1073741825_1001 "
                "file=/user/hive/warehouse/t/part-00000",
            ),
            _seen(
                "a",
                "Could not obtain block: BP-99-10.0.0.2-77:blk_88_12 file=/user/x/part-00017",
            ),
            _seen(
                "b",
                "No lease on /user/hive/t/part-00000 (inode 16389): File does not exist.",
            ),
            _seen(
                "b",
                "No lease on /tmp/x/part-00099 (inode 99): File does not exist.",
            ),
        ),
    ),
    Family(
        name="job_mail",
        members=(
            _seen(
                "a",
                "could not deliver message <20261103.8812@example.com> to ann@example.com: mailbox is full",
            ),
            _seen(
                "a",
                "could not deliver message <77AA@x.org> to Bo <bo@x.org>: mailbox is full",
            ),
            _seen(
                "b",
                "could not deliver message <20261103.8812@example.com> to ann@example.com: no such user",
            ),
            _seen(
                "c",
                "greylisted for 300 seconds, try again later",
            ),
            _seen(
                "c",
                "greylisted for 60 seconds, try again later",
            ),
        ),
    ),
    Family(
        name="job_payments",
        members=(
            _seen(
                "a",
                "refund of charge ch_3Nf8 for 12.00 USD failed: charge already refunded",
            ),
            _seen(
                "a",
                "refund of charge ch_9Zz1 for 1,200.50 EUR failed: charge already refunded",
            ),
            _seen(
                "b",
                "refund of charge ch_3Nf8 for 12.00 USD failed: charge not found",
            ),
            _seen(
                "c",
                "payout po_12 to IBAN DE89370400440532013000 was returned",
            ),
            _seen(
                "c",
                "payout po_99 to IBAN GB29NWBK60161331926819 was returned",
            ),
        ),
    ),
    Family(
        name="job_gps",
        members=(
            _seen(
                "a",
                "vehicle ZH 123456 left zone depot-3 at 47.3769, 8.5417",
            ),
            _seen(
                "a",
                "vehicle B-XY 77 left zone yard_9 at -33.8688, 151.2093",
            ),
            _seen(
                "b",
                "vehicle ZH 123456 has not moved for 3 days",
            ),
            _seen(
                "b",
                "vehicle B-XY 77 has not moved for 1 day",
            ),
        ),
    ),
    Family(
        name="job_k8s",
        members=(
            _seen(
                "a",
                "0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had taint {dedicated: gpu}, that "
                "the pod didn't tolerate.",
            ),
            _seen(
                "a",
                "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had taint {dedicated: batch}, "
                "that the pod didn't tolerate.",
            ),
            _seen(
                "b",
                "0/5 nodes are available: 5 Insufficient memory.",
            ),
            _seen(
                "b",
                "0/7 nodes are available: 7 Insufficient memory.",
            ),
            _seen(
                "c",
                "Failed to mount volumes: timed out waiting for volumes to attach/mount for pod "
                '"default"/"db-0"',
            ),
            _seen(
                "c",
                "Failed to mount volumes: timed out waiting for volumes to attach/mount for pod "
                '"prod"/"cache-7d9f"',
            ),
        ),
    ),
    Family(
        name="job_build",
        members=(
            _seen(
                "a",
                "src/shop/cart.ts(12,5): error TS2345: Argument of type 'string' is not assignable to "
                "parameter of type 'number'.",
            ),
            _seen(
                "a",
                "src/shop/cart.ts(99,17): error TS2345: Argument of type 'string' is not assignable to "
                "parameter of type 'number'.",
            ),
            _seen(
                "b",
                "src/shop/cart.ts(12,5): error TS2304: Cannot find name 'foo'.",
            ),
            _seen(
                "c",
                "Cart.java:12: error: cannot find symbol",
            ),
            _seen(
                "c",
                "Cart.java:99: error: cannot find symbol",
            ),
            _seen(
                "d",
                "make: *** [Makefile:12: build] Error 2",
            ),
            _seen(
                "d",
                "make: *** [Makefile:99: build] Error 2",
            ),
            _seen(
                "e",
                "ld: symbol(s) not found for architecture arm64",
            ),
        ),
    ),
    Family(
        name="job_pyline",
        members=(
            _seen(
                "a",
                "ERROR:root:cannot sync calendar of Ann Lee: token expired",
            ),
            _seen(
                "a",
                "ERROR:root:cannot sync calendar of Müller: token expired",
            ),
            _seen(
                "b",
                "ERROR:root:cannot sync calendar of Ann Lee: no calendar",
            ),
            _seen(
                "c",
                "CRITICAL:worker.main:lost connection to broker amqp://10.0.0.9:5672//",
            ),
            _seen(
                "c",
                "CRITICAL:worker.main:lost connection to broker amqp://mq.internal:5671/shop",
            ),
        ),
    ),
    Family(
        name="job_backup2",
        members=(
            _seen(
                "a",
                "snapshot rpool/data@auto-2026-11-03_03:00 already exists",
            ),
            _seen(
                "a",
                "snapshot tank/home@auto-2026-12-24_04:00 already exists",
            ),
            _seen(
                "c",
                "borg: Failed to create/acquire the lock /mnt/bk/lock.exclusive (timeout).",
            ),
        ),
    ),
    Family(
        name="job_login",
        members=(
            _seen(
                "a",
                "3 failed logins of ann@example.com from 203.0.113.9 within 5 min",
            ),
            _seen(
                "a",
                "17 failed logins of bo from 198.51.100.1 within 1 h",
            ),
            _seen(
                "b",
                'login of ann@example.com from new device "iPhone 15"',
            ),
            _seen(
                "b",
                'login of ove from new device "Pixel 9"',
            ),
            _seen(
                "c",
                "password of ann@example.com expires in 3 days",
            ),
            _seen(
                "c",
                "password of kim expires in 1 day",
            ),
        ),
    ),
    Family(
        name="job_etl",
        members=(
            _seen(
                "a",
                'row 17 of customers.csv: column birth_date is not a date: "31.02.1990"',
            ),
            _seen(
                "a",
                'row 90112 of /in/b.csv: column birth_date is not a date: "n/a"',
            ),
            _seen(
                "b",
                'row 17 of customers.csv: column email is not a date: "x"',
            ),
            _seen(
                "c",
                "row 17 of customers.csv has 12 columns, expected 14",
            ),
            _seen(
                "c",
                "row 3 of x.csv has 1 columns, expected 9",
            ),
            _seen(
                "d",
                "2 of 14 files were empty",
            ),
            _seen(
                "d",
                "9 of 9 files were empty",
            ),
        ),
    ),
    Family(
        name="job_iot",
        members=(
            _seen(
                "a",
                "[mqtt] client esp32-7CDFA1 disconnected: keepalive timeout",
            ),
            _seen(
                "a",
                "[mqtt] client pump_north disconnected: keepalive timeout",
            ),
            _seen(
                "b",
                "[mqtt] client esp32-7CDFA1 disconnected: bad username or password",
            ),
            _seen(
                "c",
                "firmware 1.4.2 of esp32-7CDFA1 does not match manifest 1.5.0",
            ),
            _seen(
                "c",
                "firmware 0.9 of x7 does not match manifest 2.0.0-rc1",
            ),
        ),
    ),
    Family(
        name="job_cdn",
        members=(
            _seen(
                "a",
                "purge of https://cdn.example.com/img/* returned HTTP 429, retry after 30",
            ),
            _seen(
                "a",
                "purge of https://cdn.other.org/css/site.css returned HTTP 429, retry after 5",
            ),
            _seen(
                "b",
                "purge of https://cdn.example.com/img/* returned HTTP 500, retry after 30",
            ),
        ),
    ),
    Family(
        name="job_temp",
        members=(
            _seen(
                "a",
                "CPU temperature 93.5°C above threshold 90°C, throttled (total events = 12)",
            ),
            _seen(
                "a",
                "CPU temperature 101°C above threshold 95°C, throttled (total events = 8812)",
            ),
            _seen(
                "b",
                "fan 2 runs at 0 rpm",
            ),
            _seen(
                "b",
                "fan 1 runs at 120 rpm",
            ),
        ),
    ),
    Family(
        name="job_conn",
        members=(
            _seen(
                "a",
                "cannot connect to memcached at 10.0.0.9:11211: Connection refused",
            ),
            _seen(
                "a",
                "cannot connect to memcached at cache.internal:11211: Connection refused",
            ),
            _seen(
                "b",
                "cannot connect to etcd at 10.0.0.9:2379: Connection refused",
            ),
            _seen(
                "c",
                "cannot connect to memcached at 10.0.0.9:11211: No route to host",
            ),
        ),
    ),
    Family(
        name="job_ship",
        members=(
            _seen(
                "a",
                "parcel RR123456785DE was lost between Leipzig and Oslo",
            ),
            _seen(
                "a",
                "parcel 1Z999AA10123456784 was lost between Porto and Lyon",
            ),
            _seen(
                "b",
                "parcel RR123456785DE was damaged between Leipzig and Oslo",
            ),
            _seen(
                "c",
                "no carrier for parcel RR123456785DE to Norway",
            ),
            _seen(
                "c",
                "no carrier for parcel 1Z999AA10123456784 to Chile",
            ),
        ),
    ),
    Family(
        name="job_lab",
        members=(
            _seen(
                "a",
                "sample S-0042 of patient P77 is haemolysed (index 3.2)",
            ),
            _seen(
                "a",
                "sample T9 of patient Q-1 is haemolysed (index 11)",
            ),
            _seen(
                "b",
                "sample S-0042 of patient P77 is clotted",
            ),
            _seen(
                "b",
                "sample X of patient Y is clotted",
            ),
        ),
    ),
    Family(
        name="job_music",
        members=(
            _seen(
                "a",
                'stem "drums left" of track 12 clips at +3.2 dB',
            ),
            _seen(
                "a",
                'stem "vox" of track 3 clips at +0.4 dB',
            ),
            _seen(
                "b",
                'stem "drums left" of track 12 is silent',
            ),
        ),
    ),
    Family(
        name="job_farm",
        members=(
            _seen(
                "a",
                "cow 7731 gave no milk for 2 days",
            ),
            _seen(
                "a",
                "cow Berta gave no milk for 12 days",
            ),
            _seen(
                "b",
                "cow 7731 gave 61.2 l of milk",
            ),
            _seen(
                "b",
                "cow Berta gave 58 l of milk",
            ),
        ),
    ),
    Family(
        name="job_game",
        members=(
            _seen(
                "a",
                "player Zed disconnected from match 8812: ping timeout",
            ),
            _seen(
                "a",
                "player [TAG]x_9 disconnected from match 12: ping timeout",
            ),
            _seen(
                "b",
                "player Zed was kicked from match 8812: aimbot",
            ),
            _seen(
                "c",
                "match 8812 has 9 players, maximum is 8",
            ),
            _seen(
                "c",
                "match 7 has 65 players, maximum is 64",
            ),
        ),
    ),
    Family(
        name="job_bank",
        members=(
            _seen(
                "a",
                "transfer of 1,200.00 EUR from DE89370400440532013000 to GB29NWBK60161331926819 exceeds "
                "the daily limit of 1,000.00 EUR",
            ),
            _seen(
                "a",
                "transfer of 7.50 USD from CH9300762011623852957 to DE1 exceeds the daily limit of 5 USD",
            ),
            _seen(
                "b",
                "transfer of 1,200.00 EUR from DE89370400440532013000 to GB29NWBK60161331926819 has no "
                "reference",
            ),
            _seen(
                "c",
                "account DE89370400440532013000 is overdrawn by 12.30 EUR",
            ),
            _seen(
                "c",
                "account 4711 is overdrawn by $9",
            ),
        ),
    ),
    Family(
        name="job_web",
        members=(
            _seen(
                "a",
                "GET /cart/77?lang=de 500 in 1204 ms",
            ),
            _seen(
                "a",
                "GET /cart/9/items 500 in 3 ms",
            ),
            _seen(
                "b",
                "GET /cart/77?lang=de 404 in 12 ms",
            ),
            _seen(
                "c",
                "POST /login 500 in 8 ms",
            ),
            _seen(
                "d",
                "slow query (12.4 s): SELECT * FROM orders WHERE id = 77",
            ),
            _seen(
                "d",
                "slow query (3 s): SELECT * FROM orders WHERE id = 9",
            ),
        ),
    ),
    Family(
        name="job_cert2",
        members=(
            _seen(
                "a",
                "certificate of mail.example.com expires in 6 days",
            ),
            _seen(
                "a",
                "certificate of *.shop.test expires in 1 day",
            ),
            _seen(
                "b",
                "certificate of mail.example.com is revoked",
            ),
        ),
    ),
    Family(
        name="job_cluster",
        members=(
            _seen(
                "a",
                "node n-7 left cluster blue (3 of 5 remain)",
            ),
            _seen(
                "a",
                "node db2.internal left cluster prod-eu (1 of 3 remain)",
            ),
            _seen(
                "b",
                "node n-7 rejoined cluster blue",
            ),
            _seen(
                "c",
                "split brain: n-7 and n-9 both lead cluster blue",
            ),
            _seen(
                "c",
                "split brain: db1 and db2 both lead cluster green",
            ),
        ),
    ),
    Family(
        name="job_pdf",
        members=(
            _seen(
                "b",
                "cannot render page 7 of /in/a b.pdf: image is truncated",
            ),
        ),
    ),
    Family(
        name="job_ocr",
        members=(
            _seen(
                "a",
                "OCR confidence 0.31 of scan_0042.tif is below 0.60",
            ),
            _seen(
                "a",
                "OCR confidence 0.59 of IMG 7.png is below 0.75",
            ),
            _seen(
                "b",
                "OCR of scan_0042.tif found no text",
            ),
        ),
    ),
    Family(
        name="job_hvac",
        members=(
            _seen(
                "a",
                "setpoint 21.5 °C of room 3.14 cannot be reached: valve stuck",
            ),
            _seen(
                "a",
                "setpoint 19 °C of room Aula cannot be reached: valve stuck",
            ),
            _seen(
                "b",
                "setpoint 21.5 °C of room 3.14 cannot be reached: boiler off",
            ),
            _seen(
                "c",
                "room 3.14 reports 412 ppm CO2",
            ),
            _seen(
                "c",
                "room Aula reports 2,210 ppm CO2",
            ),
        ),
    ),
    Family(
        name="job_jobs",
        members=(
            _seen(
                "a",
                "job nightly/export (run 8812) killed by signal 9",
            ),
            _seen(
                "a",
                "job weekly/clean-up (run 3) killed by signal 9",
            ),
            _seen(
                "b",
                "job nightly/export (run 8812) killed by signal 15",
            ),
        ),
    ),
)
