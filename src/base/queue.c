#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct queue {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t not_empty, not_full;
	size_t first, count, room, wake;
	void *item[];
};

int queue_new(struct queue **queue, size_t room, size_t wake)
{
	*queue = NULL;
	if (wake == 0 || wake > room)
		return -EINVAL;
	*queue = calloc(1, sizeof(**queue) + room * sizeof((*queue)->item[0]));
	if (!*queue)
		return -ENOMEM;
	(*queue)->room = room;
	(*queue)->wake = wake;
	pthread_mutex_init(&(*queue)->lock, NULL);
	pthread_cond_init(&(*queue)->not_empty, NULL);
	pthread_cond_init(&(*queue)->not_full, NULL);
	return 0;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	pthread_mutex_destroy(&queue->lock);
	pthread_cond_destroy(&queue->not_empty);
	pthread_cond_destroy(&queue->not_full);
	free(queue);
}

void queue_push(struct queue *queue, void *item)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count == queue->room)
		pthread_cond_wait(&queue->not_full, &queue->lock);
	queue->item[(queue->first + queue->count++) % queue->room] = item;
	if (queue->count >= queue->wake)
		pthread_cond_signal(&queue->not_empty);
	pthread_mutex_unlock(&queue->lock);
}

void *queue_pop(struct queue *queue)
{
	size_t needed = 1;

	pthread_mutex_lock(&queue->lock);
	while (queue->count < needed) {
		needed = queue->wake;
		pthread_cond_wait(&queue->not_empty, &queue->lock);
	}
	void *item = queue->item[queue->first];
	queue->first = (queue->first + 1) % queue->room;
	queue->count--;
	pthread_cond_signal(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
	return item;
}
