# diag - the binary as an instrument: cases, explorer, timelines.
noinst_LIBRARIES += %D%/libdiag.a
%C%_libdiag_a_SOURCES = \
	%D%/case.h %D%/diagnose.h %D%/explore.h %D%/render.h %D%/schedule.h %D%/trace.h
