# pewit: `make help` lists the targets.
#
# Everything is built under build/: release in build/release, with AddressSanitizer and UBSan in
# build/asan, with libFuzzer in build/fuzz. Sources are found, not listed.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)

CC ?= gcc
FUZZ_CC ?= clang
VERSION := 0.1.0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-missing-field-initializers
NDPI_NUMBER := $(shell pkg-config --modversion libndpi 2>/dev/null | awk -F. '{printf "%d%02d", $$1, $$2}')
NL_FLAGS := $(shell pkg-config --cflags libnl-3.0 2>/dev/null)
BASE := $(NL_FLAGS) -DNDPI_NUMBER=$(or $(NDPI_NUMBER),402) -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc -Ibuild/bpf -g -fno-common -pthread $(WARN)
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
RELEASE := -O2 $(HARDEN)
ASAN := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LIBS := -lpcap -lnl-3 -lbpf -lelf -lndpi -lcjson -lcurl -lcap-ng -lseccomp -lmicrohttpd \
	-lncursesw -ltinfo -lcrypto -lz -lzstd -lm -pthread

SRC := $(sort $(wildcard src/*.c src/*/*.c))
LIB_SRC := $(filter-out src/tool/main.c,$(SRC))
UNIT := $(sort $(wildcard tests/unit/*/test_*.c))
FUZZ := $(sort $(wildcard tests/fuzz/fuzz_*.c))
UNIT_BIN := $(UNIT:tests/unit/%.c=build/asan/unit/%)
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=build/fuzz/%)

objects = $(patsubst %.c,build/$(1)/%.o,$(2))

.PHONY: all
all: build/pewit ## build/pewit, optimised

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build/pewit: build/release/pewit
	@ln -sf release/pewit $@

build/release/pewit: $(call objects,release,$(SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(RELEASE) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS)

build/asan/pewit: $(call objects,asan,$(SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(ASAN) -o $@ $^ $(LIBS)

%/src/tool/version.o: BASE += -DPEWIT_VERSION='"$(VERSION)"' -DPEWIT_COMMIT='"$(COMMIT)"'

# Kernel programs: an object, and a header that carries it into the program.
BPF_CC ?= clang
BPF_SKELETON := $(patsubst bpf/%.bpf.c,build/bpf/%.skel.h,$(wildcard bpf/*.bpf.c))
BPF_FLAGS := -g -O2 -Wall -Wextra -Werror -target bpf -mcpu=v3 -Iinclude -Ibpf -I/usr/include/$(shell uname -m)-linux-gnu

build/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) include/pewit/bpf_shared.h
	@mkdir -p $(@D)
	@echo "  BPF   $@"
	$(Q)$(BPF_CC) $(BPF_FLAGS) -c -o $@ $<

.SECONDARY:
build/bpf/%.skel.h: build/bpf/%.bpf.o
	$(Q)bpftool gen skeleton $< name $*_programs >$@

$(foreach kind,release asan fuzz,build/$(kind)/src/capture/bypass.o): $(BPF_SKELETON)

build/release/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$(Q)$(CC) $(BASE) $(RELEASE) -MMD -MP -c -o $@ $<

build/asan/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$(Q)$(CC) $(BASE) $(ASAN) -MMD -MP -c -o $@ $<

build/asan/libpewit.a: $(call objects,asan,$(LIB_SRC))
	@rm -f $@
	@echo "  AR    $@"
	$(Q)$(AR) rcs $@ $^

build/asan/unit/%: tests/unit/%.c build/asan/libpewit.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) $(BASE) $(ASAN) -I. -Itests/unit -MMD -MP -o $@ $< build/asan/libpewit.a -lcmocka $(LIBS)

FUZZ_FLAGS := -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_OBJECT_FLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$(Q)$(FUZZ_CC) $(BASE) $(FUZZ_OBJECT_FLAGS) -MMD -MP -c -o $@ $<

build/fuzz/libpewit.a: $(call objects,fuzz,$(LIB_SRC))
	@rm -f $@
	@echo "  AR    $@"
	$(Q)$(AR) rcs $@ $^

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/libpewit.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(FUZZ_CC) $(BASE) $(FUZZ_FLAGS) -MMD -MP -o $@ $< build/fuzz/libpewit.a $(LIBS)

CORPUS ?= ../shared/pcaps
LAB ?= ../shared/lab

.PHONY: deps deps-test deps-bench
deps: ## install what building needs (Debian packages)
	@deploy/install-deps.sh build
deps-test:
	@deploy/install-deps.sh test
deps-bench:
	@deploy/install-deps.sh bench

.PHONY: demo
demo: deps ## install what is missing, build, and replay a bundled capture against a bundled map
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@deploy/demo/run

.PHONY: test
test: deps-test ## install what is missing, build and run every test
	@$(MAKE) --no-print-directory -j$$(nproc) all build/asan/pewit build/label_oracle build/break_fences build/scan $(UNIT_BIN) $(FUZZ_BIN)
	@python3 tests/run.py --corpus $(CORPUS) --lab $(LAB)

.PHONY: check
check: deps-test all ## the architecture rules: include directions, sizes, symbols, documents
	@python3 tests/arch/check.py

.PHONY: corpus
corpus: deps-test ## compare names, verdicts, labels and counts with tshark, the lab's truth, nDPI, capinfos
	@$(MAKE) --no-print-directory -j$$(nproc) all build/label_oracle
	@python3 tests/corpus/compare.py --corpus $(CORPUS) --lab $(LAB)

build/label_oracle: tests/corpus/label_oracle.c $(call objects,release,$(LIB_SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(BASE) $(RELEASE) -o $@ $^ $(LIBS)

# Tries what the fences of the daemon must refuse; AddressSanitizer would not live behind them.
build/break_fences: tests/e2e/break_fences.c $(call objects,release,$(LIB_SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(BASE) $(RELEASE) -o $@ $^ $(LIBS)

build/scan: tests/e2e/scan.c
	@mkdir -p $(@D)
	@echo "  LD    $@"
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $<

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: deps-test ## run every fuzz target for FUZZ_SECONDS (60) and report executions and coverage
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ_BIN)
	@python3 tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(FUZZ_BIN)

.PHONY: e2e
e2e: deps-test all build/break_fences build/scan ## live tests in network namespaces that they make themselves (as root)
	@SOAK_SECONDS=$(SECONDS) python3 tests/run.py --group e2e

SECONDS ?= 600
RATE ?= 5000
.PHONY: soak
soak: deps-test all build/scan ## everything at once for SECONDS=600, RATE=5000 new flows a second, in namespaces (as root)
	@cd tests/e2e && python3 soak.py $(SECONDS) $(RATE)

.PHONY: bench
bench: deps-bench all ## speed and memory beside tcpdump, softflowd, tshark and Suricata
	@python3 bench/run.py --corpus $(CORPUS)

.PHONY: bench-forwarding
bench-forwarding: deps-test all ## what pewit costs those whose traffic an appliance forwards (as root)
	@python3 bench/forwarding.py

build/bpf/live_frames.bpf.o: bench/live_frames.bpf.c bench/live_frames.h
	@mkdir -p $(@D)
	@echo "  BPF   $@"
	$(Q)$(BPF_CC) $(BPF_FLAGS) -c -o $@ $<

build/bpf/live_frames.skel.h: build/bpf/live_frames.bpf.o
	$(Q)bpftool gen skeleton $< name live_frames >$@

build/bench_live_frames: build/bpf/live_frames.skel.h

build/bench_%: bench/%.c $(call objects,release,$(LIB_SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(BASE) $(RELEASE) -o $@ $(filter-out %.h,$^) $(LIBS)

.PHONY: bench-names
bench-names: build/bench_names ## what a look-up of a name in the endpoint catalog costs
	@build/bench_names

.PHONY: bench-scale
bench-scale: build/release/pewit ## what packets and flows cost with FLOWS="10000 100000 1000000" live
	@python3 bench/scale.py $(FLOWS)

.PHONY: bench-stages
bench-stages: build/bench_stages ## what decoding, hashing, a look-up, a hello, an event cost by themselves
	@build/bench_stages deploy/demo/demo.pcap tests/fuzz/seeds/tls_client_hello/full

USER_RULES := 0 1000 10000
.PHONY: bench-live
bench-live: build/release/pewit build/bench_live_frames ## live capture beside Suricata: rate, loss, processor time a packet
	@python3 bench/live.py

.PHONY: bench-check
bench-check: deps-bench build/release/pewit ## instructions a packet against the committed table (UPDATE=1 writes it)
	@python3 bench/instructions.py $(if $(UPDATE),--update)

.PHONY: bench-judge
bench-judge: build/bench_judge ## what judging a flow costs, with the shipped rules and with owners' beside them
	@for count in $(USER_RULES); do \
		python3 bench/user_rules.py $$count build/user-rules.json && \
		build/bench_judge deploy/demo/map.json rules/catalog rules build/user-rules.json || exit 1; \
	done

.PHONY: bench-rules
bench-rules: build/release/pewit ## what all rules and 1,000 of owners add to a replay (TAGS=FILE: with service tags)
	@python3 bench/rules.py --corpus $(CORPUS) $(if $(TAGS),--service-tags $(TAGS))

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
# Files of deploy/ name the folders that they are for.
PLACED = sed -e 's|/usr/local|$(PREFIX)|g' -e 's|/etc/|$(SYSCONFDIR)/|g'

.PHONY: install
install: all ## into PREFIX (/usr/local) and SYSCONFDIR (/etc), under DESTDIR
	install -D -m 755 build/release/pewit $(DESTDIR)$(PREFIX)/bin/pewit
	install -d $(DESTDIR)$(PREFIX)/share/pewit/rules/catalog $(DESTDIR)$(PREFIX)/share/pewit/rules/pack \
		$(DESTDIR)$(PREFIX)/share/pewit/rules/cases \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/lib/systemd/system \
		$(DESTDIR)$(SYSCONFDIR)/pewit/conf.d
	install -m 644 rules/*.json $(DESTDIR)$(PREFIX)/share/pewit/rules
	install -m 644 rules/catalog/*.json $(DESTDIR)$(PREFIX)/share/pewit/rules/catalog
	install -m 644 rules/pack/*.json $(DESTDIR)$(PREFIX)/share/pewit/rules/pack
	install -m 644 rules/cases/map.json $(DESTDIR)$(PREFIX)/share/pewit/rules/cases
	for case in rules/cases/*/; do \
		install -d $(DESTDIR)$(PREFIX)/share/pewit/$$case && \
		install -m 644 $$case* $(DESTDIR)$(PREFIX)/share/pewit/$$case || exit 1; \
	done
	install -m 644 docs/pewit.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 deploy/pewit.schema.json $(DESTDIR)$(PREFIX)/share/pewit
	install -D -m 644 deploy/grafana/pewit.json $(DESTDIR)$(PREFIX)/share/pewit/grafana/pewit.json
	$(PLACED) deploy/pewit.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/pewit.service
	install -D -m 644 deploy/pewit.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/pewit.conf
	install -D -m 644 deploy/pewit.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/pewit.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/pewit/pewit.json || \
		install -m 644 deploy/pewit.json $(DESTDIR)$(SYSCONFDIR)/pewit/pewit.json
	test -e $(DESTDIR)$(SYSCONFDIR)/logrotate.d/pewit || \
		install -D -m 644 deploy/pewit.logrotate $(DESTDIR)$(SYSCONFDIR)/logrotate.d/pewit

# What owners may have changed stays, unless it is as it came.
.PHONY: uninstall
uninstall: ## what install put there, but for a configuration that was changed
	rm -rf $(DESTDIR)$(PREFIX)/share/pewit
	rm -f $(DESTDIR)$(PREFIX)/bin/pewit $(DESTDIR)$(PREFIX)/share/man/man1/pewit.1 \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/pewit.service \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/pewit.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/pewit.conf
	! cmp -s deploy/pewit.json $(DESTDIR)$(SYSCONFDIR)/pewit/pewit.json || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/pewit/pewit.json
	! cmp -s deploy/pewit.logrotate $(DESTDIR)$(SYSCONFDIR)/logrotate.d/pewit || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/logrotate.d/pewit
	-rmdir $(DESTDIR)$(SYSCONFDIR)/pewit/conf.d $(DESTDIR)$(SYSCONFDIR)/pewit 2>/dev/null

.PHONY: clean
clean: ## remove build/
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
