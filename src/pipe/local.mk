# pipe - the only room where rooms meet.
noinst_LIBRARIES += %D%/libpipe.a
%C%_libpipe_a_SOURCES = \
	%D%/pipeline.c %D%/pipeline.h \
	%D%/plan.c %D%/plan.h
