# diag - the binary as an instrument: cases, explorer, timelines.
noinst_LIBRARIES += %D%/libdiag.a
%C%_libdiag_a_SOURCES = \
	%D%/case.h %D%/cases.c \
	%D%/cases/cases.h %D%/cases/kit.c %D%/cases/kit.h \
	%D%/cases/abba.c %D%/cases/deadlock.c %D%/cases/drain.c %D%/cases/ends.c %D%/cases/meet.c %D%/cases/orphan.c \
	%D%/cases/others.c %D%/cases/race.c %D%/cases/race_sqlite.c %D%/cases/slot.c %D%/cases/timer.c \
	%D%/cases/wakeup.c \
	%D%/cases/self.c %D%/cases/self.h %D%/cases/self_books.c %D%/cases/self_size.h %D%/cases/self_sink.c \
	%D%/cases/self_pool.c %D%/cases/self_queue.c %D%/cases/self_shutdown.c \
	%D%/diagnose.c %D%/diagnose.h \
	%D%/explore.c %D%/explore.h %D%/explore_all.c %D%/explore_cycles.c %D%/explore_cycles.h %D%/explore_follow.c \
	%D%/explore_impl.h \
	%D%/explore_minimise.c %D%/explore_orders.c %D%/explore_orders.h %D%/explore_random.c \
	%D%/render.h %D%/schedule.c %D%/schedule.h %D%/trace.c %D%/trace.h \
	%D%/marks.c %D%/picture.c %D%/picture.h %D%/words.c %D%/waits.c %D%/waits.h \
	%D%/render_html.c %D%/render_json.c %D%/render_lanes.c %D%/render_parts.c %D%/render_parts.h %D%/render_said.c \
	%D%/render_text.c %D%/render_waits.c
%C%_libdiag_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)

# The page's style and program, as C.
nodist_%C%_libdiag_a_SOURCES = %D%/page_text.c
PAGE_PARTS = %D%/page/page.css %D%/page/page.js
EXTRA_DIST += %D%/page/table.awk $(PAGE_PARTS)
CLEANFILES += %D%/page_text.c
%D%/page_text.c: %D%/page/table.awk $(PAGE_PARTS)
	$(AM_V_at)$(MKDIR_P) %D%
	$(AM_V_GEN)cd $(srcdir) && $(AWK) -f %D%/page/table.awk $(PAGE_PARTS) > $(abs_builddir)/$@.tmp
	$(AM_V_at)mv $@.tmp $@
