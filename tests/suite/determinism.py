"""The same capture gives the same bytes: for 1, 2 and 4 workers, twice over, in both builds, and
with a table so small that flows have to give way."""
import tempfile

from suite.captures import replay_command
from suite.outcome import ASAN, RELEASE, Job, verdict_of
from suite.replaying import digest, run

SAMPLE = 60  # captures of the corpus, evenly spread over its list; the lab always whole
SMALL_TABLE = ("--set", "flow.limit=64")

# (name, program, options); the first of a set is what the others are held against
RUNS = (
    ("1 worker", RELEASE, ("--workers", "1")),
    ("1 worker again", RELEASE, ("--workers", "1")),
    ("2 workers", RELEASE, ("--workers", "2")),
    ("4 workers", RELEASE, ("--workers", "4")),
    ("sanitizers, 1 worker", ASAN, ("--workers", "1")),
    ("sanitizers, 4 workers", ASAN, ("--workers", "4")),
)
SMALL_RUNS = (
    ("1 worker", RELEASE, ("--workers", "1", *SMALL_TABLE)),
    ("2 workers", RELEASE, ("--workers", "2", *SMALL_TABLE)),
    ("4 workers", RELEASE, ("--workers", "4", *SMALL_TABLE)),
    ("sanitizers, 2 workers", ASAN, ("--workers", "2", *SMALL_TABLE)),
)


def compare(capture, name, runs):
    problems, first = [], None
    with tempfile.TemporaryDirectory() as folder:
        for what, program, options in runs:
            output = f"{folder}/events"
            done = run(replay_command(program, capture, *options, "-o", output, capture.path),
                       folder)
            if done.problems():
                problems += [f"{what}:"] + done.problems()
                continue
            got = digest(output), done.status
            first = first or got
            if got != first:
                problems.append(f"{what}: differs from {runs[0][0]} "
                                f"(exit status {got[1]}, {first[1]} there)")
    return verdict_of(f"{capture.label}: {name}", problems)


def test(capture):
    return [compare(capture, "same bytes", RUNS),
            compare(capture, "same bytes, 64 flows at once", SMALL_RUNS)]


def chosen(captures, full):
    corpus = [capture for capture in captures if capture.label.startswith("ndpi/")]
    lab = [capture for capture in captures if not capture.label.startswith("ndpi/")]
    if full or len(corpus) <= SAMPLE:
        return captures
    return lab + [corpus[at * len(corpus) // SAMPLE] for at in range(SAMPLE)]


def jobs(context):
    captures = chosen(context.captures, context.full)
    what = "all" if context.full else f"the lab and {SAMPLE} of the corpus; --full takes all"
    print(f"    {len(captures)} of {len(context.captures)} captures: {what}")
    return [Job(capture.label, test, (capture,)) for capture in captures]
