/* queue.h - a bounded queue of pointers between two threads, which block when it is full or empty.
 *
 * For hand-overs of whole batches: the lock is taken once per batch, never per packet.
 */
#pragma once

#include <stddef.h>

struct queue;

int queue_new(struct queue **queue, size_t room); /* 0, -EINVAL or -ENOMEM; given */
void queue_free(struct queue *queue);             /* the pointers in it are the caller's */
void queue_push(struct queue *queue, void *item); /* blocks while it is full */
void *queue_pop(struct queue *queue);             /* blocks while it is empty */
