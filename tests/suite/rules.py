"""The rules: each does what its case says, the cases are what their maker makes, and controls are
those that Azure's initiatives give to policies about the same."""
import filecmp
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from suite.outcome import ASAN, FAILED, RELEASE, ROOT, SKIPPED, Job, Result, environment, verdict_of

PACK = ROOT / "rules/pack"
CASES = ROOT / "rules/cases"
FACTS = ROOT / "../shared/facts/policy-controls.json"

# Azure Policy sets that say which controls a policy belongs to, and how they spell these.
SETS = {
    "nist_800_53_r5": (("NIST_SP_800-53_R5", r"NIST_SP_800-53_R5_(.+)"),
                       ("NIST_SP_800-53_R5.1.1", r"NIST_SP_800-53_R5\.1\.1_(.+)")),
    "iso_27001_2022": (("ISO_IEC_27002_2022", r"ISO_IEC_27002_2022_(.+)"),),
    "soc_2": (("SOC_2", r"SOC_2_(.+)"), ("SOC_2023", r"SOC_2023_(.+)")),
    "mcsb": (("MCSB(asb_audit)", r"Azure_Security_Benchmark_v3\.0_(.+)"),),
}
# Network monitoring is evidence for these by itself; no policy is about them.
MCSB_OF_MONITORING = re.compile(r"(LT|NS|AI)-\d+$")
# No initiative of Azure names the paragraphs of HIPAA: these are our own reading.
HIPAA = {"164.312(e)(1)"}


def rules_of_pack():
    for path in sorted(PACK.glob("*.json")):
        for rule in json.loads(path.read_text())["rules"]:
            yield path.name, rule


# Cases ------------------------------------------------------------------------------------------

def case_problem(rule):
    if not rule["case"]:
        return ["it has no case in rules/cases"]
    return [f"{name} is not as it should be: pewit rules test {rule['id']}"
            for name, right in (("fires.pcap", rule["fires_right"]),
                                ("near-miss.pcap", rule["near_miss_right"])) if not right]


def cases():
    """With sanitizers: a capture of each kind of traffic goes through."""
    program = ASAN if ASAN.exists() else RELEASE
    run = subprocess.run([program, "rules", "test", ROOT / "rules", "--json"], check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    if run.returncode not in (0, 3):
        return [Result(FAILED, "pewit rules test runs to its end", run.stderr.decode())]
    return [verdict_of(f"{rule['id']} fires on its capture and not on the near miss",
                       case_problem(rule)) for rule in json.loads(run.stdout)["rules"]]


def cases_are_current():
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder)
        subprocess.run([sys.executable, ROOT / "tests/rules/make_cases.py", folder], check=True)
        names = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
        there = {path.relative_to(CASES) for path in CASES.rglob("*")
                 if path.is_file() and path.name != "map.json"}
        problems += [f"rules/cases/{name}: nothing makes it" for name in sorted(there - names)]
        problems += [f"rules/cases/{name} is not what tests/rules/make_cases.py makes"
                     for name in sorted(names)
                     if name not in there or not filecmp.cmp(made / name, CASES / name, False)]
    return [verdict_of("the cases are what tests/rules/make_cases.py makes", problems)]


# Texts and controls -----------------------------------------------------------------------------

REQUIRED = ("proves", "cannot", "why", "do", "vantage")


def texts():
    problems = []
    for name, rule in rules_of_pack():
        problems += [f"{name}: {rule['id']} does not say \"{member}\""
                     for member in REQUIRED if not rule.get(member)]
        if not rule["id"].startswith("PEW-"):
            problems.append(f"{name}: {rule['id']}: shipped rules begin with PEW-")
    return [verdict_of("each shipped rule says what it proves, what it cannot, why, and what to do",
                       problems)]


def spelling(framework, control):
    """AC.4.1 -> AC-4(1), 5.14 -> A.5.14: as people write them."""
    if framework == "iso_27001_2022":
        return "A." + control
    match = re.fullmatch(r"([A-Z]{2})\.(\d+)(?:\.(\d+))?", control)
    if framework == "nist_800_53_r5" and match:
        return f"{match[1]}-{match[2]}" + (f"({match[3]})" if match[3] else "")
    return control


def controls_of(policy, framework):
    for name, pattern in SETS[framework]:
        for group in policy.get("controls", {}).get(name, ()):
            yield spelling(framework, re.fullmatch(pattern, group)[1])


def control_problems(rule, policies):
    """A rule without a policy of its own may name what any policy of the facts belongs to."""
    controls = rule.get("controls", {})
    named = [policies.get(policy["id"]) for policy in controls.get("azure_policy", ())]
    for policy, known in zip(controls.get("azure_policy", ()), named):
        if not known:
            yield f"no policy {policy['id']} ({policy['name']})"
        elif known["displayName"] != policy["name"]:
            yield f"policy {policy['id']} is called {known['displayName']!r}"
    for framework, ids in controls.items():
        if framework == "hipaa":
            yield from (f"{one}: not in our reading of HIPAA" for one in set(ids) - HIPAA)
        if framework not in SETS:
            continue
        have = {one for policy in (named or policies.values()) if policy
                for one in controls_of(policy, framework)}
        for one in ids:
            if one not in have and not (framework == "mcsb" and MCSB_OF_MONITORING.match(one)):
                yield f"{framework} {one}: no policy{'' if not named else ' of the rule'} belongs to it"


def controls():
    name = "controls are those that Azure's initiatives give to policies"
    if not FACTS.exists():
        status = FAILED if os.environ.get("CI") == "true" else SKIPPED
        return [Result(status, name, f"{FACTS} is not there")]
    policies = json.loads(FACTS.read_text())["policies"]
    problems = [f"{rule['id']}: {problem}" for _, rule in rules_of_pack()
                for problem in control_problems(rule, policies)]
    return [verdict_of(name, problems)]


def jobs(context):
    del context
    return [Job("rules: cases", cases), Job("rules: current", cases_are_current),
            Job("rules: texts", texts), Job("rules: controls", controls)]
