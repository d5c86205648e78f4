# base - errors, log, clock, numbers, and the one door to threads.
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/addr.c %D%/addr.h \
	%D%/arena.c %D%/arena.h \
	%D%/attr.c %D%/attr.h \
	%D%/clock.c %D%/clock.h \
	%D%/counter.h \
	%D%/err.c %D%/err.h \
	%D%/json.h \
	%D%/lock_graph.c %D%/lock_graph.h \
	%D%/log.c %D%/log.h %D%/log_out.c %D%/log_parts.h %D%/log_rate.c %D%/log_ring.c \
	%D%/mem.c %D%/mem.h \
	%D%/parse.c %D%/parse.h \
	%D%/sync.c %D%/sync.h %D%/sync_backend.h \
	%D%/sync_model.c %D%/sync_model.h %D%/sync_model_case.c %D%/sync_model_case.h %D%/sync_model_impl.h \
	%D%/sync_model_ops.c %D%/sync_model_pick.c %D%/sync_model_tsan.c %D%/sync_model_tsan.h \
	%D%/sync_model_whole.c %D%/sync_model_whole.h \
	%D%/sync_more.c %D%/sync_more.h \
	%D%/sync_order.c %D%/sync_order.h \
	%D%/sync_real.c %D%/sync_real.h %D%/sync_report.c %D%/sync_report.h \
	%D%/sync_report_tell.c \
	%D%/waits.c %D%/waits.h %D%/waits_tell.c
%C%_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
BASE_LIBS = src/base/libbase.a $(SYSTEMD_LIBS) $(JANSSON_LIBS)
