#!/usr/bin/env python3
"""The architecture rules, held by machine. One check a rule; each says what to do about it.

Exit status 1 when a rule is broken. The allow-lists at the top are meant to shrink.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
SRC = ROOT / "src"
STAGES = ("capture", "decode", "flow", "identify", "judge", "report")

# Which folders of src/ a folder may include. "" is src/ itself (pipeline). include/pewit is free.
MAY_INCLUDE = {
    "base": {"base"},
    "event": {"base", "event"},
    **{stage: {"base", stage} for stage in STAGES},
    "judge": {"base", "event", "judge"},
    "report": {"base", "event", "report"},
    "import": {"base", "judge", "import"},
    "network": {"base", "network"},
    "": {"base", "event", *STAGES, ""},
    "baseline": {"base", "event", "judge", "report", "baseline"},
    "run": {"base", "event", "network", *STAGES, "", "run"},
    "daemon": {"base", "event", "capture", "judge", "report", "", "run", "network", "import", "daemon"},
    "tool": {"base", "event", "capture", "judge", "report", "import", "baseline", "run", "tool",
             "identify", "network", "daemon"},
}

# Headers of outside libraries, and the only files that may include them.
OWNERS = {
    "pcap": "src/capture/",
    "ndpi": "src/identify/dpi.c",
    "cjson": "src/base/json.c",
    "curl": "src/import/fetch_http.c",
    "openssl": ("src/identify/tls", "src/identify/quic", "src/event/community_id.c"),
    "zlib.h": "src/capture/",
    "zstd.h": "src/capture/",
    "xxhash.h": "src/base/hash.c",
    "bpf/": "src/capture/bypass.c",
    "cap-ng.h": "src/daemon/",
    "seccomp.h": "src/daemon/seccomp_filter.c",
    "netlink": "src/network/",
    "microhttpd.h": "src/daemon/metrics.c",
    "ncurses.h": "src/tool/top_screen.c",
}
VERSION_FILE = "src/tool/version.c"  # asks every library for its version

FUNCTION_LINES = 70
FILE_LINES = 600
# Longer on purpose; the reason beside it.
LONG_FUNCTIONS = {}
LONG_FILES = {}

# Data path: no text formatting, clock or file there. Memory is taken in constructors only.
DATA_PATH = ("decode", "flow", "identify", "judge")
NEVER_ON_DATA_PATH = re.compile(r"^(__)?v?(sn|f|s|d|as)?printf(_chk)?$|^puts$|^fwrite$|"
                                r"^clock_gettime$|^gettimeofday$|^time$")
NEVER = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|alloca|gets|strtok)\s*\(")
# Loading a file of rules or a map is set-up, not data path.
SETUP_FILES = ("map", "catalog")

# Each parser of outside bytes, and the fuzz target that feeds it.
PARSERS = {
    "src/capture/": ("fuzz_pcap_file",),
    "src/decode/decode.c": ("fuzz_decode",),
    "src/decode/fragments.c": ("fuzz_fragments",),
    "src/identify/tls.c": ("fuzz_tls_read",),
    "src/identify/tls_client_hello.c": ("fuzz_tls_client_hello",),
    "src/identify/quic.c": ("fuzz_quic",),
    "src/identify/dns.c": ("fuzz_dns", "fuzz_dns_tcp"),
    "src/identify/dns_traits.c": ("fuzz_dns",),
    "src/identify/http.c": ("fuzz_http",),
    "src/identify/hpack.c": ("fuzz_hpack",),
    "src/identify/banner.c": ("fuzz_banner",),
    "src/identify/stream.c": ("fuzz_stream",),
    "src/base/cron.c": ("fuzz_cron",),
    "src/base/time_zone.c": ("fuzz_time_zone",),
    "src/judge/map.c": ("fuzz_map",),
    "src/judge/catalog.c": ("fuzz_catalog",),
    "src/judge/rules.c": ("fuzz_rules",),
    "src/import/fetch_reply.c": ("fuzz_fetch_reply",),
    "src/base/name_table.c": ("fuzz_name_table",),
    "src/judge/service_tags_read.c": ("fuzz_service_tags",),
    "src/base/json_scan.c": ("fuzz_service_tags",),
    "src/import/detect.c": ("fuzz_import_detect",),
    "src/import/arm.c": ("fuzz_import",),
    "src/import/template.c": ("fuzz_import",),
    "src/import/terraform.c": ("fuzz_import",),
    "src/report/event_writer.c": ("fuzz_event_writer",),
    "src/daemon/config_read.c": ("fuzz_config",),
    "src/daemon/control_answer.c": ("fuzz_control",),
    "src/network/conntrack_read.c": ("fuzz_conntrack",),
    "src/network/links.c": ("fuzz_links",),
    "src/baseline/baseline_read.c": ("fuzz_baseline",),
    "src/baseline/baseline_parse.c": ("fuzz_baseline",),
    "src/daemon/grant.c": ("fuzz_grant",),
}

GENERATED = {
    "docs/event.md": ["dump-event-docs"],
    "docs/event.schema.json": ["dump-event-schema"],
    "docs/configuration.md": ["dump-config-docs"],
    "deploy/pewit.schema.json": ["dump-config-schema"],
    "docs/rules-table.md": ["rules", "list", "--markdown"],
}


def sources(*suffixes):
    return sorted(path for folder in (SRC, ROOT / "include") for path in folder.rglob("*")
                  if path.suffix in suffixes)


def relative(path):
    return str(path.relative_to(ROOT))


def folder_of(path):
    parts = path.relative_to(SRC).parts
    return parts[0] if len(parts) > 1 else ""


def includes(path):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', path.read_text(), re.M)


def include_directions():
    """A stage includes base/, itself and include/pewit; only pipeline.c and run/ see several."""
    for path in sources(".c", ".h"):
        if not path.is_relative_to(SRC):
            bad = [name for quote, name in includes(path) if quote == '"' and
                   not name.startswith("pewit/")]
            for name in bad:
                yield f"{relative(path)} includes {name}: nouns include nouns only"
            continue
        for quote, name in includes(path):
            # A kernel program's skeleton is made by the build, and included by its owner alone.
            if quote == '"' and not name.startswith("pewit/") and not name.endswith(".skel.h"):
                target = name.split("/")[0] if "/" in name else ""
                if target not in MAY_INCLUDE[folder_of(path)]:
                    yield f"{relative(path)} includes {name}: {folder_of(path)}/ may not"


def library_owners():
    """Each outside library has one owner."""
    for path in sources(".c", ".h"):
        for quote, name in includes(path):
            owner = OWNERS.get(name.split("/")[0])
            if quote == "<" and owner and relative(path) != VERSION_FILE and \
               not relative(path).startswith(owner):
                yield f"{relative(path)} includes <{name}>, which {owner} owns"


def include_cycles():
    """No include cycle of any length."""
    graph = {}
    for path in sources(".h"):
        base = SRC if path.is_relative_to(SRC) else ROOT / "include"
        graph[str(path.relative_to(base))] = [name for quote, name in includes(path)
                                              if quote == '"']
    state = {}

    def visit(name, trail):
        if state.get(name) == "done" or name not in graph:
            return
        if state.get(name) == "open":
            yield " -> ".join(trail[trail.index(name):] + [name])
            return
        state[name] = "open"
        for target in graph[name]:
            yield from visit(target, trail + [name])
        state[name] = "done"

    for name in graph:
        yield from visit(name, [])


def headers_alone():
    """Every header compiles by itself."""
    for path in sources(".h"):
        run = subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-Iinclude", "-Isrc",
                              "-fsyntax-only", "-x", "c", "-"], cwd=ROOT, check=False,
                             input=f'#include "{path}"\n'.encode(), stderr=subprocess.PIPE)
        if run.returncode:
            yield f"{relative(path)}: {run.stderr.decode().splitlines()[0]}"


def sizes():
    """Functions and files stay short."""
    for path in sources(".c", ".h"):
        lines = path.read_text().splitlines()
        if len(lines) > LONG_FILES.get(relative(path), FILE_LINES):
            yield f"{relative(path)}: {len(lines)} lines, {FILE_LINES} at most"
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                name = f"{relative(path)}:{start}"
                if number - start - 1 > LONG_FUNCTIONS.get(name, FUNCTION_LINES):
                    yield f"{name}: a function of {number - start - 1} lines"
                start = None


def symbols(path, flag):
    output = subprocess.run(["nm", flag, path], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [line.split() for line in output.splitlines() if line.strip()]


def objects(folder=""):
    """Release objects whose source is still there."""
    base = ROOT / "build/release"
    return [path for path in sorted((base / "src" / folder).rglob("*.o"))
            if (ROOT / path.relative_to(base).with_suffix(".c")).exists()]


def no_mutable_state():
    """Nothing mutable in .data or .bss but the signal flags."""
    for path in objects():
        output = subprocess.run(["objdump", "-t", path], stdout=subprocess.PIPE, check=True)
        for line in output.stdout.decode().splitlines():
            row = re.match(r"\S+ .{7} (\.data|\.bss)(?!\.rel\.ro)\S*\t(\S+) (?:\.hidden )?(\S+)$", line)
            if row and int(row[2], 16) and not row[3].startswith("signalled"):
                yield f"{relative(path)}: {row[3]} is a mutable global"


def data_path_calls():
    """No formatted print, clock or file on the data path."""
    for folder in DATA_PATH:
        for path in objects(folder):
            if path.stem.startswith(SETUP_FILES):
                continue
            for row in symbols(path, "--undefined-only"):
                if NEVER_ON_DATA_PATH.match(row[-1]):
                    yield f"{relative(path)} calls {row[-1]}"


def forbidden_calls():
    """No call that cannot bound what it writes."""
    for path in sources(".c", ".h"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if NEVER.search(line) and not line.lstrip().startswith(("*", "/*")):
                yield f"{relative(path)}:{number}: {line.strip()}"


def fuzz_targets():
    """Each parser of outside bytes has a fuzz target, with seeds."""
    for parser, targets in PARSERS.items():
        if not (ROOT / parser).exists():
            yield f"{parser} is gone: mend the table in tests/arch/check.py"
        for target in targets:
            seeds = ROOT / "tests/fuzz/seeds" / target.removeprefix("fuzz_")
            if not (ROOT / f"tests/fuzz/{target}.c").exists():
                yield f"{parser}: tests/fuzz/{target}.c is missing"
            elif not seeds.is_dir() or not any(seeds.iterdir()):
                yield f"{parser}: {relative(seeds)} has no seeds"


def generated_documents():
    """Generated documents are current."""
    for name, arguments in GENERATED.items():
        made = subprocess.run([ROOT / "build/pewit", *arguments], stdout=subprocess.PIPE,
                              check=False).stdout.decode()
        if not (ROOT / name).exists() or made != (ROOT / name).read_text():
            yield f"{name} is not current: build/pewit {' '.join(arguments)} > {name}"


def rule_cases():
    """Each shipped rule has a case: captures that fire it and do not, and what is in them."""
    for path in sorted((ROOT / "rules/pack").glob("*.json")):
        for rule in json.loads(path.read_text())["rules"]:
            for name in ("fires.pcap", "near-miss.pcap", "README"):
                if not (ROOT / "rules/cases" / rule["id"] / name).exists():
                    yield f"{relative(path)}: {rule['id']} has no rules/cases/{rule['id']}/{name}"


def formatting():
    """.clang-format decides."""
    files = [path for folder in ("src", "include", "tests") for path in
             sorted((ROOT / folder).rglob("*")) if path.suffix in (".c", ".h")]
    run = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], cwd=ROOT, check=False,
                         stderr=subprocess.PIPE)
    broken = collections.Counter(re.findall(r"^(\S+?):\d+:\d+: error", run.stderr.decode(), re.M))
    for name, count in broken.items():
        yield f"{relative(pathlib.Path(name))}: {count} places; clang-format-14 -i mends them"


def file_names():
    """No room for odds and ends."""
    for path in sources(".c", ".h"):
        if re.search(r"util|misc|common|helper", path.stem):
            yield f"{relative(path)}: name it after what it does"


CHECKS = (include_directions, library_owners, include_cycles, headers_alone, sizes,
          no_mutable_state, data_path_calls, forbidden_calls, fuzz_targets, generated_documents,
          rule_cases, formatting, file_names)


def main():
    broken = 0
    for check in CHECKS:
        problems = list(check())
        broken += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {check.__doc__}")
        for problem in problems:
            print(f"       {problem}")
    print(f"{len(CHECKS) - broken} passed, {broken} failed")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
