"""List the words of which messages about failures are made.

In their plain form: endings are taken off by who asks. Names of people, places, products and whatever
else programs are filled with are left out on purpose, and so are words that are as often a value: sides,
colours, roles, ``default``, ``main``.
"""

from __future__ import annotations

__all__ = ["DEEDS", "ENDING_NAMES", "FIRST_NAMES", "GRAMMAR", "NAMED", "WORDS"]

#: What holds sentences together.
_GRAMMAR = """
    a about above across after again against ago all almost alone along already also although always am
    among an and another any anything apart are aren't around as aside at be because been before behind
    being below beneath beside between beyond both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't done down during each either else even ever every everything except false few fewer
    first for forever from given had has hasn't have haven't having he her here his how i if in inside
    instead into is isn't it its itself just last later least less let's like many may maybe me might more
    most much must my nan near neither never next nil no nobody non none nor not nothing now null of off ok
    on once only onto or other others our out outside over past per perhaps please previous prior rather
    same second several shall she should shouldn't since so some someone something soon sorry still such
    than that the their them themselves then there these they third this those though through throughout to
    together too toward towards true twice undefined under underneath unless until up upon us versus very
    via void vs was wasn't we were what when where whether which while who whom whose why will with within
    without won't would wouldn't yes yet you your
"""

#: How things are when they fail.
_STATES = """
    able abort absent absolute abstract acceptable active actual adjacent alive ambiguous appropriate
    arbitrary asleep atomic automatic available awake aware bad bare big bigger blank blocked broken bug busy
    canonical central certain circular clean clogged closed cold common complex composite concrete concurrent
    conflicting consistent correct corrupt cracked crash crowded current custom cyclic damaged dangling dead
    deep deeper denied deprecated different direct dirty disabled distinct double dry due duplicate dynamic
    early empty enabled enough entire equal equivalent err error exact exceeded exception exhausted existent
    expired explicit external fail failure fake fast fatal fault faulty final finite fixed flat forbidden
    former fresh frozen full global gone great greater half halt hard heavy hidden high higher horizontal hot
    huge identical idle illegal implicit impossible improper inaccessible inactive inappropriate incompatible
    incomplete inconsistent incorrect indirect individual infinite initial insufficient internal invalid
    inverse issue jammed large larger largest late latest legacy legal likely limited linear little local
    locked long longer loose lost loud low malformed mandatory max maximum melted middle min minimum mismatch
    mismatched missing multiple narrow necessary negative nested new nonzero numb numeric obsolete odd
    offline old online open opened opposite optional original outdated overdue overheated overlapping
    overloaded own owned panic parallel partial pending permanent plain plenty poor positional positive
    possible present primary prime problem prohibited proper pure quiet random raw ready real recursive
    refused regular rejected relative relevant remote required reserved restricted rich ripe rough running
    safe satisfiable scarce secondary semantic shared sharp short shorter shut similar simple single singular
    slack slow slower small smaller smallest smooth soft spare special specific stale standard static steep
    stop stray strict strong stuck sure symbolic temporary thick thin throttled tight tiny total transient
    trap triple truncated unable unary unauthenticated unauthorised unauthorized unavailable unbalanced
    unbound uncaught unequal unexpected unhandled uninitialized unique universal unknown unprocessable
    unreachable unreadable unrecognised unrecognized unresolved unsafe unset unspecified unstable unsupported
    unterminated unusable unused unwritable upside urgent valid vertical virtual visible warm warn warning
    weak wet whole wide wider wrong zero
"""

#: What is done, in its plain form and the irregular ones.
_DEEDS = """
    accept access acknowledge acquire act activate add adjust advertise afford aggregate agree align allocate
    allow alter analyse analyze answer appear append apply approve arrive ask assert assign assume ate attach
    attempt authenticate authorize avoid await back bake balance become began begin begun behave belong bend
    bent bind bit bite bled bleed block boil boot bought bounce bound break brew broke build built burn burnt
    buy calibrate call came cancel capture carry cast catch caught cause change charge check choke choose
    chose claim clear click clone close collect collide combine come commit communicate compare compile
    complete compress compute concatenate conclude configure confirm conflict connect consider construct
    consume contain continue control convert cook copy correlate count cover crack crawl create cross curdle
    cure cut cycle damage deactivate deal debit decide declare decline decode decompress decrease decrement
    decrypt dedicate define delay delete deliver demand deny depend deploy dequeue dereference describe
    deserialize destroy detach detect determine die differ dig discard disconnect dispatch display dispose
    distribute divide divided dock download drain drank draw drift drink drive drop drove drown dug dump eat
    edit eject elapse eliminate emit enable encode encounter encrypt end enforce enqueue ensure enter escape
    establish estimate evacuate evaluate evict exceed exchange exclude exec execute exist exit expand expect
    expire explain export expose extend extract fall feed fell fetch fight fill filter find finish fire fit
    fix flag flip float flush fly fold follow force forget fork format forward fought found free freeze froze
    gain gave generate get give go got grant grind ground grow guess hand handle hang happen harvest hash
    hatch heal held help hid hide hit hold hook hung hurt identify ignore implement import include increase
    increment index indicate infer inform inherit initialise initialize insert install instantiate intend
    interpolate interpret interrupt intersect invoke involve isolate iterate jam join jump keep kept kill
    know known lack land launch lead leak learn leave lend lent let level lie limit line link list listen
    load lock log look lookup lose made mail make manage map mark match matter mean meant measure meet melt
    merge migrate miss modify monitor mount move multiply mutate name navigate need negotiate nest notify
    obtain occur offer operate order overflow overlap overridden override overwrite pack pad paid park parse
    pass paste patch pause pay peek perform permit persist pick ping place plan plant play point poll pop
    populate post pour prepare press prevent print proceed process produce program prohibit promise prompt
    propagate protect prove provide prune publish pull purge push put query queue quit quote raise ran rang
    reach read rebalance rebuild receive recognize reconnect record recover redirect redraw reduce refer
    referenced refill reflect refresh refund refuse register regulate reject relate release reload rely
    remain remember remove rename render renew reopen repair repeat replace reply report represent request
    require rerun reschedule reserve reset resize resolve respond restart restore resume retrieve retry
    return reuse revert revoke rewind rewrite ride ring rise rode roll rollback rose rot rotate rotten round
    route run rung rust said sang sanitize sank satisfy save say scale scan schedule score scroll search see
    seek seem seen select sell send sent separate serialize serve set settle shake shaken share shed shift
    ship shook shoot shot show shown shrink sign simulate sing sink skip sleep slept slice slip sold solve
    sort spawn specify spend spent spill spin split spoil stage stall start starve stay step stick stock
    store stream strike strip struck submit subscribe substitute subtract succeed suggest sung sunk supply
    support suppose suppress surrender suspend swam swap sweep swept swim swing switch swung sync synchronize
    take taken talk tear tell terminate thaw think threw throttle throw thrown tick tie told tolerate took
    tore torn touch trace track train transfer transform translate transmit traverse treat trigger trim trip
    truncate trust try tune turn type unblock underflow understand undo unfold unlock unmount unpack unwrap
    update upgrade upload use validate vanish verify view violate visit vote wait wake walk want wash waste
    watch water wear weigh win wipe withdraw withdrew won wore work worn wrap write written wrote yield zoom
"""

#: What it is done to.
_THINGS = """
    account action actor adapter addr address age agent agreement alarm alert algorithm alias amount analysis
    anchor angle api apostrophe app application archive area arg args argument arithmetic array artifact
    assertion asset assignment async attachment attr attribute audit auth authority axis backend background
    backlog backslash backup badge bag bandwidth bank bar barrier base baseline basket batch beat bed
    behaviour benchmark bias bill binary blob body bool boolean border bottle boundary box brace bracket
    branch breakpoint bridge broker browser bucket budget buffer builder builtin bundle bus business button
    buyer byte cache calculation calendar callback camera candidate canvas capacity caption card cargo cart
    case catalog category ceiling cell center cert certificate chain challenge channel chapter char character
    charset chart chat checkout checkpoint checksum child children choice chunk circuit city class clause
    cleanup client clipboard clock cloud cls cluster code coin collection colon color colour column comma
    command comment company comparison compartment compiler component computation condition config
    configuration connection connector consistency console constant constraint constructor consumer contact
    container content context contract cookie coordinate core coroutine counter country coupon course cpu
    crate crawler crc credential credit criteria criterion cron crypto currency cursor curve customer daemon
    dash dashboard data database dataclass dataset date datetime day deadline deadlock debug decimal
    declaration decoder decorator definition degree delta denominator dependency depth descendant description
    descriptor destination detail device diagnosis dialog dict dictionary diff digest digit dimension dir
    directory disk dist division dns doc document domain door dot driver dtype duration echo edge editor
    effect element email employee encoder endpoint engine entity entropy entry enum env environment eof epoch
    equation event evidence execution expiry exponent expression ext extension extra factor factory fallback
    fd feature feedback field file filename filesystem fingerprint firewall flight flow folder font foot
    footer form formatter fraction fragment frame framework frequency frontend fuel func function fund future
    gap gateway gauge generator generic glyph goal good goroutine grammar graph gravity grid group guard gui
    guideline handler handshake hangup hardware head header heading headline heap height hex hierarchy hint
    histogram history home hop host hostname hour html http hyphen icon id identifier identity image impact
    implementation indices info information initializer inode input instance instruction int integer
    integrity interface interval inventory invoice ioctl item iterator job journal json kernel key keyboard
    keyword kind kwargs label lambda language latency layer layout leader lease ledger len length lesson
    letter lib library licence license lifetime listener literal loan locale location locator logger login
    logout loop loss lowercase machine macro magnitude mailbox mailing maintenance manager manifest margin
    marker market mask master material matrix meaning measurement media medium member memory menu message
    meta metadata method metric middleware migration minute mode model module moment money month motor mouse
    msg multi multipart mutation mutex namespace nanosecond nesting net network newline node nonce norm note
    notification num number numerator object objective octal offset op opcode operand operation operator
    option organization origin output overlay overrun owner ownership package packet page pair palette panel
    paragraph param parameter parent parenthesis parser part partition partner party password path pattern
    payload payment peer people percent percentage performance period permission permutation person phase
    phone photo phrase pickle picture piece pipe pipeline pixel placeholder plaintext plate platform player
    plugin pointer policy pool port portal portion position power precision prefix premium preset preview
    price printer priority privilege probe procedure processor product profile progress project proof
    property protocol provider proxy publisher purchase purpose quality quantity question quota range rank
    rate ratio reader reality reason rebase receipt receiver recipe recipient recovery ref reference regex
    region registry rejection relation remainder replica repository reservation resource response rest
    restriction result retrieval revision risk role rotation router routine row rule runner runtime salary
    sale sandbox scalar scanner scene schema scheme scope screen script seat secret section sector security
    segment selector self semaphore semicolon sender sense sensor sentence sentinel sep separator sequence
    serial serializer series server service session setup shape shard sheet shelf shell shipment shop
    shutdown side signal signature site size skeleton slot snapshot snippet socket software source space span
    spec specifier speed splitter spread square stack staff stamp stat state statement station statistics
    stats status stderr stdin stdout storage story str strategy string struct structure stub style subject
    subnet subroutine subscriber subscription subset success suffix suite sum summary supplier surface symbol
    syntax sys system tab table tag tail takeover tank target task tax team temp template tenant term
    terminal text theme thing thread threshold throughput ticket time timeline timeout timer timestamp
    timezone title toggle token tool top topic traceback traffic trailer transaction transition transport
    tree trial truncation tty tunnel tuple tweak typo union unit universe uppercase url usage user username
    utility validator value var variable variant vault vector vehicle vendor verb version vertex video
    violation visitor volume voucher wallet warehouse way websocket week weight wheel whitespace widget width
    wildcard window word worker workflow workspace world wrapper writer year zone
"""

#: Numbers in words, and what programs are made with.
_TECHNICAL = """
    acl airflow amqp android apache apt ascii awk azure basename bash bigquery bios bluetooth captcha
    cassandra celery ceph chmod chown chrome clickhouse consul cors couchdb cp csrf css csv curl debian dhcp
    docker dom dovecot dozen dpkg dynamodb eight elasticsearch envoy etcd firefox five four ftp github gitlab
    gnutls gps gpu gradle grafana grep grpc gunicorn gunzip gzip hadoop haproxy hdfs helm hundred imap
    influxdb io ios ip iphone iscsi java jenkins js jwt kafka kibana kinesis kubectl kubelet kubernetes lan
    ldap linux ln logstash ls lvm macos mariadb maven memcached mfa million minio mkdir mms mongo mongodb
    mqtt mssql mv mysql nat nats nfs nginx nine npm ntp oauth one openssl os otp paypal pci pdf perl php pi
    pid pin pip postfix postgres prometheus python rabbitmq raid ram redis rm rmdir rpc rsync ruby rust
    safari samba saml scp sed sendgrid seven sh sim six slack sms smtp snowflake sns soap solr spark sql
    sqlite sqs ssh ssl sso stdin stripe sudo systemd tar tcp tee ten thousand three tls totp traefik twilio
    two ubuntu udp umount unicode unzip uri usb utf uuid uwsgi vpn wan webpack wget wifi windows xargs xml
    yaml zfs zip zookeeper
"""

#: Words that are first names too, where they are written so within a sentence.
#: What is measured, so that ``latitude 91 is off`` and ``longitude 181 is off`` stay two.
_QUANTITIES = """
    altitude amplitude azimuth brightness coefficient contrast cost deposit diameter dividend divisor dose
    downtime energy exponent extent fee gamma gradient grade gravity hue humidity inertia jitter lag latitude
    likelihood longitude mantissa mass median mileage modulus momentum pace percentile pitch pulse quotient
    radius rainfall rent salinity slope spin stride surcharge tariff tempo torque turbidity uptime variance
    wage wavelength weekday yaw
"""

_FIRST_NAMES = """
    Art Bill Chase Dean Drew Frank Grace Grant Guy Hope Jack Joy Mark Max May Miles Page Pat Ray Rob Rose Sue
    Will
"""

#: Names of people that end like other words.
_ENDING_NAMES = """
    ahmed alfred beverly browning clarence constance emily fielding florence harding irving kelly kimberly
    lawrence manfred mohamed prudence sally sterling terrence wilfred winifred
"""

GRAMMAR = frozenset(_GRAMMAR.split())

WORDS = frozenset((_GRAMMAR + _STATES + _DEEDS + _THINGS + _TECHNICAL + _QUANTITIES).split())

DEEDS = frozenset(_DEEDS.split())

FIRST_NAMES = frozenset(_FIRST_NAMES.split())

ENDING_NAMES = frozenset(_ENDING_NAMES.split())

#: What has a name of its own, which stands behind it: ``user anna``, ``waiting for reports``.
_NAMED = """
    account as at batch branch bucket by calendar called campaign channel city client cluster container
    country customer dag database db deployment device disk driver employee endpoint etag exchange feed field
    flag for from group hash header host id image in index invoice item job login machine mailbox member
    named namespace node of on option order parameter partition partner patient pipeline player plugin pod
    product profile project queue ref region replica repo report repository role room seat sensor serial
    server service shard sheet shop sku stage station student tag task tenant ticket to token topic user uuid
    vehicle vendor vhost volume warehouse with worker workflow zone
"""

NAMED = frozenset(_NAMED.split())
