# store - SQLite: the file, its schema, its one writer, and readers.
noinst_LIBRARIES += %D%/libstore.a
%C%_libstore_a_SOURCES = \
	%D%/checkpoint.c %D%/checkpoint.h \
	%D%/db.c %D%/db.h \
	%D%/demo.c %D%/demo.h \
	%D%/file.c %D%/file.h \
	%D%/flow.c %D%/flow.h \
	%D%/gather.c %D%/gather.h \
	%D%/keep.c %D%/keep.h \
	%D%/pin.c %D%/pin.h \
	%D%/prune.c %D%/prune.h \
	%D%/reader.c %D%/reader.h %D%/reader_impl.h \
	%D%/reader_query.c %D%/reader_query.h \
	%D%/reader_rows.c %D%/reader_rows.h \
	%D%/rows.c %D%/rows.h \
	%D%/run.c %D%/run.h \
	%D%/schema.c %D%/schema.h \
	%D%/single.c %D%/single.h \
	%D%/space.c %D%/space.h \
	%D%/sql.c %D%/sql.h \
	%D%/store.c %D%/store.h \
	%D%/writer.c %D%/writer.h
%C%_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
