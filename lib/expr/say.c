#include "room.h"

void
expr_say(const struct expr_set *set, int id, struct buf *out)
{
	buf_add(out, set->all[id].text, set->all[id].len);
}

void
expr_check(const struct expr_set *set, int id,
    void (*f)(void *arg, size_t col, const char *remark), void *arg)
{
	(void)set;
	(void)id;
	(void)f;
	(void)arg;
}
