/* The whole state of a run as a number, read as it lies in memory: two states that look alike have the same future. */
#include "base/arena.h"
#include "base/sync_model_impl.h"
#include "base/sync_model_whole.h"

#if UNDER_ASAN
/* Of its runtime, and read as each function begins: are locals to lie apart from the stack? */
extern int __asan_option_detect_stack_use_after_return;
#endif

/*
 * What the future depends on lies in the arena, on the stacks of the threads, and in what the model keeps of them. A
 * stack is read from where its thread stands at a point; registers that outlive the call are there too. What a frame
 * holds of no use, and addresses that came about in another order, make states look different that are not: that costs
 * time, and no schedule. So threads allocate each from its own lane, and what lies below a stack's end is wiped at
 * every point, lest leftovers of longer calls come up again.
 */

bool model_can_whole(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false; /* where registers go is not known */
#endif
}

/* Is a run on whose states are read from memory? With AddressSanitizer, in what mode it had been before. */
enum { NOT_READING, READING, READING_LOCALS_APART };
static int reading __attribute__((used));

#if (UNDER_ASAN || UNDER_TSAN) && defined(__x86_64__)
/* What a sanitizer's own calls leave on a stack would come up in the holes of later frames, each time other. So in such a
 * build each function begins with this call, which wipes where its frame is to lie. It changes no register. */
__asm__(".pushsection .text\n"
	"	.globl __fentry__\n"
	"	.type __fentry__, @function\n"
	"__fentry__:\n"
	"	cmpl $0, reading(%rip)\n"
	"	je 1f\n"
	"	.set model_below, 0\n"
	"	.rept 128\n"
	"	.set model_below, model_below + 8\n"
	"	movq $0, -model_below(%rsp)\n"
	"	.endr\n"
	"1:	ret\n"
	"	.size __fentry__, . - __fentry__\n"
	"	.popsection\n");
#endif

/* AddressSanitizer can have locals lie apart from the stack, each time somewhere else: no two states would be alike. A
 * function that has begun stays with what it found. */
void model_whole_read(bool on)
{
	int before = reading, mode = on ? READING : NOT_READING;

	if (on && before)
		return;
#if UNDER_ASAN
	if (on && __asan_option_detect_stack_use_after_return)
		mode = READING_LOCALS_APART;
	if (on || before)
		__asan_option_detect_stack_use_after_return = before == READING_LOCALS_APART;
#endif
	reading = mode;
}

__attribute__((noinline)) void model_whole_wipe_most(void)
{
	char below[MODEL_BELOW];

	__builtin_memset(below, 0, sizeof(below));
	__asm__ volatile("" : : "r"(below) : "memory");
}

__attribute__((noinline)) void model_whole_stand(void (*fn)(struct model_thread *t))
{
	struct model_thread *t = model_me();

	model_whole_mark(t);
	fn(t);
	model_whole_wipe();
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 32);
}

/* Other people's frames: sanitizers would have their say. */
UNSANITIZED static uint64_t stack_of(const struct model_thread *t, uint64_t h)
{
	for (const uint64_t *w = t->stack_end; w < t->stack_base; w++)
		h = mix(h, *w);
	return h;
}

static uint64_t thread_of(const struct model_thread *t, uint64_t h)
{
	const struct model_pending *p = &t->pending;

	h = mix(h, t->ended);
	if (t->ended)
		return h;
	h = mix(h, (uint64_t)p->op << 8 | (uint64_t)p->how);
	h = mix(h, (uintptr_t)p->at);
	h = mix(h, (uintptr_t)p->object);
	h = mix(h, (uint64_t)p->deadline_ns);
	h = mix(h, (uintptr_t)t->condition);
	if (t->condition)
		h = mix(h, (uint64_t)t->spurious << 1 | t->signaled);
	return stack_of(t, h);
}

uint64_t model_whole(const struct model_point *p)
{
	const struct model_state *s = model_state();
	uint64_t h = mix((uint64_t)p->kind, p->kind == MODEL_SCHEDULE ? 0 : p->current);

	h = mix(h, (uint64_t)s->now_ns);
	h = mix(h, (uint64_t)s->timeouts << 32 | s->spurious);
	for (unsigned i = 0; i < s->threads; i++)
		h = thread_of(&s->thread[i], h);
	return arena_hash(h);
}
