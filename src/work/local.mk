# work - pools of workers, and the turnstile that keeps them in order.
noinst_LIBRARIES += %D%/libwork.a
%C%_libwork_a_SOURCES = \
	%D%/pool.c %D%/pool.h %D%/pool_impl.h \
	%D%/stop.c %D%/stop.h \
	%D%/turnstile.c %D%/turnstile.h
