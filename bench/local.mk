# bench - speed, measured beside rivals and limits. Not part of `make check`, which only builds the programs.

check_PROGRAMS += %D%/load %D%/limits %D%/check

%C%_load_SOURCES = %D%/load.c %D%/load.h %D%/load_text.c %D%/load_pace.c %D%/load_dgram.c %D%/load_stream.c

%C%_limits_SOURCES = %D%/limits.c %D%/limits.h %D%/limits_insert.c %D%/limits_table.c %D%/limits_receive.c \
	%D%/load.h %D%/load_text.c %D%/load_pace.c
%C%_limits_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_limits_LDADD = $(SQLITE_LIBS)

%C%_check_SOURCES = %D%/check.c
%C%_check_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
%C%_check_LDADD = $(SQLITE_LIBS)

EXTRA_DIST += %D%/README.md
