# cdp: filters over newline-delimited JSON.  `make`, `make check`,
# `make install PREFIX=... DESTDIR=...`.  Objects lie in $(O); a second
# build beside it: make O=/tmp/asan CFLAGS='-g -fsanitize=address,undefined'.

VERSION = 0.1.0
O ?= .build
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/cdp
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O3 -g
# The record path is optimised across its modules (a quarter faster), unless
# the flags are the caller's.
ifeq ($(origin CFLAGS)$(findstring clang,$(CC)),file)
LTO ?= -flto=auto -ffat-lto-objects
endif
LIBRARIES = jansson zlib libpcre2-8 nlopt libcrypto

WARN = -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wshadow
DEFS = -D_GNU_SOURCE -DCDP_VERSION='"$(VERSION)"' -DCDP_SHARE='"$(DATADIR)"'
OURS = -std=c17 $(WARN) $(DEFS) -Ilib -pthread -MMD -MP \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
LIBS = -Wl,--as-needed $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lcsv -lm

MODULES = $(filter-out %_test.c %_fuzz.c,$(sort $(wildcard lib/*.c lib/*/*.c)))
COMMANDS = $(sort $(wildcard cmd/*.c))
PROGRAMS = $(COMMANDS:cmd/%.c=$(O)/bin/%)
UNITS = $(patsubst lib/%.c,$(O)/test/%,$(sort $(wildcard lib/*_test.c lib/*/*_test.c)))
FUZZERS = $(patsubst lib/%.c,$(O)/fuzz/%,$(sort $(wildcard lib/*_fuzz.c lib/*/*_fuzz.c)))
PAGES = $(sort $(wildcard man/*.[1-9]))

all: $(PROGRAMS) $(O)/libcdp.a

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) $(LINKED) -c -o $@ $<

HOT = $(filter lib/json/% lib/expr/% lib/rfm/% lib/ingest/% \
	$(addprefix lib/,buf.c dec.c filter.c filter_jobs.c input.c intern.c mem.c \
	output.c recode.c report.c ring.c rows.c rows_bytes.c splice.c when.c zone.c clv/predict.c),\
	$(MODULES))
$(HOT:%.c=$(O)/%.o) $(COMMANDS:%.c=$(O)/%.o): LINKED = $(LTO)

$(O)/libcdp.a: $(MODULES:%.c=$(O)/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/bin/%: $(O)/cmd/%.o $(O)/libcdp.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $< $(O)/libcdp.a $(LIBS) $(LDLIBS)

$(O)/test/%: $(O)/lib/%.o $(O)/libcdp.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -fno-lto -pthread -o $@ $< $(O)/libcdp.a $(LIBS) -lcmocka $(LDLIBS)

PRESETS = $(sort $(wildcard lib/presets/*.json lib/presets/*/*.json))
NAMES = $(COMMANDS:cmd/%.c=%)

# Fuzz targets are compiled too, that they may not rot.
units: $(UNITS) $(FUZZERS:$(O)/fuzz/%=$(O)/lib/%.o)

check: all units
	scripts/units $(O)/test
	CDP_BIN=$(O)/bin scripts/cases
	CDP_BIN=$(O)/bin scripts/pages

bench: all
	CDP_BIN=$(O)/bin scripts/bench $(SIZE)

# `make fuzz SECONDS=600` gives each target its time.  The library is compiled
# for it in a folder of its own.
SECONDS ?= 60
SAN = -fsanitize=address,undefined
FUZZLIB = $(O)/fuzz/lib/libcdp.a
$(FUZZLIB): $(MODULES)
	$(MAKE) O=$(O)/fuzz/lib CC=clang LTO= \
		CFLAGS='-g -O1 -DFUZZ -fsanitize=fuzzer-no-link $(SAN)' $@

$(O)/fuzz/%: lib/%.c $(FUZZLIB)
	@mkdir -p $(@D)
	clang $(filter-out -MMD -MP,$(OURS)) -g -O1 -DFUZZ -fsanitize=fuzzer \
		$(SAN) -o $@ $< $(FUZZLIB) $(LIBS)

fuzz: $(FUZZERS)
	for f in $(FUZZERS:$(O)/fuzz/%=%); do \
		scripts/fuzz $(O)/fuzz/$$f $(SECONDS) || exit; done

lint:
	shellcheck -e SC2016 $(filter-out scripts/schemas,$(wildcard \
		scripts/*)) .ci/run
	mandoc -T lint -W warning $(PAGES)
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=portability --suppress=legacyUninitvar \
		--suppress=va_end_missing --suppress=cppcheckError \
		-Ilib '-D_Noreturn=[[noreturn]]' $(DEFS) cmd lib
	clang-format --dry-run -Werror cmd/*.c $(sort $(wildcard \
		lib/*.[ch] lib/*/*.[ch]))

# What install puts and uninstall takes away: mode, file, target.
INSTALLED = $(foreach n,$(NAMES),'755:$(O)/bin/$(n):$(BINDIR)/$(n)' \
		'644:$(O)/completion/$(n):$(COMPDIR)/$(n)') \
	$(foreach p,$(PAGES),'644:$(p):$(MANDIR)/man$(subst .,,$(suffix \
		$(p)))/$(notdir $(p))') \
	$(foreach p,$(PRESETS),'644:$(p):$(DATADIR)/$(p:lib/presets/%=%)')

$(O)/completion/%: $(O)/bin/%
	@mkdir -p $(@D)
	scripts/completion $< >$@

install: all $(NAMES:%=$(O)/completion/%)
	@set -e; for f in $(INSTALLED); do \
		mode=$${f%%:*} to=$${f##*:} from=$${f#*:}; \
		install -D -m $$mode "$${from%:*}" "$(DESTDIR)$$to"; done

uninstall:
	@for f in $(INSTALLED); do rm -f "$(DESTDIR)$${f##*:}"; done
	@rmdir "$(DESTDIR)$(DATADIR)/schema" "$(DESTDIR)$(DATADIR)" \
		2>/dev/null || true

clean:
	rm -rf $(O)

-include $(wildcard $(O)/cmd/*.d $(O)/lib/*.d $(O)/lib/*/*.d)
.PHONY: all units check bench fuzz lint install uninstall clean
.SECONDARY:
