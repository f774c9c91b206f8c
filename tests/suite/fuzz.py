"""Each fuzz target: over its seeds, and a short run from there. make fuzz runs them for longer."""
import re
import shutil
import subprocess
import tempfile

from suite.outcome import BUILD, ROOT, Job, Result, FAILED, environment, last_lines, verdict_of

RUNS = 20000
SECONDS = 5
CRASHES = BUILD / "fuzz-crashes"
LIMITS = ["-rss_limit_mb=2048", "-timeout=10", "-seed=1"]
EXECUTED = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")


def seeds_of(target):
    return ROOT / "tests/fuzz/seeds" / target.removeprefix("fuzz_")


def run_target(binary, arguments, seconds_max=600):
    CRASHES.mkdir(parents=True, exist_ok=True)
    return subprocess.run([binary, *LIMITS, f"-artifact_prefix={CRASHES}/{binary.name}-",
                           "-print_final_stats=1", *arguments], check=False, cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(),
                          timeout=seconds_max)


def problems_of(run):
    if run.returncode == 0:
        return []
    return [f"exit status {run.returncode}; input kept in {CRASHES.relative_to(ROOT)}"] + \
        last_lines(run.stdout)


def test(target):
    binary, seeds = BUILD / "fuzz" / target, seeds_of(target)
    if not binary.exists():
        return [Result(FAILED, target, "not built: make test builds it")]
    files = sorted(seeds.iterdir()) if seeds.is_dir() else []
    over_seeds = problems_of(run_target(binary, files)) if files else \
        [f"no seeds in {seeds.relative_to(ROOT)}"]
    scratch = tempfile.mkdtemp(prefix=f"{target}-", dir=BUILD)
    try:
        run = run_target(binary, [f"-runs={RUNS}", f"-max_total_time={SECONDS}", scratch,
                                   *([seeds] if files else [])])
    finally:
        shutil.rmtree(scratch)
    executed = EXECUTED.search(run.stdout)
    return [verdict_of(f"{target}: {len(files)} seeds", over_seeds),
            verdict_of(f"{target}: a short run", problems_of(run),
                       f"{int(executed[1])} inputs" if executed else "")]


def jobs(context):
    targets = sorted(path.stem for path in (ROOT / "tests/fuzz").glob("fuzz_*.c"))
    return [Job(target, test, (target,)) for target in targets
            if not context.only or context.only in target]
