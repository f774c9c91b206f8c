#!/usr/bin/env python3
"""Writes a file of rules such as owners add: about names, prefixes and ports.

usage: user_rules.py COUNT FILE

The same count gives the same file. Every other rule is an alert; most have one test that a look-up
answers, one in ten (`contains`) must be tried on everything.
"""
import json
import sys

KINDS = (
    lambda i: {"fact.name": {"under": f"team{i}.fabrikam.example"}},
    lambda i: {"dest_ip": {"cidr": f"203.{i >> 8 & 255}.{i & 255}.0/24"}},
    lambda i: {"fact.name": f"api{i}.wingtip.example", "dest_port": 443},
    lambda i: {"dest_ip": {"cidr": f"198.51.{i & 255}.{i >> 8 & 255}"}, "dest_port": {"at_least": 1024}},
    lambda i: {"dest_port": 20000 + i},
    lambda i: {"fact.name": {"under": [f"a{i}.contoso.example", f"b{i}.contoso.example"]},
               "src_ip": {"cidr": "10.10.0.0/16"}},
    lambda i: {"name.value": {"suffix": f"-{i}.blob.core.windows.net"}},
    lambda i: {"src_ip": {"cidr": f"10.{i & 255}.{i >> 8 & 255}.0/24"}, "not": {"fact.allowed": True}},
    lambda i: {"any": [{"fact.name": f"old{i}.fabrikam.example"},
                       {"dest_ip": {"cidr": f"192.0.{i & 255}.0/28"}}]},
    lambda i: {"fact.name": {"contains": f"tunnel{i}"}},
)


def rule(i):
    made = {"id": f"USER-{i:05}", "title": f"User rule {i}", "verdict": "unexpected_egress",
            "severity": "low", "on": ["flow", "dns"], "when": KINDS[i % len(KINDS)](i),
            "message": "{src_ip} to {dest_ip}"}
    return made | ({"effect": "alert"} if i // len(KINDS) % 2 else {})


def main():
    count, path = int(sys.argv[1]), sys.argv[2]
    with open(path, "w", encoding="ascii") as file:
        json.dump({"version": 1, "system": "user", "rules": [rule(i) for i in range(count)]}, file,
                  indent=1)


if __name__ == "__main__":
    main()
