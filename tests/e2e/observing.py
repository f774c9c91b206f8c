"""What was said of traffic, as it is said (Tail), and in a form in which two runs can be compared."""
import collections
import datetime
import json
import threading
import time


def seconds_of(timestamp):
    """Packet time of an event, as seconds since the epoch."""
    return datetime.datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


class Tail:
    """Reads a growing file of events: (event, wall time at which its line was there)."""

    def __init__(self, path):
        self.seen = []
        self._path = path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with open(self._path) as lines:
            part = ""
            while True:
                last = self._over.is_set()
                part += lines.readline()
                if part.endswith("\n"):
                    self.seen.append((json.loads(part), time.time()))
                    part = ""
                elif last:
                    return
                else:
                    time.sleep(0.002)

    def wait_for(self, test, since, seconds):
        """All events from number `since` on, as soon as test(events) holds or the time is over."""
        end = time.monotonic() + seconds
        while True:
            new = self.seen[since:]
            if test([event for event, _ in new]) or time.monotonic() > end:
                return new
            time.sleep(0.005)

    def stop(self):
        self._over.set()
        self._thread.join()


def ends_of(event):
    return tuple(event.get(key) for key in ("src_ip", "src_port", "dest_ip", "dest_port", "proto"))


def flows(events):
    """Each flow's ends, verdict, rule, name and counts: how often each is there."""
    return collections.Counter(
        (*ends_of(e), e.get("verdict"), e.get("rule_id"), e.get("name", {}).get("value"),
         *(e["flow"][key] for key in ("pkts_toserver", "pkts_toclient", "bytes_toserver",
                                      "bytes_toclient", "state")))
        for e in events if e["event_type"] == "flow")


def alerts(events):
    """Each alert's ends, verdict, rule and evidence."""
    return collections.Counter(
        (*ends_of(e), e["verdict"], e["rule_id"], e["alert"]["signature"],
         json.dumps(e.get("evidence")))
        for e in events if e["event_type"] == "alert")


def others(events):
    """Each tls, dns, http, imds and ssh event whole, without its time."""
    return collections.Counter(
        json.dumps({key: value for key, value in e.items() if key not in ("timestamp", "flow_id")})
        for e in events if e["event_type"] not in ("flow", "alert", "coverage", "stats"))
