# tests/fuzz - what strangers send and what people write: fuzzed with --enable-fuzzing, else the corpus is replayed.
EXTRA_DIST += %D%/corpus

check_PROGRAMS += %D%/fuzz_frame
%C%_fuzz_frame_SOURCES = %D%/fuzz_frame.c
%C%_fuzz_frame_LDADD = src/net/libnet.a src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)

check_PROGRAMS += %D%/fuzz_conf
%C%_fuzz_conf_SOURCES = %D%/fuzz_conf.c
%C%_fuzz_conf_LDADD = src/conf/libconf.a $(BASE_LIBS) $(INIH_LIBS)

check_PROGRAMS += %D%/fuzz_schedule
%C%_fuzz_schedule_SOURCES = %D%/fuzz_schedule.c
%C%_fuzz_schedule_LDADD = src/diag/libdiag.a $(BASE_LIBS)

if FUZZING
%C%_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_conf_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_fuzz_schedule_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
%C%_fuzz_frame_SOURCES += %D%/replay.c
%C%_fuzz_conf_SOURCES += %D%/replay.c
%C%_fuzz_schedule_SOURCES += %D%/replay.c
TESTS += %D%/fuzz_frame %D%/fuzz_conf %D%/fuzz_schedule
endif

# Each target for FUZZ_SECONDS; what is found new goes into fuzz-found/TARGET beside the build, the corpus stays as it is.
FUZZ_SECONDS = 60
if FUZZING
fuzz: %D%/fuzz_frame %D%/fuzz_conf %D%/fuzz_schedule
	for target in frame conf schedule; do \
		$(MKDIR_P) fuzz-found/$$target && \
		%D%/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=fuzz-found/ -print_final_stats=1 \
			fuzz-found/$$target $(srcdir)/%D%/corpus/$$target || exit 1; \
	done
else
fuzz:
	@echo 'make fuzz needs a build for it: configure CC=clang --enable-fuzzing --enable-asan --enable-ubsan' >&2
	@exit 1
endif
.PHONY: fuzz

clean-local:
	-rm -rf fuzz-found
