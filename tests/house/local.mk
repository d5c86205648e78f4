# tests/house - the laws of HOUSE: floors by the linker, the rest by looking.

# Floor proofs: each room whole, with nothing but lower floors. A call upward or sideways is an undefined reference.
# The archive stands in _LDFLAGS (automake takes no -Wl in _LDADD) and in _DEPENDENCIES, so that it is made first.

check_PROGRAMS += %D%/floor_base
TESTS += %D%/floor_base
%C%_floor_base_SOURCES = %D%/floor.c
%C%_floor_base_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"base"'
%C%_floor_base_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/base/libbase.a -Wl,--no-whole-archive
%C%_floor_base_LDADD = $(SYSTEMD_LIBS) $(JANSSON_LIBS)
%C%_floor_base_DEPENDENCIES = src/base/libbase.a

check_PROGRAMS += %D%/floor_core
TESTS += %D%/floor_core
%C%_floor_core_SOURCES = %D%/floor.c
%C%_floor_core_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"core"'
%C%_floor_core_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/core/libcore.a -Wl,--no-whole-archive
%C%_floor_core_LDADD = $(BASE_LIBS)
%C%_floor_core_DEPENDENCIES = src/core/libcore.a src/base/libbase.a

check_PROGRAMS += %D%/floor_conf
TESTS += %D%/floor_conf
%C%_floor_conf_SOURCES = %D%/floor.c
%C%_floor_conf_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"conf"'
%C%_floor_conf_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/conf/libconf.a -Wl,--no-whole-archive
%C%_floor_conf_LDADD = $(BASE_LIBS) $(INIH_LIBS)
%C%_floor_conf_DEPENDENCIES = src/conf/libconf.a src/base/libbase.a

check_PROGRAMS += %D%/floor_net
TESTS += %D%/floor_net
%C%_floor_net_SOURCES = %D%/floor.c
%C%_floor_net_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"net"'
%C%_floor_net_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/net/libnet.a -Wl,--no-whole-archive
%C%_floor_net_LDADD = src/core/libcore.a $(BASE_LIBS) $(EVENT_LIBS)
%C%_floor_net_DEPENDENCIES = src/net/libnet.a src/core/libcore.a src/base/libbase.a

check_PROGRAMS += %D%/floor_work
TESTS += %D%/floor_work
%C%_floor_work_SOURCES = %D%/floor.c
%C%_floor_work_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"work"'
%C%_floor_work_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/work/libwork.a -Wl,--no-whole-archive
%C%_floor_work_LDADD = src/core/libcore.a $(BASE_LIBS)
%C%_floor_work_DEPENDENCIES = src/work/libwork.a src/core/libcore.a src/base/libbase.a

check_PROGRAMS += %D%/floor_store
TESTS += %D%/floor_store
%C%_floor_store_SOURCES = %D%/floor.c
%C%_floor_store_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"store"'
%C%_floor_store_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/store/libstore.a -Wl,--no-whole-archive
%C%_floor_store_LDADD = src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)
%C%_floor_store_DEPENDENCIES = src/store/libstore.a src/core/libcore.a src/base/libbase.a

check_PROGRAMS += %D%/floor_pipe
TESTS += %D%/floor_pipe
%C%_floor_pipe_SOURCES = %D%/floor.c
%C%_floor_pipe_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"pipe"'
%C%_floor_pipe_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/pipe/libpipe.a -Wl,--no-whole-archive
%C%_floor_pipe_LDADD = src/net/libnet.a src/work/libwork.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) $(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
%C%_floor_pipe_DEPENDENCIES = src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a src/base/libbase.a

check_PROGRAMS += %D%/floor_diag
TESTS += %D%/floor_diag
%C%_floor_diag_SOURCES = %D%/floor.c
%C%_floor_diag_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"diag"'
%C%_floor_diag_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/diag/libdiag.a -Wl,--no-whole-archive
%C%_floor_diag_LDADD = src/work/libwork.a src/store/libstore.a src/core/libcore.a $(BASE_LIBS) $(SQLITE_LIBS)
%C%_floor_diag_DEPENDENCIES = src/diag/libdiag.a src/work/libwork.a src/store/libstore.a src/core/libcore.a src/base/libbase.a

check_PROGRAMS += %D%/floor_daemon
TESTS += %D%/floor_daemon
%C%_floor_daemon_SOURCES = %D%/floor.c
%C%_floor_daemon_CPPFLAGS = $(AM_CPPFLAGS) -DFLOOR_ROOM='"daemon"'
%C%_floor_daemon_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive src/daemon/libdaemon.a -Wl,--no-whole-archive
%C%_floor_daemon_LDADD = src/diag/libdiag.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a $(BASE_LIBS) $(EVENT_LIBS) $(SQLITE_LIBS) $(INIH_LIBS)
%C%_floor_daemon_DEPENDENCIES = src/daemon/libdaemon.a src/diag/libdiag.a src/pipe/libpipe.a src/net/libnet.a src/work/libwork.a src/store/libstore.a src/core/libcore.a src/conf/libconf.a src/base/libbase.a

dist_check_SCRIPTS += \
	%D%/law.sh \
	%D%/statics.sh \
	%D%/headers.sh \
	%D%/shell.sh \
	%D%/hardening.sh \
	%D%/units.sh \
	%D%/docs.sh
TESTS += \
	%D%/law.sh \
	%D%/statics.sh \
	%D%/headers.sh \
	%D%/shell.sh \
	%D%/hardening.sh \
	%D%/units.sh \
	%D%/docs.sh
EXTRA_DIST += %D%/house.sh %D%/strip.awk %D%/statics.allow
