# ruff: noqa: E501 - an alternation reads best as one line
"""Recognise what is not a word but means something to an agent: addresses, paths, forged marks."""

from __future__ import annotations

import re

__all__ = ["ENTITIES"]

_TAG_NAMES = (
    r"system[-_ ]?(?:reminder|prompt|message|instructions?|override|note)|tool[-_]?(?:results?|response|output|use|call)"
    r"|function[-_]?(?:results?|calls?|response|output)|(?:untrusted|external|retrieved)[-_]?\w{0,20}|end[-_]of[-_]\w{1,20}"
    r"|(?:new|hidden|admin|developer|agent|operator|user)[-_](?:instructions?|prompt|message|override|query|request|directive)"
    r"|antml\W\w{1,20}|thinking|scratchpad|invoke"
)

#: Name, hints and pattern of every entity. Each pattern is linear in the text; it is tried only where one of
#: the hints is in the lower-case text, which saves most of the time.
ENTITIES: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    (
        "URL",
        ("://", "www."),
        re.compile(
            r"\b(?:https?|hxxps?|ftp|wss?)://[^\s'\"<>)]{3,}|\bwww\.[a-z0-9\-]{2,60}\.[a-z]{2,}", re.I
        ),
    ),
    (
        "ADDRESS",
        ("@", "."),
        re.compile(
            r"\b[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[a-z0-9\-]{2,40}(?:\.[a-z0-9\-]{2,40}){1,3}\.(?:example|invalid|test|com|io|net|org|dev|sh|xyz|ru|cn)\b",
            re.I,
        ),
    ),
    (
        "SECRETFILE",
        (
            ".env",
            ".aws",
            ".ssh",
            ".netrc",
            ".npmrc",
            ".pypirc",
            ".kube",
            ".git-c",
            ".pgpass",
            ".docker",
            ".pem",
            ".p12",
            ".pfx",
            "keystore",
            ".jks",
            "id_",
            "/etc/",
            "/proc/",
            "secret",
            "credential",
            "password",
            "master.key",
            "settings/",
            "known_hosts",
            "authorized_keys",
            "wallet.dat",
        ),
        re.compile(
            r"\bid_(?:rsa|ed25519|ecdsa|dsa)\b|/etc/(?:passwd|shadow|sudoers)|(?<![\w.])\.env(?:\.\w{1,20})?\b|\.aws/|\.ssh/"
            r"|\.netrc|\.npmrc|\.pypirc|\.kube/config|\.git-credentials|\.pgpass|\.docker/config|/proc/self/environ"
            r"|\b(?:secrets?|credentials?|passwords?)\.(?:ya?ml|json|toml|ini|txt|env|db)\b|\bconfig/(?:secrets|credentials|master\.key)"
            r"|\bsettings/production|\bsecrets\.[A-Z][A-Z_]{2,40}|\b\w{1,40}\.(?:pem|p12|pfx|keystore|jks)\b|\b(?:known_hosts|authorized_keys|wallet\.dat)\b",
            re.I,
        ),
    ),
    (
        "SECRETNAME",
        ("_", "sk-", "xox"),
        re.compile(
            r"\b[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){0,5}_(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|DSN|PAT)\b|\bDATABASE_URL\b|\b(?:sk|ghp|xox[bp])[-_]"
        ),
    ),
    (
        "ENVDUMP",
        ("env",),
        re.compile(
            r"\bprintenv\b|(?:^|[\s`'\"(;&])env\s{0,3}[|>`'\"]|\bos\.environ\b|\bprocess\.env\b|\$ENV\b|\bGet-ChildItem\s+env:",
            re.I,
        ),
    ),
    (
        "SHELLPIPE",
        (
            "curl",
            "wget",
            "fetch",
            "iwr",
            "irm",
            "invoke-",
            "/dev/tcp",
            "nc ",
            "nc\t",
            "ncat",
            "bash <(",
            "sh <(",
            "mkfifo",
            "base64",
            "urlopen",
            "powershell",
            "lwp",
        ),
        re.compile(
            r"\b(?:curl|wget|fetch|lwp-download|iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n|]{0,200}\|\s{0,3}(?:sudo\s{1,3})?(?:(?:ba|z|da|k|fi)?sh|python[\d.]{0,4}|perl|ruby|node|iex|php)\b"
            r"|\b(?:ba|z|da)?sh\s{1,3}(?:-\w{1,3}\s{1,3})?[\"']?(?:\$\(|<\(|`)\s{0,3}(?:curl|wget)"
            r"|\beval\s{1,3}[\"']?\$\(\s{0,3}(?:curl|wget)|/dev/tcp/|\bnc(?:at)?\s[^\n]{0,60}-e\s|\bmkfifo\b"
            r"|base64\s{1,3}(?:-d|--decode|-D)\b[^\n]{0,40}\|\s{0,3}(?:ba|z)?sh\b|\burlopen\([^)\n]{0,120}\)\.read\(\)|\b(?:source|\.)\s{1,3}<\(curl"
            r"|\b(?:curl|wget)\b[^\n]{0,120}(?:&&|;)\s{0,3}(?:chmod|sh|bash|python|\./)|\|\s{0,3}curl\b|\bcurl\b[^\n]{0,120}(?:-d|--data(?:-binary|-raw)?|-F|-T|--upload-file)\s{0,2}[@\"'$]"
            r"|\bpowershell(?:\.exe)?\s[^\n]{0,60}-e(?:nc(?:odedcommand)?)?\b",
            re.I,
        ),
    ),
    (
        "DESTROY",
        (
            "rm -",
            "push",
            "reset",
            "drop",
            "truncate",
            "del ",
            "format",
            "mkfs",
            "dd ",
            ":()",
            "rmtree",
            "chmod",
            "clean -",
        ),
        re.compile(
            r"\brm\s{1,3}-(?:rf|fr|r|f)\b|\bchmod\s{1,3}(?:777|-R)|\bpush\s{1,3}(?:-f\b|--force\b)|\breset\s{1,3}--hard\b|\b(?:drop|truncate)\s{1,3}(?:table|database|schema)\b"
            r"|\bdel\s{1,3}/[sfq]\b|\bformat\s{1,3}c:|\bmkfs\b|\bdd\s{1,3}if=|:\(\)\s{0,2}\{|\bshutil\.rmtree\b|\bclean\s{1,3}-[xfd]{2,3}\b",
            re.I,
        ),
    ),
    (
        "DANGER",
        (
            "sudo",
            "chmod",
            "--",
            "os.system",
            "subprocess",
            "eval(",
            "exec(",
            "__import__",
            "bash(",
            "verify",
            "superuser",
        ),
        re.compile(
            r"\bsudo\s{1,3}\w|\bchmod\s{1,3}\+x|--force\b|--no-verify\b|\bos\.system\s{0,2}\(|\bsubprocess\.\w{1,12}\s{0,2}\(|\beval\((?!eval)|\bexec\(|\b__import__\s{0,2}\("
            r"|--dangerously-\w{1,30}|\bBash\(\*\)|\bverify\s{0,2}=\s{0,2}False\b|\bis_superuser\s{0,2}=\s{0,2}True\b",
            re.I,
        ),
    ),
    (
        "AGENTFILE",
        (".md", "rules", ".claude", ".cursor", "mcp", "copilot", ".aider", ".local", ".codex"),
        re.compile(
            r"\b(?:CLAUDE|AGENTS?|GEMINI|MEMORY|COPILOT|SOUL|SKILL)\.md\b|\.cursorrules|\.windsurfrules|\.clinerules|\.claude\b|\.cursor/|\.mcp\.json|\bmcp\.json\b|\bcopilot-instructions|\.aider|\bsettings\.local\.json|\.codex/",
            re.I,
        ),
    ),
    (
        "PROJECTFILE",
        (
            ".github",
            ".gitlab",
            "jenkins",
            "requirements",
            "pyproject",
            "package",
            "setup.",
            "readme",
            "dockerfile",
            "conftest",
            "bashrc",
            "zshrc",
            ".profile",
            "crontab",
            ".git",
            ".pre-",
            "makefile",
            "authorized",
            "codeowners",
            "ci.y",
        ),
        re.compile(
            r"\.github/|\.gitlab-ci|\bJenkinsfile\b|\brequirements[\w\-]{0,20}\.(?:txt|in)\b|\bpyproject\.toml|\bpackage(?:-lock)?\.json|\bsetup\.(?:py|cfg)\b|\bREADME(?:\.\w{1,4})?\b|\bDockerfile\b|\bconftest\.py|\.(?:bash|zsh)rc\b|(?<![\w)\]])\.profile\b|\bcrontab\b|\.git/(?:hooks|config)|\.pre-commit-config|\bMakefile\b|\bauthorized_keys\b|\bCODEOWNERS\b|\bci\.ya?ml\b",
            re.I,
        ),
    ),
    (
        "FORGED",
        ("<", "[", "#", "human", "assistant"),
        re.compile(
            rf"</?\s{{0,3}}(?:{_TAG_NAMES})\b[^>\n]{{0,80}}>|<\|[\w ]{{2,30}}\|>|\[/?(?:INST|SYS)\]|<</?SYS>>|<(?:start|end)_of_turn>|<\|?(?:im_start|im_end|eot_id|endoftext)\|?>"
            r"|\[(?:system|tool|function|developer|assistant|admin)[ _-]?(?:output|result|response|message|prompt|note|override|instruction)?s?\](?!\.)"
            r"|(?:^|\n)\s{0,4}#{1,6}\s{0,3}(?:system|instructions?|new instructions?|assistant|human|user|response)\s{0,3}:?\s{0,3}(?=\n|$)"
            r"|\n\s{0,4}(?:Human|Assistant)\s{0,2}:\s",
            re.I,
        ),
    ),
    (
        "TAG",
        ("<",),
        re.compile(
            r"</?\s{0,3}(?:system|important|instructions?|urgent|assistant|human|user|prompt|developer|admin|override|secret|command|task|directive|rules?|query|context|request|config|interaction-config)(?:\s[^>\n]{0,60})?>",
            re.I,
        ),
    ),
    (
        "ROLE",
        (":", "："),
        re.compile(
            r"(?:^|[\n'\"“.!?>`(|*#])\s{0,4}[\[(*_]{0,3}(?:system|assistant|human|developer|tool(?: output| result)?|function(?: output| result)?|user|admin|operator|orchestrator)[\])*_]{0,3}\s{0,2}[:：]\s{0,3}(?=[^\s\d\[{])",
            re.I,
        ),
    ),
    (
        "BANNER",
        ("***", "###", "===", "~~~", "---", "!!!", "*#", "#*", "=-", "-=", "*=", "=*"),
        re.compile(
            r"(?<![*#=~\-])[*#=~\-]{3,60}+\s{0,3}(?=[^\W\d_])|(?:^|\n)[ \t]{0,3}-{3}|(?<!=)={4}|(?<!!)!{3}"
        ),
    ),
    (
        "MDIMAGE",
        ("![", "<img"),
        re.compile(
            r"!\[[^\]\n]{0,80}\]\(\s{0,3}(?:https?:)?//[^)\n?&=]{0,200}[?&=][^)\n]{0,200}\)|<img\s[^>\n]{0,60}src\s{0,2}=\s{0,2}[\"']?https?://[^>\n?]{0,200}\?[^>\n]{0,200}>",
            re.I,
        ),
    ),
    (
        "PLACEHOLDER",
        ("{", "["),
        re.compile(
            r"\{\{?\s{0,2}(?:canary|token|query|data|secret|payload|exfil)\w{0,12}\s{0,2}\}\}?|\[(?:QUERY|DATA|SECRET|TOKEN)\]"
        ),
    ),
)
