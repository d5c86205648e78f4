# pipe - the only room where rooms meet.
noinst_LIBRARIES += %D%/libpipe.a
%C%_libpipe_a_SOURCES = \
	%D%/answers.c \
	%D%/pipeline.c %D%/pipeline.h %D%/pipeline_impl.h \
	%D%/plan.c %D%/plan.h \
	%D%/stop.c \
	%D%/tune.c
