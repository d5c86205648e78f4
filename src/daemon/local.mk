# daemon - who we are to the system: options, stages, signals, systemd, the control socket.
noinst_LIBRARIES += %D%/libdaemon.a
%C%_libdaemon_a_SOURCES = \
	%D%/about.c %D%/about.h \
	%D%/control.c %D%/control.h %D%/control_books.c %D%/control_status.c \
	%D%/control_verbs.c %D%/control_verbs.h \
	%D%/daemon.h \
	%D%/dump.c \
	%D%/notify.c %D%/notify.h \
	%D%/options.c %D%/options.h \
	%D%/reload.c \
	%D%/serve.c \
	%D%/signals.c %D%/signals.h \
	%D%/stages.c %D%/stages.h \
	%D%/watchdog.c %D%/watchdog.h
%C%_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)

sbin_PROGRAMS += catchbasind
catchbasind_SOURCES = src/main.c
catchbasind_LDADD = src/daemon/libdaemon.a src/diag/libdiag.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a \
	src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
