#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"

#define ROOM 4
#define ITEMS 5000

static char item[ITEMS + ROOM]; /* only their addresses matter */

static void a_queue_without_room_or_that_never_wakes_is_refused(void **state)
{
	struct queue *queue;

	(void)state;
	assert_int_equal(queue_new(&queue, 0, 1), -EINVAL);
	assert_int_equal(queue_new(&queue, ROOM, 0), -EINVAL);
	assert_int_equal(queue_new(&queue, ROOM, ROOM + 1), -EINVAL);
	assert_null(queue);
	queue_free(NULL);
}

static void items_come_out_in_the_order_in_which_they_went_in(void **state)
{
	struct queue *queue;
	size_t in = 0, out = 0;

	(void)state;
	assert_int_equal(queue_new(&queue, ROOM, 1), 0);
	for (int round = 0; round < 3; round++) { /* the places go round and round */
		while (in - out < ROOM)
			queue_push(queue, &item[in++]);
		for (int i = 0; i < ROOM - 1; i++)
			assert_ptr_equal(queue_pop(queue), &item[out++]);
	}
	queue_free(queue);
}

struct pusher {
	struct queue *queue;
	atomic_size_t pushed;
};

static void *push_all(void *context)
{
	struct pusher *pusher = context;

	for (size_t i = 0; i < ITEMS + ROOM;
	     i++) { /* the last stay in it, so that there is always enough */
		queue_push(pusher->queue, &item[i]);
		pusher->pushed++;
	}
	return NULL;
}

static void nothing_is_lost(size_t wake)
{
	struct pusher pusher = { 0 };
	pthread_t thread;

	assert_int_equal(queue_new(&pusher.queue, ROOM, wake), 0);
	assert_int_equal(pthread_create(&thread, NULL, push_all, &pusher), 0);
	for (size_t i = 0; i < ITEMS; i++) {
		assert_true(pusher.pushed <= i + ROOM);
		assert_ptr_equal(queue_pop(pusher.queue), &item[i]);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	queue_free(pusher.queue);
}

static void a_full_queue_holds_its_pusher_back_and_loses_nothing(void **state)
{
	(void)state;
	nothing_is_lost(1);
	nothing_is_lost(ROOM / 2);
	nothing_is_lost(ROOM); /* each time that it is empty, it must become full */
}

static void *pop_one(void *queue)
{
	return queue_pop(queue);
}

static void an_empty_queue_holds_its_popper_back(void **state)
{
	struct queue *queue;
	pthread_t thread;
	void *popped;

	(void)state;
	assert_int_equal(queue_new(&queue, ROOM, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, pop_one, queue), 0);
	queue_push(queue, &item[7]);
	assert_int_equal(pthread_join(thread, &popped), 0);
	assert_ptr_equal(popped, &item[7]);
	queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_without_room_or_that_never_wakes_is_refused),
		cmocka_unit_test(items_come_out_in_the_order_in_which_they_went_in),
		cmocka_unit_test(a_full_queue_holds_its_pusher_back_and_loses_nothing),
		cmocka_unit_test(an_empty_queue_holds_its_popper_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
