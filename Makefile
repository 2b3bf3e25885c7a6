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

all: $(PROGRAMS)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/libcdp.a: $(MODULES:%.c=$(O)/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/bin/%: $(O)/cmd/%.o $(O)/libcdp.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $< $(O)/libcdp.a $(LIBS) $(LDLIBS)

$(O)/test/%: $(O)/lib/%.o $(O)/libcdp.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $< $(O)/libcdp.a $(LIBS) -lcmocka $(LDLIBS)

.PHONY: all units check clean
units: $(UNITS)

clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
.SECONDARY:
