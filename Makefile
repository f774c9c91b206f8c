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
BASE := -DNDPI_NUMBER=$(or $(NDPI_NUMBER),402) -std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc -g -fno-common -pthread $(WARN)
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
RELEASE := -O2 $(HARDEN)
ASAN := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LIBS := -lpcap -lndpi -lcjson -lcrypto -lz -lzstd -lm -pthread

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
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build/pewit: build/release/pewit
	@ln -sf release/pewit $@

build/release/pewit: $(call objects,release,$(SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(RELEASE) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS)

build/asan/pewit: $(call objects,asan,$(SRC))
	@echo "  LD    $@"
	$(Q)$(CC) $(ASAN) -o $@ $^ $(LIBS)

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

.PHONY: clean
clean: ## remove build/
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
