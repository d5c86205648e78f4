# bench - speed, measured beside rivals and limits. Not part of `make check`, which only builds the programs.

bench_programs = %D%/load$(EXEEXT) %D%/limits$(EXEEXT) %D%/check$(EXEEXT) %D%/probes/reader$(EXEEXT)
check_PROGRAMS += %D%/load %D%/limits %D%/check

%C%_load_SOURCES = %D%/load.c %D%/load.h %D%/load_text.c %D%/load_pace.c %D%/load_dgram.c %D%/load_stream.c

%C%_limits_SOURCES = %D%/limits.c %D%/limits.h %D%/limits_insert.c %D%/limits_table.c %D%/limits_receive.c \
	%D%/load.h %D%/load_text.c %D%/load_pace.c src/store/flow.c src/store/flow.h src/store/gather.c \
	src/store/gather.h
%C%_limits_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_limits_LDADD = $(BASE_LIBS) $(SQLITE_LIBS)

%C%_check_SOURCES = %D%/check.c
%C%_check_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_check_LDADD = $(SQLITE_LIBS)

EXTRA_DIST += %D%/README.md %D%/run.py %D%/rivals/dbi_dir.c %D%/rivals/improved.py %D%/rivals/tutorial.py \
	%D%/harness/__init__.py %D%/harness/catchbasin.py %D%/harness/lab.py %D%/harness/limits.py \
	%D%/harness/machine.py %D%/harness/measure.py %D%/harness/packages.py %D%/harness/plot.py %D%/harness/proc.py \
	%D%/harness/progress.py %D%/harness/receivers.py %D%/harness/report.py %D%/harness/results.py \
	%D%/harness/rivals.py %D%/harness/tasks.py %D%/harness/tasks_tcp.py %D%/harness/tasks_udp.py %D%/harness/words.py

.PHONY: bench bench-quick bench-publish
if SANITIZED
bench_run = @echo 'bench: this build has a sanitizer in it; measure a plain one' >&2; exit 1;
else
bench_run = python3 -B $(srcdir)/%D%/run.py --build . $(BENCHFLAGS)
endif

bench: all $(bench_programs)
	$(bench_run)

bench-quick: all $(bench_programs)
	$(bench_run) --quick

# What a complete run found, into the source tree: to be looked at and committed.
bench-publish:
	cp %D%/results/RESULTS.md %D%/results/*.svg $(srcdir)/%D%/

distclean-local:
	-rm -rf %D%/results

# A report is distributed if there is one.
dist-hook: dist-bench
.PHONY: dist-bench
dist-bench:
	for file in $(srcdir)/%D%/RESULTS.md $(srcdir)/%D%/*.svg; do \
		test ! -f "$$file" || cp -p "$$file" $(distdir)/%D%/ || exit 1; \
	done
