# core - a message, its queue, admission, counters.
noinst_LIBRARIES += %D%/libcore.a
%C%_libcore_a_SOURCES = \
	%D%/batch.c %D%/batch.h \
	%D%/gate.c %D%/gate.h \
	%D%/histogram.c %D%/histogram.h %D%/histograms.def \
	%D%/ledger.c %D%/ledger.h \
	%D%/loss.c %D%/loss.h \
	%D%/queue.c %D%/queue.h %D%/queue_impl.h \
	%D%/sink.h \
	%D%/stats.c %D%/stats.h %D%/stats.def \
	%D%/take.c %D%/take.h
